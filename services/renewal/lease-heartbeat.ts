// Holds the leases of all renewals that are out, with one call for all of them. A beat that fails stops nothing: what is out stays
// out, the commit is fenced. It only says whether something may still be sent.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/store.ts';

/** The right lasts this long without a heartbeat, by the database's clock. */
export const LEASE_MS = 45_000;
/** We stop trusting a lease this long before the database does. */
export const TRUST_MS = LEASE_MS - 10_000;
const BEAT_MS = 10_000;

export interface Heartbeat {
  /** @param askedAtMs monotonic, from before the lease was asked for: the database's count began later. */
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

export function createHeartbeat(parts: HeartbeatParts): Heartbeat {
  const { clock, logger } = parts;
  const trustedUntilMs = new Map<string, number>();
  let ended: AbortController | undefined;
  async function beatWhileHeld(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(BEAT_MS, signal);
      await beat(parts, trustedUntilMs);
    }
  }
  function start(): AbortController {
    const ending = new AbortController();
    beatWhileHeld(ending.signal).catch((error) => {
      if (!ending.signal.aborted) logger.error({ err: error }, 'lease: the heartbeat stopped');
    });
    return ending;
  }
  return {
    hold(renewalId, askedAtMs) {
      trustedUntilMs.set(renewalId, askedAtMs + TRUST_MS);
      ended ??= start();
    },
    isTrusted: (renewalId) => clock.monotonicMs() < (trustedUntilMs.get(renewalId) ?? Number.NEGATIVE_INFINITY),
    drop(renewalId) {
      trustedUntilMs.delete(renewalId);
      if (trustedUntilMs.size > 0) return;
      ended?.abort();
      ended = undefined;
    },
  };
}

async function beat({ clock, store, logger }: HeartbeatParts, trustedUntilMs: Map<string, number>): Promise<void> {
  const atMs = clock.monotonicMs();
  const ids = [...trustedUntilMs.keys()];
  try {
    const kept = new Set(await store.extendLeases(ids, LEASE_MS));
    const lost = ids.filter((id) => !kept.has(id) && trustedUntilMs.has(id));
    for (const id of kept) if (trustedUntilMs.has(id)) trustedUntilMs.set(id, atMs + TRUST_MS);
    for (const id of lost) trustedUntilMs.set(id, Number.NEGATIVE_INFINITY);
    if (lost.length > 0) logger.warn({ renewalIds: lost }, 'lease: lost to somebody else');
  } catch (err) {
    logger.warn({ err }, 'lease: a heartbeat was lost');
  }
}
