// Renews every background session with a last success 18 minutes old or older; device sessions stay untouched. A run with no session due is a
// success. A run that updated none of its due sessions, or left more than half of them untried, throws, which raises an alarm.
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { mendDue } from '../services/renewal/mend-due.ts';
import { releaseQuarantined } from '../services/renewal/release-quarantined.ts';
import type { RenewServices } from '../services/renewal/renew.ts';
import { renewDue, type SessionEnd, type Tally } from '../services/renewal/renew-due.ts';
import { unknownKeys } from '../services/seal/check-seals.ts';
import { ALARM_MS, backgroundStaleAt } from '../services/session/freshness.ts';
import type { Survey } from '../services/store/session-store.ts';

/** At most this many renewals run at the same time, to spare the gym; eight achieve the ten renewals a second that 10,000 members need. */
const CONCURRENCY = 8;
/** At most this many renewals run at the same time for the members of one box. */
const PER_BOX = 4;
/** A serverless run shares its work over the queue when more sessions than this are due. */
const FAN_OUT_ABOVE = 500;
/**
 * A run over more than `FAN_OUT_ABOVE` sessions asks the queue for one call of this job for each `SHARE` due sessions, `MAX_PARTS` calls at most. The
 * number of calls that share a run need not be exact, because leases decide which call renews which session.
 */
const SHARE = 500;
const MAX_PARTS = 20;
/** A failure names at most this many session ids, enough for an operator to start investigating. */
const MAX_IDS = 100;

export interface RefreshReport {
  /** How many sessions were due, whether this run tried to renew them (`updated`, `failed`) or not (`skipped`). */
  readonly due: number;
  readonly updated: number;
  readonly failed: number;
  /**
   * Due sessions that this run did not try to renew: renewed by another process, held by a race, waiting after a failure, quarantined, or left to the
   * next run.
   */
  readonly skipped: number;
}

export interface RefreshRequest {
  readonly runId: string;
  /**
   * `troubled`: the pass takes only troubled sessions and the sessions that the latest whole run left untried. The pass of each minute sets `only`.
   * A pass over troubled sessions does not fail if it finds none.
   */
  readonly only?: 'troubled' | undefined;
  /**
   * No renewal is begun after this instant; sessions still due then wait for the next pass. When the gym names a pause that ends before `until`, a
   * whole run sleeps until the pause is over. The pass of each minute, a part of a run, and a run without `until` do not sleep through a pause: they
   * leave the paused sessions to a later run.
   */
  readonly until?: Date | undefined;
  /** Aborted when the process is asked to end: renewals under way finish, and no further renewal is begun. */
  readonly stopping?: AbortSignal | undefined;
  /** The largest number of renewals that are under way at the gym at the same time; default 8. */
  readonly concurrency?: number | undefined;
  /** The largest number of renewals under way at the same time for members of one box. The default is `concurrency` if it is given, else 4. */
  readonly perBox?: number | undefined;
  /** The number of due sessions above which the work is shared over the queue (`true`: 500), on platforms that cut long runs short. */
  readonly fanOut?: boolean | { readonly above: number } | undefined;
  /** True for a run that is one part of a shared run: it shares nothing out, and finding no session is no alarm. */
  readonly isPart?: boolean | undefined;
}

export type RefreshServices = RenewServices & {
  readonly dispatch?: Dispatch | undefined;
  /** False if this deployment keeps no logins (e-mail and password) of members, and deletes those that it has. */
  readonly allowKeptLogin?: boolean | undefined;
};

/** Throws seal/unknown-key, refresh/nothing-updated, refresh/mostly-skipped (its details hold the report), refresh/selector-broken, database/…. */
export async function refreshBackgroundSessions(
  services: RefreshServices,
  request: RefreshRequest,
): Promise<RefreshReport> {
  const since = services.clock.now();
  const staleAt = backgroundStaleAt(since);
  const alarmAt = new Date(since.getTime() - ALARM_MS);
  // The survey uses the present instant, not the run's beginning: otherwise sessions that this run renewed would count as renewed in the future.
  const survey = (overdueAt = alarmAt) =>
    services.store.surveyBackgroundSessions({ staleAt, alarmAt: overdueAt, since, now: services.clock.now() });
  const isWhole = !request.only && !request.isPart;
  const isShared = request.fanOut && isWhole && (await shareOut(services, request, (await survey()).due));
  // A part of a shared run neither ends quarantines nor checks the seal keys: the main run does both. If the process that does one part of a shared
  // run lacks a seal key, the part finds out when it renews a session under that key.
  if (!request.isPart) await releaseQuarantined(services);
  const unknown = request.isPart ? [] : await unknownKeys(services.store, services.seal);
  const keys = unknown.length > 0 ? services.seal.kids : undefined;
  const tally = await renewDue(services, { ...request, staleAt, keys, sleeps: isWhole, ...paceOf(request) });
  // A whole run and the pass of each minute replace dead sessions by signing in with kept logins; a part of a shared run does not.
  if (!request.isPart) await mendDue(services, request);
  const after = await survey();
  raiseAlerts(services, after, isWhole);
  const poisoned = after.quarantinedNow.filter((id) => !tally.has(id));
  const tried = [...tally.keys(), ...poisoned];
  const report = reportOf(tally, poisoned.length, after.due);
  // The check of the seal keys is repeated when sessions were left untried, because the keys may have been rotated during the run.
  const lacking = report.skipped > 0 ? () => unknownKeys(services.store, services.seal) : async () => unknown;
  if (isWhole) mustHaveKeys(services, await lacking(), report);
  if (isWhole && report.updated === 0) {
    mustHaveTried(tried, after.overdue);
    // If no session was tried, refresh/nothing-updated names the quarantined due sessions, and the due sessions that no race holds and no process
    // leases.
    const isNobodys = tried.length === 0 && after.due > 0 && !request.stopping?.aborted;
    mustHaveHelped(report, isNobodys ? [...(await survey(staleAt)).overdue, ...after.putAside] : tried);
  }
  // In a run that was shared out or told to end, untried sessions are no alarm: other calls of this job, or the next run, may still try them.
  const isOver = isWhole && !isShared && after.atWork === 0 && !request.stopping?.aborted;
  if (isOver) mustNotHaveSkipped(report, after.left - leftOf(tally) - poisoned.length);
  return report;
}

const countOf = (tally: Tally, ...ends: SessionEnd[]): number =>
  [...tally.values()].filter((end) => ends.includes(end)).length;
/** How many of the sessions that this run tried to renew are still due. */
const leftOf = (tally: Tally): number => countOf(tally, 'failed', 'aside');

function reportOf(tally: Tally, poisoned: number, dueAfter: number): RefreshReport {
  const left = Math.max(0, dueAfter - leftOf(tally) - poisoned);
  return {
    due: tally.size + poisoned + left,
    updated: countOf(tally, 'updated'),
    failed: countOf(tally, 'failed', 'ended', 'aside') + poisoned,
    skipped: left,
  };
}

function paceOf({ concurrency, perBox }: RefreshRequest): { concurrency: number; perBox: number } {
  return { concurrency: concurrency ?? CONCURRENCY, perBox: perBox ?? concurrency ?? PER_BOX };
}

/**
 * Returns whether the queue accepted the messages that ask for further calls of this job, each of which does a part of the run. An unreachable queue
 * makes the run slower, and does not fail it.
 */
async function shareOut({ dispatch, logger }: RefreshServices, request: RefreshRequest, due: number): Promise<boolean> {
  const above = typeof request.fanOut === 'object' ? request.fanOut.above : FAN_OUT_ABOVE;
  if (!dispatch || due <= above) return false;
  const parts = Math.min(MAX_PARTS, Math.ceil(due / SHARE));
  try {
    await dispatch.shareRefresh({ runId: request.runId, parts });
    logger.info({ due, parts }, 'refresh: shared out over the queue');
    return true;
  } catch (error) {
    logger.warn({ code: asFailure(error).code, due }, 'refresh: nobody could be asked to help, going on alone');
    return false;
  }
}

function raiseAlerts({ logger }: RefreshServices, survey: Survey, isWhole: boolean): void {
  const alerts: readonly [ids: readonly string[], words: string][] = [
    [survey.waitingWithoutSession, 'members with a waiting prebooking have no live background session'],
    [survey.fromTheFuture, 'sessions have a last success in the future, some clock is wrong'],
    [survey.unsure, 'sessions have been in doubt for more than two cycles'],
    [survey.quarantinedNow, 'sessions cannot be opened and were put aside'],
  ];
  for (const [ids, words] of alerts) if (ids.length > 0) logger.error({ ids }, `alert: ${words}`);
  if (isWhole && survey.quarantined > 0)
    logger.error(
      { count: survey.quarantined, ids: survey.putAside },
      'alert: sessions stay aside until they can be opened',
    );
  // Each whole run alerts about the dead background sessions of members without a kept login, until these members sign in again. Dead sessions are
  // never due, so in the log only the alert about needed logins shows them.
  const { needsLogin, live } = survey;
  if (!isWhole || needsLogin === 0) return;
  const who = live === 0 ? 'every background session needs' : 'background sessions need';
  logger.error({ needsLogin, live }, `alert: ${who} a new login at the gym`);
}

/**
 * Throws if a member's key is wrapped by a key that this process lacks. Before seal/unknown-key is thrown, the run has tried to renew the due
 * sessions of all members whose keys it can open.
 */
function mustHaveKeys({ logger }: RefreshServices, kids: readonly string[], report: RefreshReport): void {
  if (kids.length === 0) return;
  logger.error({ kids }, 'alert: members’ keys are wrapped by keys that this process does not have');
  throw new Failure(
    'seal/unknown-key',
    `Members' keys are wrapped by keys that SEAL_KEYS of this process lacks: ${kids.join(', ')}.`,
    {
      details: { kids, report },
    },
  );
}

/**
 * @param due the ids of the sessions that were tried or, if none was tried, of those that should have been tried. The report counts all due sessions;
 * refresh/nothing-updated names the first `MAX_IDS` ids in `due`.
 */
function mustHaveHelped(report: RefreshReport, due: readonly string[]): void {
  if (due.length === 0) return;
  throw new Failure('refresh/nothing-updated', 'Sessions were due and none was updated.', {
    details: { sessionIds: due.slice(0, MAX_IDS), report },
  });
}

function mustHaveTried(tried: readonly string[], overdue: readonly string[]): void {
  if (tried.length > 0 || overdue.length === 0) return;
  throw new Failure('refresh/selector-broken', 'Live sessions are overdue and none was picked for renewal.', {
    details: { sessionIds: overdue },
  });
}

/** @param skipped how many due sessions were not tried, not counting those that a race holds or another process leases. */
function mustNotHaveSkipped(report: RefreshReport, skipped: number): void {
  if (skipped <= report.due / 2) return;
  const { due, updated } = report;
  throw new Failure(
    'refresh/mostly-skipped',
    `Most of the sessions that were due were not tried: ${due} due, ${updated} updated.`,
    { details: { report } },
  );
}
