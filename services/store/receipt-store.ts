// Receipts for prebookings that ended without a receipt: reads the rows and state changes of these prebookings, and stores the receipts.
import { z } from 'zod';
import type { PrebookingStatus } from '../prebooking/prebooking.ts';
import type { Call } from './call.ts';
import { instant } from './column.ts';
import { prebookingRow } from './prebooking-store.ts';

const withoutReceiptRow = z.object({
  prebooking: prebookingRow,
  events: z.array(z.object({ to: z.string(), at: instant })),
});
/** An ended prebooking without a receipt, and the states it went through, in order. */
export type WithoutReceipt = z.infer<typeof withoutReceiptRow>;

/** A receipt to write. The receipt is written only if the prebooking still has none and is still in the state `status`. */
export interface ReceiptLine {
  readonly id: string;
  readonly status: PrebookingStatus;
  readonly receipt: object;
}

/** The calls to the database that concern receipts. */
export const receiptStore = (call: Call) => ({
  /** At most `limit` prebookings that ended within the last week and have no receipt; withdrawn prebookings are left out. */
  prebookingsWithoutReceipt: (limit: number, now: Date) =>
    call('prebookings_without_receipt', { limit, now }, z.array(withoutReceiptRow)),
  /** Stores receipts; returns how many were stored. */
  writeReceipts: (lines: readonly ReceiptLine[], now: Date) => call('write_receipts', { lines, now }, z.number()),
});
