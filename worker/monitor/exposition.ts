// The snapshot as Prometheus text. Every number comes from a row, so that any process answers the same.
import { Gauge, Registry } from 'prom-client';
import { ALERTS, type Snapshot } from './snapshot.ts';

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** One registry an answer: nothing is kept between scrapes. */
export function expose(snapshot: Snapshot, unplaced: Readonly<Record<string, number>> = {}): Promise<string> {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge({ name: `puntual_${name}`, help, labelNames, registers: [registry] });
  exposeSessions(snapshot, gauge);
  exposeRuns(snapshot, gauge);
  const alerts = gauge('alert', '1 while the monitor shows this alert, 0 otherwise.', 'alert');
  for (const alert of ALERTS) alerts.set({ alert }, snapshot.alerts.includes(alert) ? 1 : 0);
  const prebookings = gauge('prebookings', 'Prebookings by state.', 'status');
  for (const [status, count] of Object.entries(snapshot.prebookings)) prebookings.set({ status }, count);
  const lateness = gauge('race_lateness_milliseconds', 'Arrival after the opening, over the latest races.', 'quantile');
  if (snapshot.lateness) {
    const { p50, p95, max, count } = snapshot.lateness;
    for (const [quantile, value] of Object.entries({ '0.5': p50, '0.95': p95, '1': max }))
      lateness.set({ quantile }, value);
    gauge('race_lateness_count', 'Races that figure in puntual_race_lateness_milliseconds.').set(count);
  }
  gauge('aged_sessions', 'Background sessions that should be alive and were not renewed for 40 minutes.').set(
    snapshot.aged,
  );
  const missed = gauge('missed_ticks', 'Ticks of a job that were missed and made up, within thirty days.', 'job');
  for (const [job, count] of Object.entries(snapshot.missedTicks)) missed.set({ job }, count);
  gauge('device_sessions', 'Device sessions.').set(snapshot.devices);
  gauge('unsent_notices', 'Notices not delivered yet.').set(snapshot.unsentNotices);
  gauge('unreachable_notices', 'Notices given up within thirty days: no channel, or none that took it.').set(
    snapshot.unreachable.notices,
  );
  gauge('unreachable_members', 'Members whom such a notice was for.').set(snapshot.unreachable.members);
  gauge('clock_skew_deliveries', 'Deliveries of the queue within a week that were refused because a clock is off.').set(
    snapshot.skewedDeliveries,
  );
  const boxes = gauge('unplaced_boxes', 'Boxes of members that the gym names and that cannot be asked.', 'reason');
  for (const [reason, count] of Object.entries(unplaced)) boxes.set({ reason }, count);
  return registry.metrics();
}

type MakeGauge = <L extends string>(name: string, help: string, ...labelNames: L[]) => Gauge<L>;

function exposeSessions({ sessions }: Snapshot, gauge: MakeGauge): void {
  const attempts = gauge('token_update_count', 'Attempts to renew a background session, errors too.', 'session');
  const successes = gauge('token_success_count', 'Successful renewals of a background session.', 'session');
  const streak = gauge('session_failure_streak', 'Failed renewals in a row.', 'session');
  const age = gauge('session_age_seconds', 'Since the last successful renewal.', 'session');
  const status = gauge('session_status', 'How a background session stands (1 for its state).', 'session', 'status');
  for (const { id: session, ...line } of sessions) {
    attempts.set({ session }, line.tokenUpdateCount);
    successes.set({ session }, line.tokenSuccessCount);
    streak.set({ session }, line.failureStreak);
    age.set({ session }, line.ageSeconds);
    status.set({ session, status: line.status }, 1);
  }
}

const seconds = (at: Date): number => at.getTime() / 1000;

function exposeRuns({ runs, lastGoodRefreshAt }: Snapshot, gauge: MakeGauge): void {
  const finished = gauge('run_last_finished_timestamp_seconds', 'When the last run of a job ended.', 'job');
  const ok = gauge('run_last_ok', '1 when the last run of a job ended well, 0 when it failed or has not ended.', 'job');
  for (const { job, finishedAt, failureCode } of runs) {
    if (finishedAt) finished.set({ job }, seconds(finishedAt));
    ok.set({ job }, finishedAt && failureCode === undefined ? 1 : 0);
  }
  const good = gauge('last_good_refresh_timestamp_seconds', 'When a refresh run last ended well.');
  if (lastGoodRefreshAt) good.set(seconds(lastGoodRefreshAt));
  else good.remove();
}
