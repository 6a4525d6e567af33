// The right to race, kept alive by a heartbeat, and how long we may trust it without asking. The database decides who holds a claim;
// here is only what a process may believe that was perhaps stopped for a while.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { createLeaseKeeper } from '../lease-keeper.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Store } from '../store/store.ts';

/** A claim lasts this long past its last heartbeat: short, so that a spare wake-up can take over from a dead one. */
export const CLAIM_MS = 12_000;
/** A wake-up may come this early; earlier ones are asked to come again. */
export const CLAIM_LEAD_MS = 60_000;
/** Open for longer than this, a class is no longer raced for: what is left of it is for the member to judge. */
export const LATE_MS = 10 * 60_000;
/** Left after arming, at least: a race that the platform would cut off is one that nobody knows the end of. */
export const MIN_LEFT_MS = 3_000;
const HEARTBEAT_MS = 4_000;
/** We stop trusting a claim this long before the database does: an answer may have been on its way. */
const DISTRUST_MS = 3_000;

/** Until when a claim may be trusted that was taken or renewed in a call that began then; both on the clock's monotonic scale. */
export const trustFrom = (beganAtMs: number): number => beganAtMs + CLAIM_MS - DISTRUST_MS;

export interface ClaimServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly logger: Logger;
}

export interface Claims {
  /** Until when we may act on them, on the clock's monotonic scale. */
  trustedUntilMs(): number;
  /** The database has just renewed them in a call that began then. */
  renewed(beganAtMs: number): void;
  stop(): void;
}

/** Keeps claims that were taken in a call that began at `beganAtMs` (monotonic). Stop it in the end. */
export function keepClaims(
  { clock, store, logger }: ClaimServices,
  owner: string,
  prebookings: readonly Prebooking[],
  beganAtMs: number,
): Claims {
  const ids = prebookings.map((one) => one.id);
  const keeper = createLeaseKeeper({
    clock,
    logger,
    what: 'race',
    beatMs: HEARTBEAT_MS,
    trustMs: CLAIM_MS - DISTRUST_MS,
    // None left: settled or withdrawn, or run out while we were away. Either way there is nothing more to act on.
    extend: async () => ((await store.extendClaims(ids, owner, CLAIM_MS)) > 0 ? [owner] : []),
  });
  keeper.hold(owner, beganAtMs);
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
