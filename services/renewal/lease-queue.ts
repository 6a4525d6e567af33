// A shared source of leased sessions for a run's lanes: leased a batch at a time, in the database's order, handed out one by one,
// no more than a few of one box at once. It renews nothing. A lease that grew old while it waited is given back, not used.
import { newOwner } from '../owner.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import { LEASE_MS, TRUST_MS } from './lease-heartbeat.ts';
import type { RenewServices } from './renew.ts';

/** One leased session, and when its lease was asked for (monotonic). */
export interface Taken {
  readonly leased: LeasedSession;
  readonly askedAtMs: number;
}

export interface DueSessions {
  /** The next session to renew; undefined when there is none left, the time is up, or the run was stopped. */
  take(): Promise<Taken | undefined>;
  /** Its place at the gym is free again. */
  finish(taken: Taken): void;
  /** Nobody is begun any more. */
  stop(): void;
}

export interface DueRequest {
  readonly staleAt: Date;
  readonly concurrency: number;
  readonly perBox: number;
  readonly runId: string;
  readonly only?: 'troubled' | undefined;
  readonly until?: Date | undefined;
  /** The process is asked to end: nobody is begun any more. */
  readonly stopping?: AbortSignal | undefined;
}

/** A batch lasts some seconds: long enough to be worth its query, short enough that its last lease is still good. */
const batchSize = (concurrency: number): number => Math.min(500, Math.max(64, 8 * concurrency));

export function dueSessions(services: RenewServices, request: DueRequest): DueSessions {
  const { clock, store } = services;
  // The first batch is small, so that the lanes need not wait long for it.
  let limit = 2 * request.concurrency;
  const atBoxes = countByBox(request.perBox);
  const signal = createSignal();
  let waiting: Taken[] = [];
  let refilling: Promise<void> | undefined;
  let giving: Promise<unknown> | undefined;
  let isDry = false;
  let isStopped = false;
  const isOver = () =>
    isStopped || request.stopping?.aborted === true || (request.until !== undefined && clock.now() >= request.until);
  async function refill(): Promise<void> {
    const askedAtMs = clock.monotonicMs();
    const found = await store.leaseDueSessions({
      staleAt: request.staleAt,
      owner: newOwner(services.life),
      limit,
      leaseMs: LEASE_MS,
      onlyTroubled: request.only === 'troubled',
      runId: request.runId,
      now: clock.now(),
    });
    isDry = found.length < limit;
    limit = batchSize(request.concurrency);
    waiting.push(...found.map((leased) => ({ leased, askedAtMs })));
  }
  const more = (): Promise<void> => {
    refilling ??= refill().finally(() => {
      refilling = undefined;
      signal.raise();
    });
    return refilling;
  };
  async function giveBack(which: (taken: Taken) => boolean): Promise<void> {
    const given = waiting.filter(which).map(({ leased }) => leased.renewalId);
    if (given.length === 0) return;
    waiting = waiting.filter((taken) => !which(taken));
    giving = store.releaseLeases(given, clock.now()).finally(() => {
      giving = undefined;
    });
    await giving;
    // What was given back is still due: worth another look, unless this run is over.
    isDry = false;
  }
  function next(): Taken | undefined {
    const at = waiting.findIndex(({ leased }) => atBoxes.hasRoom(leased));
    const [taken] = at < 0 ? [] : waiting.splice(at, 1);
    if (taken) atBoxes.enter(taken.leased);
    return taken;
  }
  async function take(): Promise<Taken | undefined> {
    for (;;) {
      if (isOver()) {
        await refilling?.catch(() => undefined);
        await giveBack(() => true);
        return undefined;
      }
      const oldestMs = clock.monotonicMs() - TRUST_MS;
      // The first is the oldest: they wait in the order in which they were asked for.
      if ((waiting[0]?.askedAtMs ?? Number.POSITIVE_INFINITY) <= oldestMs)
        await giveBack(({ askedAtMs }) => askedAtMs <= oldestMs);
      const taken = next();
      // The next batch is asked for while this one lasts. Its failure is met by whoever waits for it.
      if (!isDry && waiting.length < limit / 2) more().catch(() => undefined);
      if (taken) return taken;
      if (waiting.length > 0) await signal.raised();
      else if (refilling) await refilling;
      else if (giving) await giving;
      else if (isDry) return undefined;
    }
  }
  return {
    take,
    finish({ leased }) {
      atBoxes.leave(leased);
      signal.raise();
    },
    stop() {
      isStopped = true;
      signal.raise();
    },
  };
}

/** How many renewals are out for each box. A member of several boxes counts for the first. */
function countByBox(most: number) {
  const out = new Map<string, number>();
  const change = ({ boxes: [box] }: LeasedSession, by: number) => {
    if (box !== undefined) out.set(box, (out.get(box) ?? 0) + by);
  };
  return {
    hasRoom: ({ boxes: [box] }: LeasedSession) => box === undefined || (out.get(box) ?? 0) < most,
    enter: (leased: LeasedSession) => change(leased, 1),
    leave: (leased: LeasedSession) => change(leased, -1),
  };
}

/** Wakes everybody who waits for something to change. */
function createSignal() {
  let waiting: (() => void)[] = [];
  return {
    raised: () => new Promise<void>((resolve) => waiting.push(resolve)),
    raise() {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}
