// Renews every background session whose last success is 18 minutes old or older. Device sessions are none of its business.
// Nothing due is success; something due and nothing updated is an alarm, and is thrown.
import type { Logger } from 'pino';
import type { Clock } from '../services/clock.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { dueSessions, type Take } from '../services/session/due-sessions.ts';
import { ALARM_MS, backgroundStaleAt } from '../services/session/freshness.ts';
import { type RenewServices, renewLeased } from '../services/session/renew.ts';
import type { LeasedSession } from '../services/store/rows.ts';
import type { Store } from '../services/store/store.ts';

/** Polite to the gym: 10,000 members in a cycle need about ten a second, which eight at a time give. */
const CONCURRENCY = 8;

export interface RefreshReport {
  /** Sessions whose last success is old enough, ours to try or not. */
  readonly due: number;
  readonly updated: number;
  readonly failed: number;
  /** Due, but being renewed elsewhere, held for a race, waiting after a failure, or left for the next run. */
  readonly skipped: number;
}

export interface RefreshRequest {
  readonly runId: string;
  /** Only sessions whose last attempt went wrong: the pass between two cycles. Never throws for finding none. */
  readonly only?: 'troubled' | undefined;
  /** No session is begun after this instant; what is left waits for the next run. */
  readonly until?: Date | undefined;
}

/** Throws refresh/nothing-updated, refresh/selector-broken, database/…. */
export async function refreshBackgroundSessions(
  services: RenewServices & { readonly clock: Clock; readonly store: Store; readonly logger: Logger },
  request: RefreshRequest,
): Promise<RefreshReport> {
  const now = services.clock.now();
  const staleAt = backgroundStaleAt(now);
  const tally = { tried: [] as string[], updated: 0, failed: 0 };
  const take = dueSessions(services, { staleAt, concurrency: CONCURRENCY, ...request });
  const lanes = Array.from({ length: CONCURRENCY }, () => lane(services, take, tally));
  await Promise.all(lanes);
  const survey = await services.store.surveyBackgroundSessions({
    staleAt,
    alarmAt: new Date(now.getTime() - ALARM_MS),
    now,
  });
  if (survey.waitingWithoutSession.length > 0) {
    services.logger.error(
      { userIds: survey.waitingWithoutSession },
      'alert: members with a waiting prebooking have no live background session',
    );
  }
  if (!request.only) mustHaveHelped(tally, survey.overdue);
  const left = Math.max(0, survey.due - tally.failed);
  return { due: tally.tried.length + left, updated: tally.updated, failed: tally.failed, skipped: left };
}

interface Tally {
  tried: string[];
  updated: number;
  failed: number;
}

/** Works until nothing is left to lease or the time is up. */
async function lane(services: RenewServices, take: Take, tally: Tally): Promise<void> {
  for (let leased = await take(); leased; leased = await take()) {
    tally.tried.push(leased.id);
    if (await renewed(services, leased)) tally.updated += 1;
    else tally.failed += 1;
  }
}

/** One session's failure is its own: it is counted and logged, and the others go on. */
async function renewed(services: RenewServices, leased: LeasedSession): Promise<boolean> {
  try {
    const renewal = await renewLeased(services, leased);
    if (renewal.kind === 'renewed') return true;
    services.logger.warn({ sessionId: leased.id, ...renewal }, 'session: not renewed');
  } catch (error) {
    services.logger.error({ sessionId: leased.id, code: asFailure(error).code, err: error }, 'session: renewal failed');
  }
  return false;
}

function mustHaveHelped(tally: Tally, overdue: readonly string[]): void {
  if (tally.tried.length > 0 && tally.updated === 0) {
    throw new Failure(
      'refresh/nothing-updated',
      `Sessions were due and none was updated (${tally.tried.length} tried).`,
      {
        details: { sessionIds: tally.tried },
      },
    );
  }
  if (tally.tried.length === 0 && overdue.length > 0) {
    throw new Failure('refresh/selector-broken', 'Live sessions are overdue and none was picked for renewal.', {
      details: { sessionIds: overdue },
    });
  }
}
