// A shared source of leased sessions for a run's lanes: leased a few at a time, in the database's order, handed out one by one.
// It renews nothing. A lease that grew old while it waited for a free lane is given back, not used.
import { randomUUID } from 'node:crypto';
import type { LeasedSession } from '../store/rows.ts';
import { LEASE_MS, type RenewServices } from './renew.ts';

/** The next session to renew, or undefined when there is none left or the time is up. */
export type Take = () => Promise<LeasedSession | undefined>;

/** We stop trusting a lease this long before the database does. */
const TRUST_MS = LEASE_MS - 10_000;

export interface DueRequest {
  readonly staleAt: Date;
  readonly concurrency: number;
  readonly runId: string;
  readonly only?: 'troubled' | undefined;
  readonly until?: Date | undefined;
}

export function dueSessions(services: RenewServices, request: DueRequest): Take {
  const { clock, store } = services;
  const owner = randomUUID();
  let waiting: { leased: LeasedSession; atMs: number }[] = [];
  let refilling: Promise<void> | undefined;
  let isDry = false;
  const isTimeUp = () => request.until !== undefined && clock.now() >= request.until;
  async function refill(): Promise<void> {
    const atMs = clock.monotonicMs();
    const found = await store.leaseDueSessions({
      staleAt: request.staleAt,
      owner,
      limit: request.concurrency,
      leaseMs: LEASE_MS,
      onlyTroubled: request.only === 'troubled',
      runId: request.runId,
      now: clock.now(),
    });
    isDry = found.length === 0;
    waiting = found.map((leased) => ({ leased, atMs }));
  }
  const giveBack = (leased: LeasedSession) =>
    store.settleAttempt({
      renewalId: leased.renewalId,
      state: 'released',
      reason: undefined,
      nextAttemptAt: undefined,
      confirmMs: 0,
      spare: true,
      now: clock.now(),
    });
  return async () => {
    for (;;) {
      const next = waiting.shift();
      if (next && !isTimeUp() && clock.monotonicMs() - next.atMs < TRUST_MS) return next.leased;
      if (next) await giveBack(next.leased);
      else if (isDry || isTimeUp()) return undefined;
      else {
        refilling ??= refill().finally(() => {
          refilling = undefined;
        });
        await refilling;
      }
    }
  };
}
