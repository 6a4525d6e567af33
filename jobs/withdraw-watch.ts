// A member withdraws a watch. Withdrawing is possible unless the watch is booking a place at that time, is giving one back, or has ended.
import type { Clock } from '../services/clock.ts';
import { Failure } from '../services/failures.ts';
import type { Watch } from '../services/prebooking/watch.ts';
import type { Store } from '../services/store/store.ts';

/** Throws watch/missing (also for another member's watch, and for one withdrawn before), watch/too-late. */
export async function withdrawWatch(
  { clock, store }: { clock: Clock; store: Store },
  { userId, id }: { userId: string; id: string },
): Promise<Watch> {
  const answer = await store.withdrawWatch(id, userId, clock.now());
  if (answer.state === 'missing') throw new Failure('watch/missing', 'Expected one of your own watches.');
  if (answer.state === 'too-late')
    throw new Failure('watch/too-late', `This watch is ${answer.watch.status}: it can no longer be taken back.`);
  return answer.watch;
}
