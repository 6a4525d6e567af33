// The snapshot of what the operator should see, computed from rows that were read together. No function here uses a clock, a database or HTML.

import { z } from 'zod';
import { AGED_MS, ALARM_MS, ageMinutes } from '../../services/session/freshness.ts';
import type { SessionStatus } from '../../services/session/session.ts';
import type { Unreachable } from '../../services/store/notice-store.ts';
import type { MonitorRows } from '../../services/store/run-store.ts';

/** After this many minutes without a successful run, cron counts as dead: two cycles of twenty minutes were missed. */
const DEAD_CRON_MINUTES = 40;

export interface SessionLine {
  readonly id: string;
  readonly userId: string;
  readonly status: SessionStatus | 'quarantined';
  readonly ageSeconds: number;
  /** How many attempts to renew the session there were, errors included. */
  readonly tokenUpdateCount: number;
  readonly lastAttemptAt: Date | undefined;
  readonly tokenSuccessCount: number;
  readonly failureStreak: number;
  readonly lastError: string | undefined;
}
export interface RunLine {
  readonly job: string;
  readonly startedAt: Date;
  readonly finishedAt: Date | undefined;
  readonly failureCode: string | undefined;
}
/**
 * A refresh run over all due sessions. The counts of a run's sessions are absent while the run lasts, and if the run failed before it had counted
 * them.
 */
export interface RefreshRun extends Omit<RunLine, 'job'> {
  readonly counts: Readonly<Record<'due' | 'updated' | 'failed' | 'skipped', number>> | undefined;
}
export interface Race {
  readonly boxId: string;
  readonly day: string;
  readonly timeId: string;
  readonly className: string | undefined;
  readonly opensAt: string;
  readonly latenessMs: number | undefined;
  /** What the receipt says about the race, in words. */
  readonly words: string;
}
export const ALERTS = [
  'never-refreshed',
  'refresh-stopped',
  'all-need-login',
  'needs-login',
  'aged',
  'put-aside',
  'in-doubt',
  'unconfirmed',
  'run-failed',
] as const;
export type Alert = (typeof ALERTS)[number];

export interface Snapshot {
  readonly now: Date;
  readonly lastGoodRefreshAt: Date | undefined;
  /** The background sessions, those with the oldest last success first, so that sessions in trouble come first. */
  readonly sessions: readonly SessionLine[];
  readonly devices: number;
  readonly prebookings: Readonly<Record<string, number>>;
  readonly upcoming: readonly {
    id: string;
    boxId: string;
    day: string;
    status: string;
    className: string | undefined;
    timeId: string;
    opensAt: Date;
  }[];
  readonly races: readonly Race[];
  /** Quantiles of how late, in ms after the opening, the deciding requests of the latest races reached the gym. */
  readonly lateness:
    | { readonly count: number; readonly p50: number; readonly p95: number; readonly max: number }
    | undefined;
  readonly runs: readonly RunLine[];
  /** The latest whole refresh runs, newest first. */
  readonly refreshRuns: readonly RefreshRun[];
  /** The news, which are problems that the operator gets a notice of, oldest first. */
  readonly news: MonitorRows['news'];
  /** How many notices were given up in the last thirty days, and for how many members. */
  readonly unreachable: Unreachable;
  readonly unsentNotices: number;
  readonly alerts: readonly Alert[];
}

/**
 * Computes the monitor's snapshot. @param unreachable how many notices could not be delivered, and to how many members, counted by a separate query.
 */
export function takeSnapshot(rows: MonitorRows, unreachable: Unreachable, now: Date): Snapshot {
  const sessions = rows.sessions.map(
    (card): SessionLine => ({
      id: card.id,
      userId: card.userId,
      status: card.quarantinedAt ? 'quarantined' : card.status,
      ageSeconds: ageMinutes(card.lastSuccessAt, now) * 60,
      tokenUpdateCount: card.tokenUpdateCount,
      lastAttemptAt: card.lastAttemptAt,
      tokenSuccessCount: card.tokenSuccessCount,
      failureStreak: card.failureStreak,
      lastError: card.lastError,
    }),
  );
  sessions.sort((a, b) => b.ageSeconds - a.ageSeconds);
  const races = rows.races.map(raceOf);
  const runs = rows.runs.map((run) => ({ job: run.job, ...endOf(run) }));
  const refreshRuns = rows.refreshRuns.map((run) => ({ ...endOf(run), counts: countsIn(run.report) }));
  const { lastGoodRefreshAt, devices, prebookings, unsentNotices, news } = rows;
  const standing = standingOf(sessions, now);
  return {
    now,
    lastGoodRefreshAt,
    sessions,
    devices,
    prebookings,
    upcoming: rows.upcoming,
    races,
    lateness: latenessOf(races.flatMap(({ latenessMs }) => latenessMs ?? [])),
    runs,
    refreshRuns,
    news,
    unreachable,
    unsentNotices,
    alerts: alertsOf(standing, runs, prebookings['unconfirmed'] ?? 0, lastGoodRefreshAt, now),
  };
}

const endOf = (run: MonitorRows['runs'][number]) => ({
  startedAt: run.started_at,
  finishedAt: run.finished_at,
  failureCode: run.failure_code,
});

const countsShape = z.object({ due: z.number(), updated: z.number(), failed: z.number(), skipped: z.number() });
const countsIn = (report: unknown): RefreshRun['counts'] => countsShape.safeParse(report).data;

const raceOf = (receipt: Readonly<Record<string, unknown>>): Race => ({
  boxId: String(receipt['boxId']),
  day: String(receipt['day']),
  timeId: String(receipt['timeId']),
  className: typeof receipt['className'] === 'string' ? receipt['className'] : undefined,
  opensAt: String(receipt['opensAt'] ?? ''),
  latenessMs: typeof receipt['latenessMs'] === 'number' ? receipt['latenessMs'] : undefined,
  words: String(receipt['words'] ?? ''),
});

/** Quantiles of the given latenesses (how late requests reached the gym), in ms; undefined if there are none. */
export function latenessOf(latenessesMs: readonly number[]): Snapshot['lateness'] {
  const sorted = latenessesMs.toSorted((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  // By the nearest-rank method each quantile is a value that some race really had.
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** The state of all background sessions, as counts. */
export interface Standing {
  readonly statuses: Readonly<Record<string, number>>;
  /** How many background sessions should be alive and were not renewed for two refresh cycles. */
  readonly aged: number;
  /** The oldest last success among the background sessions that should be alive; undefined if there is no such session. */
  readonly oldestSuccessAt: Date | undefined;
}

function standingOf(sessions: readonly SessionLine[], now: Date): Standing {
  const statuses: Record<string, number> = {};
  for (const { status } of sessions) statuses[status] = (statuses[status] ?? 0) + 1;
  const ages = sessions.filter(isWanted).map(({ ageSeconds }) => ageSeconds);
  const oldestSuccessAt = ages.length > 0 ? new Date(now.getTime() - Math.max(...ages) * 1_000) : undefined;
  return { statuses, aged: sessions.filter(isAged).length, oldestSuccessAt };
}

/** Gives the alerts that follow from the counts of background sessions and of unconfirmed prebookings, the latest runs, and the last good refresh. */
export function alertsOf(
  { statuses, aged, oldestSuccessAt }: Standing,
  runs: readonly Pick<RunLine, 'failureCode'>[],
  unconfirmed: number,
  lastGoodRefreshAt: Date | undefined,
  now: Date,
): Alert[] {
  const count = (...names: SessionLine['status'][]) => names.reduce((sum, name) => sum + (statuses[name] ?? 0), 0);
  const all = Object.values(statuses).reduce((sum, n) => sum + n, 0);
  const findings: [boolean, Alert][] = [
    // A new installation has no good refresh until the first cron run. The alert waits until a refresh is overdue.
    [lastGoodRefreshAt === undefined && isOverdue(oldestSuccessAt, now), 'never-refreshed'],
    [lastGoodRefreshAt !== undefined && ageMinutes(lastGoodRefreshAt, now) > DEAD_CRON_MINUTES, 'refresh-stopped'],
    // The alert `all-need-login` has a condition of its own: if all background sessions need a login at the gym, none is ever due, and every refresh
    // run ends well.
    [all > 0 && count('needs-login', 'revoked') === all, 'all-need-login'],
    [count('needs-login') > 0, 'needs-login'],
    [aged > 0, 'aged'],
    [count('quarantined') > 0, 'put-aside'],
    [count('uncertain', 'suspect') > 0, 'in-doubt'],
    [unconfirmed > 0, 'unconfirmed'],
    [runs.some(({ failureCode }) => failureCode !== undefined), 'run-failed'],
  ];
  return findings.flatMap(([found, alert]) => (found ? [alert] : []));
}

const isOverdue = (successAt: Date | undefined, now: Date): boolean =>
  successAt !== undefined && now.getTime() - successAt.getTime() >= ALARM_MS;

/** True if the session should be alive: it neither needs a new login at the gym nor was revoked. */
const isWanted = ({ status }: SessionLine): boolean => status !== 'needs-login' && status !== 'revoked';
const isAged = (line: SessionLine): boolean => isWanted(line) && line.ageSeconds * 1_000 >= AGED_MS;
