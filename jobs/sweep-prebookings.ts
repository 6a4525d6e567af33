// Each minute, the sweep schedules prebookings once their opening is within the queue's longest delay, and runs the races that the queue did not
// start. The sweep takes over expired claims, looks in the gym's list for results that are still unknown, and ends prebookings for which a race would
// be too late. The sweep also makes prebookings from rules, checks readiness, and notifies members.
import pLimit from 'p-limit';
import { carryOnErasures, type EraseServices } from '../services/account/erase.ts';
import { syncCalendars } from '../services/calendar/sync-calendars.ts';
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import { reachOf, scheduleWakeUps } from '../services/dispatch/wake-up.ts';
import { expandRules } from '../services/expansion/expand-rules.ts';
import { asFailure } from '../services/failures.ts';
import { deliverNotices } from '../services/notify/notify.ts';
import { tellOperator } from '../services/notify/tell-operator.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import { checkReadiness } from '../services/race/check-readiness.ts';
import { LATE_MS } from '../services/race/claim.ts';
import { writeMissingReceipts } from '../services/race/missing-receipts.ts';
import type { RaceServices } from '../services/race/race-context.ts';
import { reconcileBoxes } from '../services/race/reconcile-all.ts';
import { claimAndRace } from '../services/race/run-race.ts';

/** How long after an opening the sweep waits for the queue before it runs the race itself. */
const OVERDUE_MS = 10_000;

/** Once the sweep has lasted this long, it begins nothing but races, because a pass that lasts longer than a minute delays the next one. */
const LOOKING_MS = 40_000;
/** The longest time for making prebookings from rules, so that a slow gym does not take the time of readiness checks that are due. */
const EXPANDING_MS = 20_000;

export interface SweepReport {
  readonly armed: number;
  readonly executed: number;
  readonly reconciled: number;
  readonly missed: number;
  /** How many armed prebookings became `unknown` because their claim had run out: the process that armed them has died or hangs. */
  readonly lost: number;
  /** How many prebookings were checked for their readiness. */
  readonly surveyed: number;
  /** How many prebookings were made for rules. */
  readonly expanded: number;
  /** How many notices were delivered. */
  readonly told: number;
  /** How many members' erasures were finished. */
  readonly erased: number;
}

export type SweepServices = RaceServices & EraseServices & { readonly dispatch: Dispatch };

/** Runs one sweep. An error with one prebooking is logged, and the sweep goes on with the other prebookings. Throws database/…. */
export async function sweepPrebookings(
  services: SweepServices,
  until?: Date,
  stopping?: AbortSignal,
): Promise<SweepReport> {
  const now = services.clock.now();
  const found = await services.store.sweepPrebookings({
    armBefore: reachOf(services.dispatch, now),
    overdueMs: OVERDUE_MS,
    lateMs: LATE_MS,
    now,
  });
  const lookUntil = new Date(Math.min(now.getTime() + LOOKING_MS, until?.getTime() ?? Number.POSITIVE_INFINITY));
  // Overdue prebookings cannot wait, so their races start immediately and run beside all other work.
  const [executing, looking] = await Promise.allSettled([
    Promise.all(found.toExecute.map((one) => quietly(services, one, () => execute(services, one, until, stopping)))),
    lookAfter(services, found.toArm, found.toReconcile, lookUntil),
  ]);
  if (executing.status === 'rejected') throw executing.reason;
  if (looking.status === 'rejected') throw looking.reason;
  const executed = executing.value.filter(Boolean).length;
  // Receipts are written before notices are delivered, so that a notice agrees with its receipt.
  await writeMissingReceipts(services).catch((error: unknown) =>
    services.logger.error({ code: asFailure(error).code, err: error }, 'sweep: receipts could not be written'),
  );
  await services.store.tellLoginsThatEnd(services.clock.now());
  await services.store.postReminders(now);
  await syncCalendars(services, lookUntil);
  const told = await deliverNotices(services, lookUntil);
  // Erasures come after the delivery of notices, because a member's last notice needs the key that the erasure destroys.
  const erased = await carryOnErasures(services);
  // The sweep, not the refresh run, alerts the operator, so that a refresh run that hangs or never begins is reported too.
  await tellOperator(services);
  return { ...looking.value, executed, missed: found.missed.length, lost: found.lost.length, told, erased };
}

async function lookAfter(
  services: SweepServices,
  toArm: readonly Prebooking[],
  toReconcile: readonly Prebooking[],
  until: Date,
): Promise<Pick<SweepReport, 'armed' | 'reconciled' | 'surveyed' | 'expanded'>> {
  const armed = await each(services, toArm, until, async (one) => (await scheduleWakeUps(services, one)) === 1);
  const reconciled = await reconcileBoxes(services, toReconcile, until);
  const expanded = await expand(services, until);
  return { armed, reconciled, expanded, surveyed: await checkReadiness(services, until) };
}

async function expand(services: SweepServices, until: Date): Promise<number> {
  const within = new Date(services.clock.now().getTime() + EXPANDING_MS);
  const { asked } = await expandRules(services, { until: within < until ? within : until });
  return asked;
}

const CONCURRENCY = 8;

/** Calls `work` for each prebooking, eight at a time, and makes no call after `until`. Returns for how many prebookings `work` gave true. */
async function each(
  services: SweepServices,
  prebookings: readonly Prebooking[],
  until: Date,
  work: (one: Prebooking) => Promise<boolean>,
): Promise<number> {
  const limit = pLimit(CONCURRENCY);
  const begin = async (one: Prebooking) =>
    services.clock.now() < until && (await quietly(services, one, () => work(one)));
  const done = await Promise.all(prebookings.map((one) => limit(() => begin(one))));
  return done.filter(Boolean).length;
}

async function quietly(
  { logger }: SweepServices,
  prebooking: Prebooking,
  work: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = asFailure(error);
    const prebookingId = prebooking.id;
    if (code === 'prebooking/not-yet') logger.info({ prebookingId, code }, `sweep: ${message}`);
    else logger.error({ prebookingId, code, err: error }, 'sweep: one prebooking failed');
    return false;
  }
}

/** Runs the race of one opening; the claim takes all prebookings of the box that open at that instant. */
async function execute(
  services: SweepServices,
  { id: prebookingId }: Prebooking,
  until: Date | undefined,
  stopping: AbortSignal | undefined,
): Promise<boolean> {
  const called = await claimAndRace(services, { prebookingId, until, stopping });
  if (called.state !== 'raced') return false;
  services.logger.warn({ prebookingId }, 'sweep: the queue did not wake this opening, raced without it');
  return true;
}
