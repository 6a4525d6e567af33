// Keeps the leases of all renewals that are under way, with one call for all of them. A failed heartbeat stops nothing: renewals go on, and the
// commit is fenced. It only decides whether something may still be sent.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { createLeaseKeeper } from '../lease-keeper.ts';
import type { Store } from '../store/store.ts';

/** The right lasts this long without a heartbeat, by the database's clock. */
export const LEASE_MS = 45_000;
/** We stop trusting a lease this long before the database does. */
export const TRUST_MS = LEASE_MS - 10_000;
const BEAT_MS = 10_000;

export interface Heartbeat {
  /** @param askedAtMs monotonic, from before the lease was asked for: the database began to count later. */
  hold(renewalId: string, askedAtMs: number): void;
  /** May something still be sent under this lease? */
  isTrusted(renewalId: string): boolean;
  drop(renewalId: string): void;
}

export interface HeartbeatParts {
  readonly clock: Clock;
  readonly store: Pick<Store, 'extendLeases'>;
  readonly logger: Logger;
}

/** One heartbeat for all renewals of a run; it runs while any lease is held. */
export function createHeartbeat({ clock, logger, store }: HeartbeatParts): Heartbeat {
  const keeper = createLeaseKeeper({
    clock,
    logger,
    what: 'lease',
    beatMs: BEAT_MS,
    trustMs: TRUST_MS,
    extend: (ids) => store.extendLeases(ids, LEASE_MS),
  });
  return {
    hold: keeper.hold,
    isTrusted: (renewalId) => clock.monotonicMs() < keeper.trustedUntilMs(renewalId),
    drop: keeper.drop,
  };
}
