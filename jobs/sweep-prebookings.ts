// Each minute: arms what came within the queue's reach, executes what the queue lost, looks for what nobody knows, and
// closes what came too late. The second trigger of every race, and the rescuer of claims that ran out.
import { randomUUID } from 'node:crypto';
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import { armWakeUps, reachOf } from '../services/dispatch/wake-up.ts';
import { asFailure } from '../services/failures.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import { reconcilePrebooking } from '../services/prebooking/reconcile.ts';
import { CLAIM_MS, type OpeningServices, runOpening } from '../services/prebooking/run-opening.ts';

/** The queue gets this long after the opening before the sweep does it itself. */
const OVERDUE_MS = 10_000;
const LEAD_MS = 60_000;

export interface SweepReport {
  readonly armed: number;
  readonly executed: number;
  readonly reconciled: number;
  readonly missed: number;
  /** Armed ones whose executor is gone. */
  readonly lost: number;
}

export type SweepServices = OpeningServices & { readonly dispatch: Dispatch };

/** Throws database/…. One prebooking's trouble is logged and does not keep the others waiting. */
export async function sweepPrebookings(services: SweepServices): Promise<SweepReport> {
  const now = services.clock.now();
  const found = await services.store.sweepPrebookings({
    armBefore: reachOf(services.dispatch, now),
    overdueMs: OVERDUE_MS,
    now,
  });
  const armed = await Promise.all(found.toArm.map((one) => quietly(services, one, () => arm(services, one))));
  const executed = await Promise.all(
    oneAnOpening(found.toExecute).map((one) => quietly(services, one, () => execute(services, one))),
  );
  const reconciled = await Promise.all(
    found.toReconcile.map((one) =>
      quietly(services, one, async () => (await reconcilePrebooking(services, one)).status !== 'unknown'),
    ),
  );
  const count = (done: boolean[]) => done.filter(Boolean).length;
  return {
    armed: count(armed),
    executed: count(executed),
    reconciled: count(reconciled),
    missed: found.missed.length,
    lost: found.lost.length,
  };
}

async function quietly(
  { logger }: SweepServices,
  prebooking: Prebooking,
  work: () => Promise<boolean>,
): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    logger.error(
      { prebookingId: prebooking.id, code: asFailure(error).code, err: error },
      'sweep: one prebooking failed',
    );
    return false;
  }
}

/** A new version in the key, so that the queue does not take it for the message it lost. */
async function arm({ clock, store, dispatch }: SweepServices, prebooking: Prebooking): Promise<boolean> {
  const version = prebooking.scheduleVersion + 1;
  const messages = await armWakeUps(dispatch, prebooking, version);
  return (await store.markScheduled({ id: prebooking.id, version, ...messages, now: clock.now() })) === 1;
}

/** One claim takes all of a box and instant. */
const oneAnOpening = (prebookings: readonly Prebooking[]): Prebooking[] => [
  ...new Map(prebookings.map((one) => [`${one.boxId} ${one.opensAt.getTime()}`, one])).values(),
];

async function execute(services: SweepServices, prebooking: Prebooking): Promise<boolean> {
  const owner = randomUUID();
  const claim = await services.store.claimPrebookings({
    id: prebooking.id,
    owner,
    leadMs: LEAD_MS,
    claimMs: CLAIM_MS,
    now: services.clock.now(),
  });
  if (claim.state !== 'claimed') return false;
  services.logger.warn({ prebookingId: prebooking.id }, 'sweep: the queue did not wake this opening, racing now');
  await runOpening(services, owner, claim.prebookings);
  return true;
}
