// A member withdraws a prebooking. Withdrawing is possible until the prebooking is armed; after that the booking request may have been sent already.
import type { Clock } from '../services/clock.ts';
import { Failure } from '../services/failures.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import type { Store } from '../services/store/store.ts';

/** Throws prebooking/missing (also for another member's prebooking), prebooking/too-late. */
export async function withdrawPrebooking(
  { clock, store }: { clock: Clock; store: Store },
  { userId, id }: { userId: string; id: string },
): Promise<Prebooking> {
  const answer = await store.withdrawPrebooking(id, userId, clock.now());
  if (answer.state === 'missing') throw new Failure('prebooking/missing', 'Expected one of your own prebookings.');
  if (answer.state === 'too-late') {
    throw new Failure(
      'prebooking/too-late',
      `This prebooking is ${answer.prebooking.status}: it can no longer be withdrawn.`,
    );
  }
  return answer.prebooking;
}
