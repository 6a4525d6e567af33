// A shared source of leased sessions for a run's workers: leased a batch at a time, in the database's order, handed out one by one.
// No more than a few of one box are out at once, and none that a pause holds up. It renews nothing. A lease that grew old while it waited, or
// that belongs to a resting box, is given back, not used.
import { newOwner } from '../owner.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import type { Leave, RenewalGate } from './gate.ts';
import { LEASE_MS, TRUST_MS } from './lease-heartbeat.ts';
import { createPauses } from './pauses.ts';
import type { Renewal, RenewServices } from './renew.ts';

/** One leased session, when its lease was asked for (monotonic), and what the gate said. */
export interface Taken {
  readonly leased: LeasedSession;
  readonly askedAtMs: number;
  readonly leave: Leave;
}

export interface DueSessions {
  /** The next session to renew; undefined when there is none left, or the time is up. */
  take(): Promise<Taken | undefined>;
  /** Its place at the gym is free again. */
  finish(taken: Taken): void;
  /** It is settled, as `renewal` says; undefined: it failed. */
  end(taken: Taken, renewal: Renewal | undefined): void;
  /** After the last `take`: the gate is watched no longer. */
  close(): void;
}

export interface DueRequest {
  readonly staleAt: Date;
  readonly concurrency: number;
  readonly perBox: number;
  readonly runId: string;
  readonly only?: 'troubled' | undefined;
  readonly until?: Date | undefined;
  /** Sleep through the pauses that end before `until`; otherwise what rests is left to a later run. */
  readonly sleeps?: boolean | undefined;
  /** A key is in use that this process lacks: only sessions of members with one of these keys are leased. */
  readonly keys?: readonly string[] | undefined;
  /** The process is asked to end: nothing more is begun. */
  readonly stopping?: AbortSignal | undefined;
}

/** A batch lasts some seconds: long enough to be worth its query, short enough that its last lease is still good. */
const batchSize = (concurrency: number): number => Math.min(500, Math.max(64, 8 * concurrency));

type Waiting = Omit<Taken, 'leave'>;

export function dueSessions(services: RenewServices, gate: RenewalGate, request: DueRequest): DueSessions {
  const { clock, store } = services;
  // The first batch is small, so that the workers need not wait long for it.
  let limit = 2 * request.concurrency;
  const atBoxes = countByBox(request.perBox);
  const signal = createSignal();
  const until = request.sleeps ? request.until : undefined;
  const pauses = createPauses({ clock, gate, until, stopping: request.stopping });
  const close = gate.watch(() => signal.raise());
  let waiting: Waiting[] = [];
  let refilling: Promise<void> | undefined;
  let giving: Promise<unknown> | undefined;
  let isDry = false;
  let out = 0;
  let { keys } = request;
  const isOver = () =>
    request.stopping?.aborted === true || (request.until !== undefined && clock.now() >= request.until);
  async function refill(): Promise<void> {
    const askedAtMs = clock.monotonicMs();
    const found = await store.leaseDueSessions({
      staleAt: request.staleAt,
      owner: newOwner(services.life),
      limit,
      leaseMs: LEASE_MS,
      onlyTroubled: request.only === 'troubled',
      resting: gate.restingGroups(),
      keys,
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
  async function giveBack(which: (one: Waiting) => boolean): Promise<void> {
    const given = waiting.filter(which).map(({ leased }) => leased.renewalId);
    if (given.length === 0) return;
    waiting = waiting.filter((one) => !which(one));
    giving = store.releaseLeases(given, clock.now()).finally(() => {
      giving = undefined;
    });
    await giving;
    // A session that was given back is still due: worth another look, unless this run is over.
    isDry = false;
  }
  /** A trial is made by one that was not turned away last time: an account that always is must not keep its box shut. */
  const picks: ((one: Waiting) => boolean)[] = [
    ({ leased }) => gate.look(leased) === 'open' || (gate.look(leased) === 'after-pause' && !leased.lastError),
    ({ leased }) => gate.look(leased) === 'after-pause',
  ];
  function next(): Taken | undefined {
    for (const pick of picks) {
      const at = waiting.findIndex((one) => atBoxes.hasRoom(one.leased) && pick(one));
      const [one] = at < 0 ? [] : waiting.splice(at, 1);
      if (!one) continue;
      atBoxes.enter(one.leased);
      out += 1;
      return { ...one, leave: gate.enter(one.leased) };
    }
    return undefined;
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
      if (!gate.isOpen() || (waiting[0]?.askedAtMs ?? Number.POSITIVE_INFINITY) <= oldestMs)
        await giveBack((one) => one.askedAtMs <= oldestMs || gate.look(one.leased) === 'rest');
      const taken = next();
      // The next batch is asked for while this one lasts. Its failure is met by the worker that waits for it.
      if (!isDry && !gate.isGymResting() && waiting.length < limit / 2) more().catch(() => undefined);
      if (taken) return taken;
      if (refilling && waiting.length === 0) await refilling;
      // A renewal that is out may end a pause, or name one that is worth sleeping through.
      else if (waiting.length > 0 || out > 0) await signal.raised();
      else if (giving) await giving;
      else if (await pauses.sleepThrough()) isDry = false;
      else if (isDry || gate.isGymResting()) return undefined;
    }
  }
  return {
    take,
    finish({ leased }) {
      atBoxes.leave(leased);
      signal.raise();
    },
    end({ leased }, renewal) {
      out -= 1;
      if (renewal?.kind === 'failed' && renewal.againAt) pauses.note(leased, renewal.againAt);
      // Rotated while we run: what is left of ours goes on.
      if (renewal?.kind === 'unknown-key') keys = services.seal.kids;
      signal.raise();
    },
    close,
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

/** Wakes every worker that waits for something to change. */
function createSignal() {
  let waiting: (() => void)[] = [];
  return {
    raised: () => new Promise<void>((resolve) => waiting.push(resolve)),
    raise() {
      if (waiting.length === 0) return;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}
