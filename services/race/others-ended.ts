// Another process may race for older prebookings of the same class; this file waits until these have ended, by reading their rows.
import { aheadOf, type Entrant } from './entrant.ts';
import type { Race } from './race-context.ts';

/** The pause, ms, between two reads of the rows of the older prebookings for which an entrant waits. */
const OTHERS_PAUSE_MS = 100;

/**
 * Resolves when no prebooking of `aheadOf` (older ones for the entrant's class, claimed by another process) is claimed or armed any more, or when
 * `leftMs()` reaches zero.
 */
export async function othersEnded(
  { clock, store, ahead }: Race,
  entrant: Entrant,
  leftMs: () => number,
): Promise<void> {
  const isLive = async ({ id }: { id: string }): Promise<boolean> => {
    // A prebooking counts as not ended if its row cannot be read.
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
