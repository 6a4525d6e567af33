// Writes receipts for prebookings that ended without one: those missed, and those with a process that was killed in the race. A receipt is built
// from the prebooking's events in the database, which outlive the process. A receipt states nothing that the events do not prove; for example, it
// leaves open whether a request was sent after arming.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { isOutcome, type Outcome } from '../prebooking/outcome.ts';
import { buildReceipt, type RaceFacts } from '../prebooking/receipt.ts';
import type { ReceiptLine, WithoutReceipt } from '../store/receipt-store.ts';
import type { Store } from '../store/store.ts';

const MAX_ROWS = 500;

/** Writes the missing receipts, and returns how many were written. Throws database/…. */
export async function writeMissingReceipts({
  clock,
  store,
  logger,
}: {
  readonly clock: Clock;
  readonly store: Store;
  readonly logger: Logger;
}): Promise<number> {
  const found = await store.prebookingsWithoutReceipt(MAX_ROWS, clock.now());
  if (found.length === 0) return 0;
  const written = await store.writeReceipts(found.map(lineOf), clock.now());
  logger.info({ written }, 'sweep: wrote the receipts of ends that had none');
  return written;
}

const lineOf = (one: WithoutReceipt): ReceiptLine => {
  const { id, status } = one.prebooking;
  return { id, status, receipt: buildReceipt(factsFrom(one)) };
};

/**
 * True when the prebooking's last armed mark was not taken back. An armed mark is taken back only when it is proven that nothing was sent after it.
 */
const wasLeftArmed = (events: WithoutReceipt['events']): boolean =>
  events.findLastIndex(({ to }) => to === 'armed') > events.findLastIndex(({ to }) => to === 'claimed');

/**
 * The facts of a receipt, from the prebooking's events in the database. No request is sent before the armed mark is stored, so none was sent for a
 * prebooking that was never armed.
 */
export function factsFrom({ prebooking, events: since }: WithoutReceipt): RaceFacts {
  const { opensAt, outcome, status, reason } = prebooking;
  // Each postponement is followed by another race; the receipt tells of the last race only, so the events before the last postponement are left out.
  const events = since.slice(since.findLastIndex(({ to }) => to === 'scheduling') + 1);
  const woken = events.findLast(({ to }) => to === 'claimed');
  // A prebooking that left `unknown` for a result other than `unconfirmed` was settled by a read of the gym's list. A prebooking that ended
  // `unconfirmed` may have ended without a read of the gym's list.
  const seen = events.some(({ to }) => to === 'unknown') && status !== 'unconfirmed' ? events.at(-1) : undefined;
  return {
    opensAt,
    wokenAtMs: woken?.at.getTime(),
    readBackAtMs: seen?.at.getTime(),
    tries: wasLeftArmed(events) ? 'unknown' : [],
    outcome: outcomeOf(outcome ?? status),
    why: reason,
  };
}

const outcomeOf = (word: string): Outcome => (isOutcome(word) ? word : 'refused');
