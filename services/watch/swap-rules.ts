// Decides the next step of a swap from the gym's lists of classes: the better place must be seen in a list before the old place is given back. If it
// is too late to cancel the old place for free, the better place is given back, and the old place is kept. All functions of this file are pure;
// swap.ts reads the gym's lists and sends the requests.
import type { CancelAnswer } from '../gym/gym.ts';
import type { SwapEnd, SwapStep } from '../store/watch-store.ts';

/** Whether the gym's lists, read with a session that the gym knows, show the member's old place and the better place (`new`). */
export interface BothPlaces {
  readonly old: boolean;
  readonly new: boolean;
}

export type SwapMove =
  | { readonly do: 'give'; readonly which: 'old' | 'new' }
  | { readonly do: 'end'; readonly end: SwapEnd };

/** For how long, ms, after a cancel request, a gym's list that still shows the cancelled place is not believed. */
export const QUIET_MS = 20_000;
/** How many cancel requests a swap may send before it is stuck: the member then has to cancel one of the two places. */
const MAX_CANCELS = 4;
/** In how many reads in a row the gym's list must lack the better place before the place counts as missing, because the list may lag. */
const MAX_ABSENCES = 3;
const ABSENT_MS = 10_000;
/** The time, ms, between two reads of the gym's lists while a cancel request may still be taking effect. */
const SOON_MS = 2_000;
/** The time, ms, between two reads of the gym's lists while a swap is stuck and the member has to cancel one of the two places. */
const STUCK_MS = 5 * 60_000;
/**
 * The time, ms, until a swap's next step if the gym's lists could not be read. After a cancel request that the gym answered with 403 or 429, the
 * swap's next step waits at least this long.
 */
const AGAIN_MS = 15_000;
/** If the gym's lists cannot be read and the better place was booked longer ago than this, ms, the member is told that they may hold two places. */
const LONG_MS = 10 * 60_000;

type Standing = Pick<SwapStep, 'giving' | 'sentAt' | 'cancels' | 'absences' | 'takenAt'>;

const end = (outcome: string, notice?: string): SwapMove => ({
  do: 'end',
  end: { outcome, ...(notice && { notice }) },
});
const again = (
  step: Standing,
  more: Partial<Extract<SwapEnd, { afterMs: number }>> & { afterMs: number },
): SwapMove => ({
  do: 'end',
  end: { isSent: step.sentAt !== undefined, absences: 0, ...more },
});

/** Decides the next step of a swap. @param firstStartsAt when the earlier of the swap's two classes begins. */
export function nextMove(step: Standing, seen: BothPlaces, firstStartsAt: Date, now: Date): SwapMove {
  if (seen.new && !seen.old) return end('swapped', 'place-swapped');
  if (!seen.new) return withoutNew(step, seen);
  if (now >= firstStartsAt) return end('stuck', 'swap-stuck');
  const sentAgoMs = step.sentAt ? now.getTime() - step.sentAt.getTime() : QUIET_MS;
  if (sentAgoMs < QUIET_MS) return again(step, { afterMs: Math.min(SOON_MS, QUIET_MS - sentAgoMs) });
  if (step.cancels >= MAX_CANCELS) return again(step, { afterMs: STUCK_MS, notice: 'swap-stuck' });
  return { do: 'give', which: step.giving };
}

/**
 * Decides the next step of a swap while the gym's lists do not show that the member has the better place. Never decides that a place is given back.
 */
function withoutNew(step: Standing, seen: BothPlaces): SwapMove {
  if (seen.old && step.giving === 'new' && step.sentAt) return end('kept', 'swap-undone');
  const absences = step.absences + 1;
  if (absences < MAX_ABSENCES) return again(step, { afterMs: ABSENT_MS, absences });
  return seen.old ? end('kept', 'swap-kept') : end('gone');
}

/** The result of a step in which the gym's lists could not be read. */
export function unseen(step: Standing, now: Date): SwapEnd {
  const isLong = step.takenAt !== undefined && now.getTime() - step.takenAt.getTime() > LONG_MS;
  const told = isLong ? { notice: 'swap-stuck' } : {};
  return { isSent: step.sentAt !== undefined, absences: step.absences, afterMs: AGAIN_MS, ...told };
}

/** The result of a step in which the gym answered a cancel request; only the next read of the gym's list shows whether the place is gone. */
export function afterCancel(answer: CancelAnswer, which: 'old' | 'new'): SwapEnd {
  switch (answer.kind) {
    case 'late-needs-consent':
      // When the time for free cancelling of the old place is over, the old place is not cancelled: the better place is given back instead. If
      // neither place can be cancelled for free, the member chooses which place to give up.
      return which === 'old'
        ? { giving: 'new', isSent: false, absences: 0, afterMs: 0 }
        : { isSent: false, absences: 0, afterMs: STUCK_MS, notice: 'swap-stuck' };
    case 'session-dead':
    case 'not-sent':
      return { isSent: false, absences: 0, afterMs: SOON_MS };
    case 'turned-away':
      return { isSent: false, absences: 0, afterMs: Math.max(AGAIN_MS, answer.retryAfterMs ?? 0) };
    default:
      return { isSent: true, absences: 0, afterMs: 0 };
  }
}
