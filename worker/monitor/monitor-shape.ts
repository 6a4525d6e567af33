// The shape of the monitor's snapshot in an answer, for the operator's screen in the app. The snapshot holds no secret, address or member's name.
import { z } from '@hono/zod-openapi';
import { BACKGROUND_STALE_MS, DEVICE_STALE_MS } from '../../services/session/freshness.ts';
import { instant } from '../router.ts';
import { ALERTS, type Snapshot } from './snapshot.ts';
import { otherNews } from './words.ts';

const MAX_SESSIONS = 100;
const MAX_RACES = 50;

const runShape = z.object({
  startedAt: instant,
  /** When the run ended; null until the end is stored, which never happens if the process dies during the run. */
  finishedAt: instant.nullable(),
  failureCode: z.string().nullable(),
});
const count = z.number();

export const monitorShape = z
  .object({
    now: instant,
    alerts: z.array(z.enum(ALERTS)),
    /**
     * The lasting problems of which the operator gets a notice and that `alerts` does not already name; each with its start and the number of
     * sessions, notices or other things that it concerns.
     */
    news: z.array(z.object({ kind: z.string(), since: instant, count })),
    /** The number of background sessions in each state. */
    statuses: z.record(z.string(), count),
    /**
     * The background sessions that have gone longest without a successful renewal. A session is due when its last success is 18 minutes old, and late
     * from 25 minutes on.
     */
    sessions: z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        ageMinutes: z.number(),
        /** How many attempts to renew the session there were, errors included. */
        tokenUpdateCount: count,
        tokenSuccessCount: count,
        tokenUpdateCountChangedAt: instant.nullable(),
        lastError: z.string().nullable(),
      }),
    ),
    dueMinutes: z.number(),
    lateMinutes: z.number(),
    lastGoodRefreshAt: instant.nullable(),
    /** The latest refresh runs, newest first. */
    refreshRuns: z.array(
      runShape.extend({
        counts: z.object({ due: count, updated: count, failed: count, skipped: count }).nullable(),
      }),
    ),
    /** The last run of each timed job. */
    runs: z.array(runShape.extend({ job: z.string() })),
    /** The latest races, newest first. */
    races: z.array(
      z.object({
        boxId: z.string(),
        day: z.string(),
        timeId: z.string(),
        className: z.string().nullable(),
        opensAt: z.string(),
        latenessMs: z.number().nullable(),
        words: z.string(),
      }),
    ),
    /** How late, in ms after the opening, the deciding request of a race reached the gym, over the latest 200 races. */
    lateness: z.object({ count, p50: z.number(), p95: z.number(), max: z.number() }).nullable(),
    prebookings: z.record(z.string(), count),
    /** `deadLetters` counts the notices given up in the last thirty days, and `members` counts the members to whom these notices were addressed. */
    notices: z.object({ waiting: count, deadLetters: count, members: count }),
  })
  .openapi('Monitor');

type Shown = z.infer<typeof monitorShape>;

export function toMonitor(snapshot: Snapshot): Shown {
  const { now, alerts, news, sessions, lastGoodRefreshAt, refreshRuns, runs, races, lateness, unreachable } = snapshot;
  const statuses: Record<string, number> = {};
  for (const { status } of sessions) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    now: now.toISOString(),
    alerts: [...alerts],
    news: otherNews(news, alerts).map((one) => ({ ...one, since: one.since.toISOString() })),
    statuses,
    sessions: sessions.slice(0, MAX_SESSIONS).map(toSession),
    dueMinutes: BACKGROUND_STALE_MS / 60_000,
    lateMinutes: DEVICE_STALE_MS / 60_000,
    lastGoodRefreshAt: lastGoodRefreshAt?.toISOString() ?? null,
    refreshRuns: refreshRuns.map((run) => ({ ...toRun(run), counts: run.counts ? { ...run.counts } : null })),
    runs: runs.map((run) => ({ ...toRun(run), job: run.job })),
    races: races.slice(0, MAX_RACES).map((race) => ({
      ...race,
      className: race.className ?? null,
      latenessMs: race.latenessMs ?? null,
    })),
    lateness: lateness ?? null,
    prebookings: { ...snapshot.prebookings },
    notices: {
      waiting: snapshot.unsentNotices,
      deadLetters: unreachable.notices,
      members: unreachable.members,
    },
  };
}

const toSession = (line: Snapshot['sessions'][number]): Shown['sessions'][number] => ({
  id: line.id,
  status: line.status,
  ageMinutes: line.ageSeconds / 60,
  tokenUpdateCount: line.tokenUpdateCount,
  tokenSuccessCount: line.tokenSuccessCount,
  tokenUpdateCountChangedAt: line.lastAttemptAt?.toISOString() ?? null,
  lastError: line.lastError ?? null,
});

const toRun = ({ startedAt, finishedAt, failureCode }: Snapshot['refreshRuns'][number] | Snapshot['runs'][number]) => ({
  startedAt: startedAt.toISOString(),
  finishedAt: finishedAt?.toISOString() ?? null,
  failureCode: failureCode ?? null,
});
