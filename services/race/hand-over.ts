// When a race is left to somebody else: another process holds its claim, or this one is asked to end before the instant.
// Nothing has been sent then; whoever comes next must only find the claims free, and in time.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Store } from '../store/store.ts';
import { CLAIM_MS } from './claim.ts';

/** Asked to end, a process still runs the races that open within this: it is waited for a little longer (worker/main.ts). */
const STAYS_MS = 18_000;
/** The next process may be up already. */
const SOON_MS = 1_000;

/**
 * The news for a wake-up whose prebooking another has claimed and not armed: come again when that claim has run out, should its owner
 * be gone. A living owner renews it, and the next wake-up hears the same.
 */
export async function heldByAnother({ store }: { store: Store }, { id }: Prebooking): Promise<Failure> {
  const retryAfterMs = (await store.readClaimLeft(id)) ?? CLAIM_MS;
  return new Failure('prebooking/not-yet', 'Another process prepares this race: deliver again in case it is gone.', {
    retryAfterMs,
  });
}

/**
 * Sleeps as long as told, or until there is `enough`. Throws prebooking/not-yet as soon as this process is asked to end and could not run
 * the race before that.
 */
export async function sleepUnlessLeaving(
  clock: Clock,
  ms: number,
  { opensAt, stopping }: { opensAt: Date; stopping?: AbortSignal | undefined },
  enough?: Promise<unknown>,
): Promise<void> {
  const leaving = new AbortController();
  const awake = new AbortController();
  enough?.then(() => awake.abort()).catch(() => undefined);
  const judge = () => {
    if (opensAt.getTime() - clock.now().getTime() > STAYS_MS) leaving.abort();
  };
  if (stopping?.aborted) judge();
  stopping?.addEventListener('abort', judge, { once: true });
  try {
    await clock.sleep(ms, AbortSignal.any([leaving.signal, awake.signal]));
  } catch (error) {
    if (awake.signal.aborted) return;
    if (!leaving.signal.aborted) throw error;
    throw new Failure('prebooking/not-yet', 'This process ends before the race: deliver to the next one.', {
      retryAfterMs: SOON_MS,
    });
  } finally {
    stopping?.removeEventListener('abort', judge);
  }
}
