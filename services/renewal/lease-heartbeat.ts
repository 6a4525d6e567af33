// Extends the leases of all renewals that are under way, with one database call for all of them. A failed heartbeat stops no renewal under way,
// because a commit under a lost lease cannot replace a token that another process has stored. For each renewal, the heartbeat decides only whether
// the renewal's request may still be sent under its lease.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { createLeaseKeeper } from '../lease-keeper.ts';
import type { Store } from '../store/store.ts';

/** How long a lease lasts without a heartbeat, by the database's clock. */
export const LEASE_MS = 45_000;
/** How long this process relies on a lease, counted from when it asked for the lease or its extension: 10 s less than the database grants. */
export const TRUST_MS = LEASE_MS - 10_000;
const BEAT_MS = 10_000;

export interface Heartbeat {
  /** @param askedAtMs the monotonic time (ms) read before the lease was asked for; the database began to count the lease's duration later. */
  hold(renewalId: string, askedAtMs: number): void;
  /** Whether a request may still be sent under this lease. */
  isTrusted(renewalId: string): boolean;
  drop(renewalId: string): void;
}

export interface HeartbeatParts {
  readonly clock: Clock;
  readonly store: Pick<Store, 'extendLeases'>;
  readonly logger: Logger;
}

/** Creates one heartbeat for all renewals of a run; the heartbeat runs while any lease is held. */
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
