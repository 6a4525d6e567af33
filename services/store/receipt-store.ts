// Receipts of prebookings that ended without one: their rows with their events, and storing the receipt.
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

/** One receipt. It is written only if the row still has none and still has this status. */
export interface ReceiptLine {
  readonly id: string;
  readonly status: PrebookingStatus;
  readonly receipt: object;
}

/** The verbs of receipts. */
export const receiptStore = (call: Call) => ({
  /** Ended within the last week, `limit` at most; withdrawn ones apart. */
  prebookingsWithoutReceipt: (limit: number, now: Date) =>
    call('prebookings_without_receipt', { limit, now }, z.array(withoutReceiptRow)),
  /** Returns how many were written. */
  writeReceipts: (lines: readonly ReceiptLine[], now: Date) => call('write_receipts', { lines, now }, z.number()),
});
