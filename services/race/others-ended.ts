// Waits for prebookings of another process that want the same class and asked before, by reading their rows. It changes nothing.
import { aheadOf, type Entrant } from './entrant.ts';
import type { Race } from './race-context.ts';

/** Between two reads. */
const OTHERS_PAUSE_MS = 100;

/** Resolves when the prebookings of another process that go before an entrant have ended, or the wait is over. */
export async function othersEnded(
  { clock, store, ahead }: Race,
  entrant: Entrant,
  leftMs: () => number,
): Promise<void> {
  const isLive = async ({ id }: { id: string }): Promise<boolean> => {
    // A row that cannot be read counts as not ended.
    const row = await store.readPrebooking(id).catch(() => undefined);
    return row === undefined || row?.status === 'claimed' || row?.status === 'armed';
  };
  let standing = aheadOf(entrant, ahead);
  while (standing.length > 0 && leftMs() > 0) {
    const live = await Promise.all(standing.map(isLive));
    standing = standing.filter((_one, at) => live[at]);
    if (standing.length > 0) await clock.sleep(Math.min(OTHERS_PAUSE_MS, Math.max(0, leftMs())));
  }
}
