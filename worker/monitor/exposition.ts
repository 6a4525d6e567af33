// The figures computed from the database's rows, as Prometheus text. Every number here comes from the database, so that every process gives the same
// number. Figures of a single process are in meters.ts.
import { Counter, Gauge, Registry } from 'prom-client';
import type { Unreachable } from '../../services/store/notice-store.ts';
import type { MetricsRows } from '../../services/store/run-store.ts';
import { ALERTS, alertsOf, latenessOf } from './snapshot.ts';

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** The rows from which the Prometheus text is made. */
export interface Exposed {
  readonly rows: MetricsRows;
  readonly unreachable: Unreachable;
  /** How many boxes that the gym named could not be identified, by reason. */
  readonly unplaced: Readonly<Record<string, number>>;
  readonly now: Date;
}

type Counts = Readonly<Record<string, number>>;
type Make = ReturnType<typeof makers>;

/** Makes the Prometheus text with a registry that is used for one answer only, so that nothing is kept between two scrapes. */
export async function expose(exposed: Exposed): Promise<string> {
  const registry = new Registry();
  const make = makers(registry);
  exposeSums(exposed, make);
  exposeSessions(exposed, make);
  exposeRuns(exposed, make);
  exposeRaces(exposed, make);
  exposeQueues(exposed, make);
  exposeNotices(exposed, make);
  return `${await registry.metrics()}\n${updatesOf(exposed.rows)}`;
}

function makers(registry: Registry) {
  const named = (name: string, help: string, labelNames: string[]) => ({
    ...{ name: `puntual_${name}`, help, labelNames, registers: [registry] },
  });
  const gauge = (name: string, help: string, ...labelNames: string[]) => new Gauge(named(name, help, labelNames));
  const counter = (name: string, help: string, ...labelNames: string[]) => new Counter(named(name, help, labelNames));
  /** Sets the metric to one value for each entry of `counts`, and to 0 for each label of `known` that has no entry. */
  const each = (metric: Gauge | Counter, label: string, counts: Counts, known: readonly string[] = []) => {
    for (const [name, n] of Object.entries({ ...Object.fromEntries(known.map((one) => [one, 0])), ...counts }))
      metric.inc({ [label]: name }, n);
  };
  return { gauge, counter, each };
}

const seconds = (at: Date): number => at.getTime() / 1000;
const since = (at: Date, now: Date): number => Math.max(0, (now.getTime() - at.getTime()) / 1000);

const STATUSES = ['live', 'uncertain', 'suspect', 'needs-login', 'revoked', 'quarantined'];
const ADMISSIONS = ['guest', 'waiting', 'admitted', 'refused'];

function exposeSums({ rows, now }: Exposed, { gauge, counter, each }: Make): void {
  counter('token_updates_total', 'Attempts to renew background sessions, errors too, of all that were ever here.').inc(
    rows.updates,
  );
  counter('token_update_successes_total', 'Those of them that succeeded.').inc(rows.successes);
  each(gauge('background_sessions', 'Background sessions by state.', 'status'), 'status', rows.statuses, STATUSES);
  gauge('aged_sessions', 'Background sessions that should be alive and were not renewed for 40 minutes.').set(
    rows.aged,
  );
  const oldest = gauge('session_age_max_seconds', 'Since the last success of the living session that waits longest.');
  oldest.set(rows.oldestSuccessAt ? since(rows.oldestSuccessAt, now) : 0);
  gauge('device_sessions', 'Device sessions.').set(rows.devices);
  gauge('session_rows', '1 where each background session has rows of its own here, 0 where there are too many.').set(
    rows.sessions === null ? 0 : 1,
  );
  each(gauge('members', 'Members by how they stand.', 'admission'), 'admission', rows.members, ADMISSIONS);
}

function exposeSessions({ rows, now }: Exposed, { gauge }: Make): void {
  if (rows.sessions === null) return;
  const streak = gauge('session_failure_streak', 'Failed renewals in a row.', 'session');
  const age = gauge('session_age_seconds', 'Since the last successful renewal.', 'session');
  const status = gauge('session_status', 'How a background session stands (1 for its state).', 'session', 'status');
  for (const { id: session, ...row } of rows.sessions) {
    streak.set({ session }, row.streak);
    age.set({ session }, since(row.successAt, now));
    status.set({ session, status: row.status }, 1);
  }
}

/**
 * The lines of `puntual_token_update_count{session}`: the count of a summary that observes 1 for a success and 0 for an error. For a plain gauge or
 * counter, promtool rejects a name that ends in `_count`. `updatesOf` writes its lines by hand, because a summary of prom-client cannot be given a
 * sum.
 */
function updatesOf({ sessions }: MetricsRows): string {
  if (sessions === null) return '';
  const lines = sessions.flatMap(({ id, updates, successes }) => [
    `puntual_token_update_sum{session="${id}"} ${successes}`,
    `puntual_token_update_count{session="${id}"} ${updates}`,
  ]);
  const help = 'Attempts to renew a background session: the count has errors too, the sum is of successes.';
  return `# HELP puntual_token_update ${help}\n# TYPE puntual_token_update summary\n${lines.map((line) => `${line}\n`).join('')}`;
}

function exposeRuns({ rows, now }: Exposed, { gauge, each }: Make): void {
  const finished = gauge('run_last_finished_timestamp_seconds', 'When the last run of a job ended.', 'job');
  const ok = gauge('run_last_ok', '1 when the last run of a job ended well, 0 when it failed or has not ended.', 'job');
  for (const { job, finished_at, failure_code } of rows.runs) {
    if (finished_at) finished.set({ job }, seconds(finished_at));
    ok.set({ job }, finished_at && failure_code === undefined ? 1 : 0);
  }
  const good = gauge('last_good_refresh_timestamp_seconds', 'When a refresh run last ended well.');
  if (rows.lastGoodRefreshAt) good.set(seconds(rows.lastGoodRefreshAt));
  else good.remove();
  const missed = gauge('missed_ticks', 'Ticks of a job that were missed and made up, within thirty days.', 'job');
  each(missed, 'job', rows.missedTicks);
  const unconfirmed = totalsOf(rows.ended)['unconfirmed'] ?? 0;
  const runs = rows.runs.map(({ failure_code: failureCode }) => ({ failureCode }));
  const found = alertsOf(rows, runs, unconfirmed, rows.lastGoodRefreshAt, now);
  const alerts = gauge('alert', '1 while the monitor shows this alert, 0 otherwise.', 'alert');
  for (const alert of ALERTS) alerts.set({ alert }, found.includes(alert) ? 1 : 0);
}

const WON = ['booked', 'waitlisted'];
const LOST = ['refused', 'unconfirmed', 'missed'];
/** The values of `decidedBy` in receipts; `unknown` stands for prebookings that ended without a receipt. */
const CAUSES = ['us', 'session', 'late', 'too-early', 'crowd', 'hour-unknown', 'gym', 'member', 'unknown'];

/** Sums counts by state: `{ "refused crowd": 2, "refused gym": 1 }` → `{ refused: 3 }`. */
const totalsOf = (ended: Counts): Record<string, number> => sumBy(ended, (state) => state);
function sumBy(ended: Counts, nameOf: (state: string, cause: string) => string | undefined): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [key, n] of Object.entries(ended)) {
    const [state = '', cause = ''] = key.split(' ');
    const name = nameOf(state, cause);
    if (name !== undefined) sums[name] = (sums[name] ?? 0) + n;
  }
  return sums;
}

function exposeRaces({ rows }: Exposed, { gauge, counter, each }: Make): void {
  const states = { ...rows.live, ...totalsOf(rows.ended) };
  each(gauge('prebookings', 'Prebookings by state.', 'status'), 'status', states);
  const won = sumBy(rows.endedEver, (state) => (WON.includes(state) ? state : undefined));
  each(counter('prebookings_won_total', 'Prebookings that ended with a place, ever.', 'outcome'), 'outcome', won, WON);
  const lost = sumBy(rows.endedEver, (state, cause) => {
    if (!LOST.includes(state)) return undefined;
    return CAUSES.includes(cause) ? cause : 'unknown';
  });
  const why = 'Prebookings that ended without a place, ever, by who or what decided it.';
  each(counter('races_lost_total', why, 'cause'), 'cause', lost, CAUSES);
  const lateness = latenessOf(rows.latenessMs);
  const late = (name: string, ms: number | undefined, what: string) =>
    gauge(`race_lateness_${name}_seconds`, `Arrival after the opening over the latest 200 races: ${what}.`).set(
      (ms ?? 0) / 1000,
    );
  late('p50', lateness?.p50, 'median');
  late('p95', lateness?.p95, '95 in 100 were this early or earlier');
  late('max', lateness?.max, 'the latest');
  gauge('recent_races', 'Races that figure in puntual_race_lateness_….').set(lateness?.count ?? 0);
}

function exposeQueues({ rows }: Exposed, { gauge }: Make): void {
  const depth = gauge(
    'queue_depth',
    'What waits: openings to be woken for, sessions due, notices to be sent.',
    'queue',
  );
  depth.set({ queue: 'prebookings' }, (rows.live['scheduling'] ?? 0) + (rows.live['scheduled'] ?? 0));
  depth.set({ queue: 'overdue-prebookings' }, rows.overdue);
  depth.set({ queue: 'refresh' }, rows.due);
  depth.set({ queue: 'notices' }, rows.unsentNotices);
  gauge('clock_skew_deliveries', 'Deliveries of the queue within a week that were refused because a clock is off.').set(
    rows.skewedDeliveries,
  );
}

function exposeNotices({ rows, unreachable, unplaced }: Exposed, { gauge, each }: Make): void {
  gauge('unsent_notices', 'Notices not delivered yet.').set(rows.unsentNotices);
  gauge('unreachable_notices', 'Notices given up within thirty days: no channel, or none that took it.').set(
    unreachable.notices,
  );
  gauge('unreachable_members', 'Members whom such a notice was for.').set(unreachable.members);
  const boxes = gauge('unplaced_boxes', 'Boxes of members that the gym names and that cannot be asked.', 'reason');
  each(boxes, 'reason', unplaced);
}
