// The doctor's checks of queue and time: whether a signed call reaches this service, the timed jobs run, and the clocks agree.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../services/clock.ts';
import { QUEUE_CHECK_PATH } from '../../services/dispatch/qstash.ts';
import {
  FREE_MESSAGES_A_DAY,
  type HeldSchedule,
  messagesADay,
  SCHEDULED_CALLS,
} from '../../services/dispatch/schedules.ts';
import { asFailure } from '../../services/failures.ts';
import type { AppContext } from '../app-context.ts';
import { MAX_SKEW_MS, measureSkewMs } from '../clock-skew.ts';
import type { Services } from '../services.ts';
import { check, type DoctorCheck, ok, red, skipped, type Verdict, warn } from './check.ts';

const TOKEN = 'Check QSTASH_URL (your region’s address) and QSTASH_TOKEN.';
const DEPLOY = 'Run `npm run deploy:schedules`.';
const POLL_MS = 250;
/** How long, in ms, to wait until the queue calls this service back; QStash delivers within a second or two. */
export const ROUND_TRIP_MS = 15_000;

interface Asked {
  readonly services: Services;
  readonly context: AppContext;
  readonly roundTripMs: number;
}

/** Runs the checks `queue`, `round-trip` and `schedules`. */
export async function examineQueue(asked: Asked): Promise<DoctorCheck[]> {
  const { clock } = asked.services;
  const queue = await check(clock, 'queue', TOKEN, async () => {
    await asked.context.probes.queue();
    return ok('Answers to our token.');
  });
  const after = (name: string, remedy: string, look: () => Promise<Verdict>) =>
    check(clock, name, remedy, async () => (queue.state === 'red' ? skipped('The queue was not reached.') : look()));
  return [
    queue,
    ...(await Promise.all([
      after('round-trip', TOKEN, () => judgeRoundTrip(asked)),
      after('schedules', DEPLOY, () => judgeSchedules(asked.context)),
    ])),
  ];
}

/** Sends a message through the queue to this service, which writes a row of `runs` if the delivery's signature is valid. */
async function judgeRoundTrip({ services: { clock, store, dispatch }, context, roundTripMs }: Asked): Promise<Verdict> {
  const runId = randomUUID();
  await dispatch.callBack(runId);
  const untilMs = clock.monotonicMs() + roundTripMs;
  while (!(await store.readRun(runId))?.finished) {
    if (clock.monotonicMs() >= untilMs)
      return red(
        `The queue took a message for ${context.publicUrl}${QUEUE_CHECK_PATH}, and no call with its signature came within ${roundTripMs / 1000} s.`,
        'Set PUBLIC_URL to the very address that the queue reaches this service at from outside, and both QSTASH signing keys to those of the account that QSTASH_TOKEN is of.',
      );
    await clock.sleep(POLL_MS);
  }
  return ok(`A signed call came back to ${context.publicUrl}.`);
}

async function judgeSchedules({ site, publicUrl }: AppContext): Promise<Verdict> {
  const held = new Map((await site.schedules.list()).map((one) => [one.id, one]));
  const spent = messagesADay(SCHEDULED_CALLS);
  if (site.ticks) {
    if (held.size === 0) return ok('This process ticks by itself (node-cron); the queue holds no schedule of ours.');
    return warn(
      `This process ticks by itself, and the queue holds schedules of ours too: ${[...held.keys()].join(', ')}.`,
      'Delete them at the queue, unless another deployment without a process lives on the same account.',
    );
  }
  const wrong = SCHEDULED_CALLS.flatMap(({ id, path, cron }) => {
    const problem = problemOf(held.get(id), { destination: `${publicUrl}${path}`, cron });
    return problem === undefined ? [] : [`${id} ${problem}`];
  });
  if (wrong.length > 0) return red(`Nothing else ticks here, and ${wrong.join('; ')}.`, DEPLOY);
  return ok(`${SCHEDULED_CALLS.length} schedules, ${spent} of the free plan's ${FREE_MESSAGES_A_DAY} messages a day.`);
}

function problemOf(held: HeldSchedule | undefined, wanted: { destination: string; cron: string }): string | undefined {
  if (!held) return 'is missing';
  if (held.isPaused) return 'is paused';
  if (held.destination !== wanted.destination) return 'calls another address';
  return held.cron === wanted.cron ? undefined : 'comes at other times';
}

/** Runs the check `clock`: compares our clock with those of the database's HTTP interface, of the database itself, and of the queue. */
export function examineClocks(
  { clock }: Pick<Services, 'clock'>,
  { probes }: AppContext,
  databaseNow: (() => Promise<Date>) | undefined,
): Promise<DoctorCheck> {
  return check(clock, 'clock', 'Let this machine keep its time by NTP.', async () => {
    const asked: [string, (() => Promise<Date>) | undefined][] = [
      ['the database’s interface', probes.databaseTime],
      ['the database', databaseNow],
      ['the queue', probes.queueTime],
    ];
    const skews = await Promise.all(asked.map(async ([whose, ask]) => ({ whose, ...(await skewOf(clock, ask)) })));
    const off = skews.filter(({ skewMs = 0 }) => Math.abs(skewMs) > MAX_SKEW_MS);
    const unknown = skews.filter(({ skewMs }) => skewMs === undefined);
    if (off.length > 0)
      return red(
        `Our clock and that of ${off.map(({ whose, skewMs = 0 }) => `${whose} differ by ${Math.round(Math.abs(skewMs))} ms`).join(', of ')}.`,
        'Let this machine keep its time by NTP (a container takes its host’s clock).',
      );
    if (unknown.length === skews.length) return skipped('No other clock could be read.');
    const agree = skews.filter(({ skewMs }) => skewMs !== undefined).map(({ whose }) => whose);
    return ok(`Agrees with ${agree.join(', ')} within ${MAX_SKEW_MS / 1000} s.`);
  });
}

/** Our clock minus the clock that `ask` reads, in ms; undefined if `ask` gets no answer, which another check reports. */
async function skewOf(clock: Clock, ask: (() => Promise<Date>) | undefined): Promise<{ skewMs: number | undefined }> {
  if (!ask) return { skewMs: undefined };
  return measureSkewMs(clock, ask).then(
    (skewMs) => ({ skewMs }),
    (error) => ({ skewMs: void asFailure(error) }),
  );
}
