// The timed jobs of a deployment on functions, as QStash schedules under fixed ids: deploying the schedules twice leaves the same set.
// QStash signs each call with its own keys, so no secret of puntual is stored at QStash.
import { Client } from '@upstash/qstash';
import { Failure } from '../failures.ts';
import type { Secret } from '../secret.ts';

/** The ids of puntual's schedules begin with this prefix; other schedules of the QStash account are left alone. */
const ID_PREFIX = 'puntual-';
const MINUTES_A_DAY = 24 * 60;
/** How many messages QStash's free plan allows in a day, schedules and wake-ups together. */
export const FREE_MESSAGES_A_DAY = 1_000;

/** One call that a schedule makes. `cron` is in UTC; `aDay` is how many messages a day the call costs. */
export interface ScheduledCall {
  readonly id: string;
  readonly path: string;
  readonly cron: string;
  readonly aDay: number;
}

const everyMinutes = (minutes: number) => ({ cron: `*/${minutes} * * * *`, aDay: MINUTES_A_DAY / minutes });

/**
 * The timed calls: refresh every 20 minutes, sweep every 5 minutes, purge once a day. The timed calls in `SCHEDULED_CALLS` cost 361 messages a
 * day.
 */
export const SCHEDULED_CALLS: readonly ScheduledCall[] = [
  { id: `${ID_PREFIX}refresh-tokens`, path: '/cron/refresh-tokens', ...everyMinutes(20) },
  { id: `${ID_PREFIX}sweep-prebookings`, path: '/cron/sweep-prebookings', ...everyMinutes(5) },
  { id: `${ID_PREFIX}purge-device-sessions`, path: '/cron/purge-device-sessions', cron: '17 4 * * *', aDay: 1 },
];

/** How many messages a day the given schedules cost. */
export const messagesADay = (calls: readonly Pick<ScheduledCall, 'aDay'>[]): number =>
  calls.reduce((sum, { aDay }) => sum + aDay, 0);

/** A schedule as the queue holds it. */
export interface HeldSchedule {
  readonly id: string;
  readonly cron: string;
  readonly destination: string;
  readonly isPaused: boolean;
}

export interface Schedules {
  /** Puntual's schedules at QStash, in the order of their ids. Throws queue/unavailable. */
  list(): Promise<HeldSchedule[]>;
  /** Creates or replaces each schedule under its id, and removes puntual's schedules that are not among `calls`. Throws queue/unavailable. */
  put(calls: readonly ScheduledCall[]): Promise<void>;
}

/** @param at.publicUrl the origin that QStash is to call. */
export function createSchedules(at: { url: string; token: Secret; publicUrl: string }): Schedules {
  const { schedules } = new Client({ baseUrl: at.url, token: at.token.reveal(), enableTelemetry: false });
  const list = async (): Promise<HeldSchedule[]> =>
    (await schedules.list())
      .filter(({ scheduleId }) => scheduleId.startsWith(ID_PREFIX))
      .map(({ scheduleId: id, cron, destination, isPaused }) => ({
        id,
        cron,
        destination,
        isPaused: isPaused === true,
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    list: () => asked(list()),
    put: (calls) =>
      asked(
        (async () => {
          // A failed call is not retried, because a retry costs a message and the next call comes soon.
          for (const { id, path, cron } of calls)
            await schedules.create({ scheduleId: id, destination: `${at.publicUrl}${path}`, cron, retries: 0 });
          const wanted = new Set(calls.map(({ id }) => id));
          for (const { id } of await list()) if (!wanted.has(id)) await schedules.delete(id);
        })(),
      ),
  };
}

const asked = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((cause: unknown) => {
    throw new Failure('queue/unavailable', 'The queue did not take or list the schedules.', { cause });
  });
