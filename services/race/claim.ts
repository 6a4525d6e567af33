// Keeps a process's claims alive with a heartbeat during a race, and releases claims; a claim that is not released expires by itself. The database
// decides which process holds a claim. A process that was suspended may have lost its claims without noticing; this file says until when a process
// may rely on its claims.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import { createLeaseKeeper } from '../lease-keeper.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Store } from '../store/store.ts';

/**
 * A claim expires this long after its last heartbeat. Claims last only briefly, so that a process that gets another wake-up of the race can soon take
 * over from a process that has died.
 */
export const CLAIM_MS = 12_000;
/** A wake-up may come at most this long before the opening; an earlier wake-up is answered "deliver again later". */
export const CLAIM_LEAD_MS = 60_000;
/** A class that has been open for longer than this is not raced for: the member decides whether to book it. */
export const LATE_MS = 10 * 60_000;
/**
 * The time that this process must still have after the firing instant; with less it does not arm, because the hosting platform would cut the race off
 * before its end.
 */
export const MIN_LEFT_MS = 3_000;
const HEARTBEAT_MS = 4_000;
/**
 * A process stops relying on its claim this long before the claim expires in the database, because the database's answer may have taken that long to
 * arrive.
 */
const DISTRUST_MS = 3_000;
/**
 * A process that is asked to end still runs the races with an opening within this many ms. worker/main.ts lets a process that is asked to end
 * live a little longer than `STAYS_MS`.
 */
const STAYS_MS = 18_000;
/**
 * How long, in ms, the queue is asked to wait before it repeats a wake-up that a stopping process has given back. The wait is short, because the
 * process that replaces the stopping one may be running already.
 */
const SOON_MS = 1_000;

/**
 * Until when a process may rely on a claim, if the call that took or renewed the claim began at `beganAtMs`. The result and `beganAtMs` are on the
 * clock's monotonic scale.
 */
export const trustFrom = (beganAtMs: number): number => beganAtMs + CLAIM_MS - DISTRUST_MS;

export interface ClaimServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly logger: Logger;
}

/**
 * The claims to keep alive: prebookings that one process, `owner`, claimed in a database call that began at `claimedAtMs`, on the clock's monotonic
 * scale.
 */
export interface Kept {
  readonly owner: string;
  readonly prebookings: readonly Prebooking[];
  readonly claimedAtMs: number;
}

export interface Claims {
  /** Until when this process may act on the claims, on the clock's monotonic scale. */
  trustedUntilMs(): number;
  /** Tells the heartbeat that the arming renewed the claims; `beganAtMs` is when the call to arm began, on the clock's monotonic scale. */
  renewed(beganAtMs: number): void;
  stop(): void;
}

/** Keeps claims alive with a heartbeat, until the caller calls `stop`. */
export function keepClaims({ clock, store, logger }: ClaimServices, { owner, prebookings, claimedAtMs }: Kept): Claims {
  const ids = prebookings.map((one) => one.id);
  const keeper = createLeaseKeeper({
    clock,
    logger,
    what: 'race',
    beatMs: HEARTBEAT_MS,
    trustMs: CLAIM_MS - DISTRUST_MS,
    // The heartbeat stops when no claimed row is left: the rows were settled or withdrawn, or their claims expired while the process was suspended.
    extend: async () => ((await store.extendClaims(ids, owner, CLAIM_MS)) > 0 ? [owner] : []),
  });
  keeper.hold(owner, claimedAtMs);
  let isStopped = false;
  return {
    trustedUntilMs: () => keeper.trustedUntilMs(owner),
    renewed(atMs) {
      if (!isStopped) keeper.hold(owner, atMs);
    },
    stop() {
      isStopped = true;
      keeper.drop(owner);
    },
  };
}

/**
 * Releases claims, so that the next process that gets the race's wake-up can take them immediately. A failure to release claims is only logged,
 * because a claim that is not released expires by itself.
 */
export async function releaseClaims(
  { store, logger }: ClaimServices,
  { owner, prebookings }: Omit<Kept, 'claimedAtMs'>,
): Promise<void> {
  const ids = prebookings.map((one) => one.id);
  await store.extendClaims(ids, owner, 0).catch((error: unknown) => {
    logger.warn({ owner, code: asFailure(error).code }, 'race: claims could not be given back');
  });
}

/**
 * The answer to a wake-up for a prebooking that another process has claimed and not yet armed: deliver again when that claim expires, in case that
 * process has died. As long as the process that claimed the prebooking is alive, it renews the claim, and the queue is told at each later wake-up to
 * deliver that wake-up again.
 */
export async function heldByAnother({ store }: { store: Store }, { id }: Prebooking): Promise<Failure> {
  const retryAfterMs = (await store.readClaimLeft(id)) ?? CLAIM_MS;
  return new Failure('prebooking/not-yet', 'Another process prepares this race: deliver again in case it is gone.', {
    retryAfterMs,
  });
}

/**
 * Sleeps for `ms`, or for less if `enough` resolves before. Throws prebooking/not-yet if this process is asked to end, before or during the
 * sleep, and the opening is then more than `STAYS_MS` away. When this function throws, no booking request of the race has been sent, and another
 * process can take the claims.
 */
export async function sleepUnlessLeaving(
  { clock, opensAt, stopping }: { clock: Clock; opensAt: Date; stopping?: AbortSignal | undefined },
  ms: number,
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
