// Keeps the leases that the database grants for a limited time: one heartbeat extends all held leases, and each has an instant until which its holder
// may rely on it. A failed heartbeat aborts no work under way; once the holder may not rely on a lease any more, the holder sends no more requests.
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { asFailure } from './failures.ts';

export interface LeaseKeeping {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The name of what is leased, for the log. */
  readonly what: string;
  readonly beatMs: number;
  /**
   * How long, ms, a holder may rely on a lease, counted from the start of the call that took or extended it; shorter than the time that the database
   * grants.
   */
  readonly trustMs: number;
  /** Extends the leases in the database and returns the ids of the leases that are still held. Throws database/…. */
  extend(ids: readonly string[]): Promise<Iterable<string>>;
}

export interface LeaseKeeper {
  /**
   * @param askedAtMs a monotonic time, read before the lease was asked for or extended, because the database begins to count the lease's time only
   * later.
   */
  hold(id: string, askedAtMs: number): void;
  /** Until when a holder may rely on a lease, on the clock's monotonic scale; negative infinity for a lease that is not held or was lost. */
  trustedUntilMs(id: string): number;
  /** Stops extending a lease. Dropping the last lease ends the heartbeat. */
  drop(id: string): void;
}

/** Returns a keeper that holds no lease yet. The heartbeat runs while any lease is held. */
export function createLeaseKeeper(how: LeaseKeeping): LeaseKeeper {
  const trusted = new Map<string, number>();
  let ended: AbortController | undefined;
  function start(): AbortController {
    const ending = new AbortController();
    beatWhileHeld(how, trusted, ending.signal).catch((error: unknown) => {
      if (!ending.signal.aborted)
        how.logger.error({ code: asFailure(error).code, err: error }, `${how.what}: the heartbeat stopped`);
    });
    return ending;
  }
  return {
    hold(id, askedAtMs) {
      trusted.set(id, Math.max(trusted.get(id) ?? Number.NEGATIVE_INFINITY, askedAtMs + how.trustMs));
      ended ??= start();
    },
    trustedUntilMs: (id) => trusted.get(id) ?? Number.NEGATIVE_INFINITY,
    drop(id) {
      trusted.delete(id);
      if (trusted.size > 0) return;
      ended?.abort();
      ended = undefined;
    },
  };
}

async function beatWhileHeld(how: LeaseKeeping, trusted: Map<string, number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await how.clock.sleep(how.beatMs, signal);
    await beat(how, trusted);
  }
}

async function beat(
  { clock, logger, what, trustMs, extend }: LeaseKeeping,
  trusted: Map<string, number>,
): Promise<void> {
  const askedAtMs = clock.monotonicMs();
  const ids = [...trusted.keys()];
  try {
    const kept = new Set(await extend(ids));
    const held = ids.filter((id) => trusted.has(id));
    for (const id of held) {
      const untilMs = Math.max(trusted.get(id) ?? Number.NEGATIVE_INFINITY, askedAtMs + trustMs);
      trusted.set(id, kept.has(id) ? untilMs : Number.NEGATIVE_INFINITY);
    }
    const lost = held.filter((id) => !kept.has(id));
    if (lost.length > 0) logger.warn({ ids: lost }, `${what}: lost to another process, or over`);
  } catch (error) {
    logger.warn({ code: asFailure(error).code, err: error }, `${what}: a heartbeat was lost`);
  }
}
