// Renews every background session with a last success 18 minutes old or older. It leaves device sessions alone. No session due is success.
// Sessions due and none updated, or most of them not even tried, is an alarm, and is thrown.
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { mendDue } from '../services/renewal/mend-due.ts';
import { releaseQuarantined } from '../services/renewal/release-quarantined.ts';
import type { RenewServices } from '../services/renewal/renew.ts';
import { renewDue, type SessionEnd, type Tally } from '../services/renewal/renew-due.ts';
import { unknownKeys } from '../services/seal/check-seals.ts';
import { ALARM_MS, backgroundStaleAt } from '../services/session/freshness.ts';
import type { Survey } from '../services/store/session-store.ts';

/** A limit for the gym's sake: 10,000 members in a cycle need about ten a second, which eight at a time give. */
const CONCURRENCY = 8;
/** Renewals of one box at once. */
const PER_BOX = 4;
/** A serverless run asks for batching above this many due. */
const FAN_OUT_ABOVE = 500;
/** Sessions for each further worker; they share by leases, so this is a guess and need not be right. */
const SHARE = 500;
const MAX_PARTS = 20;
/** Enough ids for a person to start investigating. */
const MAX_IDS = 100;

export interface RefreshReport {
  /** Sessions with a last success that is old enough, whether this process may try them or not. */
  readonly due: number;
  readonly updated: number;
  readonly failed: number;
  /** Due, but being renewed elsewhere, held for a race, waiting after a failure, quarantined, or left for the next run. */
  readonly skipped: number;
}

export interface RefreshRequest {
  readonly runId: string;
  /** Only sessions with a failed last attempt, and those that the last whole run left: the pass between two cycles. Finding none never throws. */
  readonly only?: 'troubled' | undefined;
  /**
   * No session is begun after this instant; the rest waits for the next pass. A pause that the gym names and that ends before it is slept
   * through. The pass between two cycles and a part sleep through none: there is another in a minute. Absent: none is slept through.
   */
  readonly until?: Date | undefined;
  /** The process is asked to end: renewals under way finish, none is begun any more. */
  readonly stopping?: AbortSignal | undefined;
  /** Renewals under way at the gym at once; default 8. */
  readonly concurrency?: number | undefined;
  /** How many of these are for members of one box; default 4, or all where `concurrency` was given. */
  readonly perBox?: number | undefined;
  /** Share the work over the queue above this many due sessions: for platforms where a run is cut short. True: above 500. */
  readonly fanOut?: boolean | { readonly above: number } | undefined;
  /** This run is a part of a larger one: it shares nothing out, and finding nothing left is no alarm. */
  readonly isPart?: boolean | undefined;
}

export type RefreshServices = RenewServices & {
  readonly dispatch?: Dispatch | undefined;
  /** False: this deployment keeps no logins, and forgets those it has. */
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
  // Read now, not as of the beginning: a long run's own successes are not from the future.
  const survey = (overdueAt = alarmAt) =>
    services.store.surveyBackgroundSessions({ staleAt, alarmAt: overdueAt, since, now: services.clock.now() });
  const isWhole = !request.only && !request.isPart;
  const isShared = request.fanOut && isWhole && (await shareOut(services, request, (await survey()).due));
  // A part leaves both to the run that it belongs to; a key rotated meanwhile is noticed on the way.
  if (!request.isPart) await releaseQuarantined(services);
  const unknown = request.isPart ? [] : await unknownKeys(services.store, services.seal);
  const keys = unknown.length > 0 ? services.seal.kids : undefined;
  const tally = await renewDue(services, { ...request, staleAt, keys, sleeps: isWhole, ...paceOf(request) });
  // In a whole run and in the pass between: dead sessions are restored if their member keeps a login here.
  if (!request.isPart) await mendDue(services, request);
  const after = await survey();
  raiseAlerts(services, after, isWhole);
  const poisoned = after.quarantinedNow.filter((id) => !tally.has(id));
  const tried = [...tally.keys(), ...poisoned];
  const report = reportOf(tally, poisoned.length, after.due);
  // Asked again when sessions were left: the keys may have been rotated meanwhile.
  const lacking = report.skipped > 0 ? () => unknownKeys(services.store, services.seal) : async () => unknown;
  if (isWhole) mustHaveKeys(services, await lacking(), report);
  if (isWhole && report.updated === 0) {
    mustHaveTried(tried, after.overdue);
    // Due, and neither held for a race nor leased by a process: waiting after a failure, say. No attempt was made for them.
    const isNobodys = tried.length === 0 && after.due > 0 && !request.stopping?.aborted;
    mustHaveHelped(report, isNobodys ? [...(await survey(staleAt)).overdue, ...after.putAside] : tried);
  }
  // The rest cannot be distinguished from sessions that other workers will still reach.
  const isOver = isWhole && !isShared && after.atWork === 0 && !request.stopping?.aborted;
  if (isOver) mustNotHaveSkipped(report, after.left - leftOf(tally) - poisoned.length);
  return report;
}

const countOf = (tally: Tally, ...ends: SessionEnd[]): number =>
  [...tally.values()].filter((end) => ends.includes(end)).length;
/** The tried sessions that are still due. */
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

/** Returns whether others were asked to help. An unreachable queue costs speed, not the run. */
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
  // Once a cycle: the state lasts until members log in, and no other log line would show it, since none of them is ever due.
  const { needsLogin, live } = survey;
  if (!isWhole || needsLogin === 0) return;
  const who = live === 0 ? 'every background session needs' : 'background sessions need';
  logger.error({ needsLogin, live }, `alert: ${who} a new login at the gym`);
}

/** The others were renewed; those of members with another key are for a process that has it. */
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

/** @param due the sessions' ids. The report counts them all, the failure names the first ones. */
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

/** @param skipped due, not tried, and not held or leased by another process. */
function mustNotHaveSkipped(report: RefreshReport, skipped: number): void {
  if (skipped <= report.due / 2) return;
  const { due, updated } = report;
  throw new Failure(
    'refresh/mostly-skipped',
    `Most of the sessions that were due were not tried: ${due} due, ${updated} updated.`,
    { details: { report } },
  );
}
