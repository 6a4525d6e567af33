// Leases due sessions for the workers of a refresh run. Sessions are leased a batch at a time, in the database's order, and handed out one by one.
// Only a few sessions of one box are handed out at a time, and none of a paused box. A lease that has grown old in the queue, or is for a session of
// a paused box, is given back unused. The queue leases sessions and renews none.
import { newOwner } from '../owner.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import type { Leave, RenewalGate } from './gate.ts';
import { LEASE_MS, TRUST_MS } from './lease-heartbeat.ts';
import { createPauses } from './pauses.ts';
import type { Renewal, RenewServices } from './renew.ts';

/** A leased session, the instant at which its lease was asked for (monotonic ms), and whether the gate (gate.ts) lets it be renewed now. */
export interface Taken {
  readonly leased: LeasedSession;
  readonly askedAtMs: number;
  readonly leave: Leave;
}

export interface DueSessions {
  /** Resolves with the next session to renew. Undefined when no due session is left to renew or the run's time is up. */
  take(): Promise<Taken | undefined>;
  /** Reports that the gym has answered the renewal of `taken`, so that another session of the same box may be handed out. */
  finish(taken: Taken): void;
  /** Reports that a session's renewal has ended, with the result `renewal`; undefined when the renewal threw an error. */
  end(taken: Taken, renewal: Renewal | undefined): void;
  /** Stops watching the renewal gate (gate.ts). Call `close` once no worker calls `take` any more. */
  close(): void;
}

export interface DueRequest {
  readonly staleAt: Date;
  readonly concurrency: number;
  readonly perBox: number;
  readonly runId: string;
  readonly only?: 'troubled' | undefined;
  readonly until?: Date | undefined;
  /** True: the run sleeps through pauses that end before `until`. False or absent: sessions that a pause holds back are left to a later run. */
  readonly sleeps?: boolean | undefined;
  /**
   * The ids of the keys of this process's keyring, set only if the keyring lacks a key by which some member's data key is wrapped. If `keys` is set,
   * only sessions of members whose data key is wrapped by one of these keys are leased.
   */
  readonly keys?: readonly string[] | undefined;
  /** Aborted when the process is asked to end: no further session is handed out. */
  readonly stopping?: AbortSignal | undefined;
}

/**
 * How many sessions to lease at once: enough to be worth the query, few enough that the last lease can still be relied on when its renewal begins.
 */
const batchSize = (concurrency: number): number => Math.min(500, Math.max(64, 8 * concurrency));

type Waiting = Omit<Taken, 'leave'>;

export function dueSessions(services: RenewServices, gate: RenewalGate, request: DueRequest): DueSessions {
  const { clock, store } = services;
  // The first batch of leased sessions is small, so that the workers do not wait long for their first sessions.
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
    // A session is still due after its lease was given back to the database, and may be leased again, unless this run is at its end.
    isDry = false;
  }
  /**
   * A session with a successful last attempt is preferred for the trial after a pause: a session that the gym always refuses must not keep its box
   * paused.
   */
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
      // The first waiting lease is the oldest, because the leases wait in the order in which they were asked for.
      if (!gate.isOpen() || (waiting[0]?.askedAtMs ?? Number.POSITIVE_INFINITY) <= oldestMs)
        await giveBack((one) => one.askedAtMs <= oldestMs || gate.look(one.leased) === 'rest');
      const taken = next();
      // The next batch is leased before the current batch is used up. If leasing the next batch of sessions fails, the worker that waits for that
      // batch gets the error.
      if (!isDry && !gate.isGymResting() && waiting.length < limit / 2) more().catch(() => undefined);
      if (taken) return taken;
      if (refilling && waiting.length === 0) await refilling;
      // The worker waits while sessions wait or renewals are under way: a gym's answer may end a pause, or begin one that this run sleeps through.
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
      // Keys were rotated during the run: from here on, only sessions that a key of this process opens are leased.
      if (renewal?.kind === 'unknown-key') keys = services.seal.kids;
      signal.raise();
    },
    close,
  };
}

/**
 * Counts the renewals under way at each box, and says whether one more may begin at a box. A renewal for a member of several boxes is counted at the
 * first of these boxes only.
 */
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

/** Creates a signal that wakes every worker that waits for a change: a new batch, a renewal's end, or a pause's beginning or end. */
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
