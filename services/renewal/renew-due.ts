// Renews everything a run can lease, a bounded number at a time at the gym. A place at the gym is free as soon as it has answered:
// the next session is asked for while the last one's answer is being committed. It decides nothing about the run's success.
import pLimit, { type LimitFunction } from 'p-limit';
import { asFailure } from '../failures.ts';
import { RUN_WINDOW_MS } from './commit-batch.ts';
import { createCookieWatch } from './cookie-watch.ts';
import { createGate } from './gate.ts';
import { type DueRequest, type DueSessions, dueSessions, type Taken } from './lease-queue.ts';
import { type Batching, createBatching, type Renewal, type RenewServices, renewLeased } from './renew.ts';

/** How a session's last attempt in the run ended. `ended`: the gym knows it no longer; `aside`: it cannot be opened. */
export type SessionEnd = 'updated' | 'failed' | 'ended' | 'aside';

/** By session: those for which something was sent, or could not be. */
export type Tally = ReadonlyMap<string, SessionEnd>;

/** Throws database/… when no more can be leased; what was begun is settled all the same. */
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
  /** For renewals out or being committed: a database that is away stops the asking. */
  readonly room: LimitFunction;
  readonly renewed: ReturnType<typeof createCookieWatch>;
}

async function worker(run: WorkerParts): Promise<void> {
  let isMore = true;
  while (isMore) isMore = await begin(run);
}

/** Takes one and renews it. Resolves when the gym has answered, with false when there was none; the rest goes on in `begun`. */
function begin(run: WorkerParts): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // Room first: a lease taken before it would grow old while it waits.
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

/** One session's failure is its own: it is counted and logged, and the others go on. */
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

/** Undefined for a lease that was given back: nothing was begun. */
function endOf(renewal: Renewal): SessionEnd | undefined {
  if (renewal.kind === 'renewed' || renewal.kind === 'alive') return 'updated';
  if (renewal.kind === 'quarantined') return 'aside';
  if (renewal.kind === 'kept') return 'failed';
  if (renewal.kind === 'unknown-key' || renewal.end === 'released') return undefined;
  return renewal.died ? 'ended' : 'failed';
}
