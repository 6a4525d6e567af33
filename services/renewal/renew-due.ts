// Renews everything a run can lease, a bounded number at a time at the gym. A place at the gym is free as soon as it has answered:
// the next session is asked for while the last one's answer is being committed. It decides nothing about the run's success.
import pLimit, { type LimitFunction } from 'p-limit';
import { asFailure } from '../failures.ts';
import { type DueRequest, type DueSessions, dueSessions, type Taken } from './lease-queue.ts';
import { type Batching, createBatching, type Renewal, type RenewServices, renewLeased } from './renew.ts';

export interface Tally {
  /** Sessions for which something was sent, or could not be. */
  readonly tried: string[];
  updated: number;
  failed: number;
  /** Failed, and due no longer: dead, or put aside. */
  ended: number;
}

/** Throws database/… when no more can be leased; what was begun is settled all the same. */
export async function renewDue(services: RenewServices, request: DueRequest): Promise<Tally> {
  const tally: Tally = { tried: [], updated: 0, failed: 0, ended: 0 };
  const due = dueSessions(services, request);
  const batching = createBatching(services);
  const begun = new Set<Promise<void>>();
  const room = pLimit(2 * request.concurrency);
  const workers = Array.from({ length: request.concurrency }, () =>
    worker({ services, due, batching, tally, begun, room }),
  );
  const ends = await Promise.allSettled(workers);
  await Promise.all(begun);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return tally;
}

interface WorkerParts {
  readonly services: RenewServices;
  readonly due: DueSessions;
  readonly batching: Batching;
  readonly tally: Tally;
  readonly begun: Set<Promise<void>>;
  /** For renewals out or being committed: a database that is away stops the asking. */
  readonly room: LimitFunction;
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
  { services, batching, tally, due }: WorkerParts,
  taken: Taken,
  answered: () => void,
): Promise<void> {
  const { leased, askedAtMs } = taken;
  try {
    const renewal = await renewLeased(services, leased, { batching, askedAtMs, answered });
    count(tally, leased.id, renewal);
    if (renewal.kind !== 'renewed') services.logger.warn({ sessionId: leased.id, ...renewal }, 'session: not renewed');
    // The gym wants to be left alone: nobody else is sent, and nobody is charged.
    if (renewal.kind === 'failed' && renewal.pauseMs !== undefined) due.stop();
  } catch (error) {
    tally.tried.push(leased.id);
    tally.failed += 1;
    services.logger.error({ sessionId: leased.id, code: asFailure(error).code, err: error }, 'session: renewal failed');
  }
}

function count(tally: Tally, id: string, renewal: Renewal): void {
  // A lease given back was never begun.
  if (renewal.kind === 'failed' && renewal.end === 'released') return;
  tally.tried.push(id);
  if (renewal.kind === 'renewed') tally.updated += 1;
  else tally.failed += 1;
  if (renewal.kind === 'quarantined' || (renewal.kind === 'failed' && renewal.died)) tally.ended += 1;
}
