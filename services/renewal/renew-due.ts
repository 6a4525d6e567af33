// Renews every session that a run can lease, with a bounded number of requests at the gym at a time. As soon as the gym has answered one request, the
// next session's renewal begins, while the answer is still being committed. The caller decides from the returned tally (how each session's last
// attempt ended) whether the run succeeded.
import pLimit, { type LimitFunction } from 'p-limit';
import { asFailure } from '../failures.ts';
import { RUN_WINDOW_MS } from './commit-batch.ts';
import { createCookieWatch } from './cookie-watch.ts';
import { createGate } from './gate.ts';
import { type DueRequest, type DueSessions, dueSessions, type Taken } from './lease-queue.ts';
import { type Batching, createBatching, type Renewal, type RenewServices, renewLeased } from './renew.ts';

/**
 * How a session's last attempt in the refresh run ended. `ended`: the gym does not know the session any more. `aside`: the session cannot be
 * decrypted and is put aside.
 */
export type SessionEnd = 'updated' | 'failed' | 'ended' | 'aside';

/** How this run's last attempt to renew each session ended, by session id. A session for which the run began no attempt is absent. */
export type Tally = ReadonlyMap<string, SessionEnd>;

/**
 * Renews the due sessions that `request` describes, and returns how each one's last attempt ended. Throws database/… when leasing fails; the renewals
 * begun before are settled all the same.
 */
export async function renewDue(services: RenewServices, request: DueRequest): Promise<Tally> {
  const tally = new Map<string, SessionEnd>();
  const due = dueSessions(services, services.gate ?? createGate(services), request);
  const batching = createBatching(services, RUN_WINDOW_MS);
  const renewed = createCookieWatch(services);
  const begun = new Set<Promise<void>>();
  const room = pLimit(2 * request.concurrency);
  const workers = Array.from({ length: request.concurrency }, () =>
    worker({ services, due, batching, tally, begun, room, renewed }),
  );
  const ends = await Promise.allSettled(workers);
  await Promise.all(begun);
  due.close();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return tally;
}

interface WorkerParts {
  readonly services: RenewServices;
  readonly due: DueSessions;
  readonly batching: Batching;
  readonly tally: Map<string, SessionEnd>;
  readonly begun: Set<Promise<void>>;
  /** Limits how many renewals are sent or committed at a time, so that no further renewal is sent to the gym while the database is unreachable. */
  readonly room: LimitFunction;
  readonly renewed: ReturnType<typeof createCookieWatch>;
}

async function worker(run: WorkerParts): Promise<void> {
  let isMore = true;
  while (isMore) isMore = await begin(run);
}

/**
 * Takes the next due session from `run.due` and renews it. Resolves to true once the gym has answered the renewal request, and to false if `run.due`
 * gave no session. The commit of the renewal's result goes on after `begin` has resolved; the set `run.begun` holds the promise of the commit.
 */
function begin(run: WorkerParts): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // A session is leased only once the concurrency limit `room` lets its renewal begin, because a lease taken earlier would grow old in the wait.
    const whole = run
      .room(async () => {
        const taken = await run.due.take();
        if (taken) await renewTaken(run, taken, resolve);
        else resolve(false);
      })
      .catch(reject)
      .finally(() => run.begun.delete(whole));
    run.begun.add(whole);
  });
}

async function renewTaken(run: WorkerParts, taken: Taken, resolve: (isMore: boolean) => void): Promise<void> {
  let isFree = false;
  const answered = () => {
    if (isFree) return;
    isFree = true;
    run.due.finish(taken);
    resolve(true);
  };
  await renewOne(run, taken, answered).finally(answered);
}

/**
 * Renews one session that was taken from the run's queue, and counts the result in the tally. An error is counted and logged, and does not stop the
 * renewals of other sessions.
 */
async function renewOne(
  { services, batching, tally, due, renewed }: WorkerParts,
  taken: Taken,
  answered: () => void,
): Promise<void> {
  const { leased, askedAtMs, leave } = taken;
  let renewal: Renewal | undefined;
  try {
    renewal = await renewLeased(services, leased, { batching, askedAtMs, answered, leave, renewed });
    const end = endOf(renewal);
    if (end) tally.set(leased.id, end);
    if (renewal.kind !== 'renewed' && renewal.kind !== 'alive')
      services.logger.warn({ sessionId: leased.id, ...renewal }, 'session: not renewed');
  } catch (error) {
    tally.set(leased.id, 'failed');
    services.logger.error({ sessionId: leased.id, code: asFailure(error).code, err: error }, 'session: renewal failed');
  } finally {
    due.end(taken, renewal);
  }
}

/** The `SessionEnd` under which a renewal is counted in the tally. Undefined for a lease that was given back, because no attempt was begun. */
function endOf(renewal: Renewal): SessionEnd | undefined {
  if (renewal.kind === 'renewed' || renewal.kind === 'alive') return 'updated';
  if (renewal.kind === 'quarantined') return 'aside';
  if (renewal.kind === 'kept') return 'failed';
  if (renewal.kind === 'unknown-key' || renewal.end === 'released') return undefined;
  return renewal.died ? 'ended' : 'failed';
}
