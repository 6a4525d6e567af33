// A wake-up arrived: claims every prebooking of its box and opening, races for them, notifies their members, and looks up the results that are not
// known yet. Once a prebooking's race is over, a further wake-up is only answered with the prebooking's state.
import { asFailure, Failure } from '../services/failures.ts';
import { deliverNotices, type NotifyServices } from '../services/notify/notify.ts';
import type { Prebooking, PrebookingStatus } from '../services/prebooking/prebooking.ts';
import { CLAIM_LEAD_MS, heldByAnother } from '../services/race/claim.ts';
import type { RaceServices } from '../services/race/race-context.ts';
import { reconcileSoon } from '../services/race/reconcile.ts';
import { claimAndRace } from '../services/race/run-race.ts';

export interface WakeUpCall {
  readonly prebookingId: string;
  /**
   * The ids of the signature and of the message of this delivery, by which a repeated delivery is recognised. Absent when the wake-up call did not
   * come from the queue.
   */
  readonly delivery?: { readonly jti: string; readonly messageId: string | undefined } | undefined;
  /** The instant at which the platform ends this process. */
  readonly until?: Date | undefined;
  /** Aborted when this process is asked to end. */
  readonly stopping?: AbortSignal | undefined;
}

export interface ExecuteAnswer {
  /**
   * The state of the prebooking that the call names. The status is `in-progress` if that prebooking was already `armed` or `unknown` when the call
   * came, or if the call raced only for other prebookings of the opening.
   */
  readonly status: string;
  readonly prebookings: readonly Prebooking[];
}

/** The states before `armed`. If this process could not claim a prebooking in one of these states, the queue is to call again. */
const MAY_BE_LEFT: readonly PrebookingStatus[] = ['scheduling', 'scheduled', 'claimed'];

export type ExecuteServices = RaceServices & NotifyServices;

/** Throws prebooking/missing (the queue must not call again), prebooking/not-yet (the queue calls again after retryAfterMs), database/…. */
export async function executePrebooking(services: ExecuteServices, call: WakeUpCall): Promise<ExecuteAnswer> {
  const { store, clock } = services;
  const { delivery, prebookingId } = call;
  if (!delivery) return execute(services, call);
  const seen = await store.noteDelivery(delivery.jti, delivery.messageId, clock.now());
  // An earlier delivery with the same signature has a final answer: nothing is done, whatever the prebooking's state.
  if (seen.replayed && seen.result !== undefined) return standing(services, prebookingId, seen.result);
  const answer = await execute(services, call);
  await store.endDelivery(delivery.jti, answer.status);
  return answer;
}

async function standing({ store }: ExecuteServices, id: string, known: string): Promise<ExecuteAnswer> {
  const now = await store.readPrebooking(id);
  return { status: now?.status ?? known, prebookings: now ? [now] : [] };
}

async function execute(services: ExecuteServices, call: WakeUpCall): Promise<ExecuteAnswer> {
  const { prebookingId, until, stopping } = call;
  const now = services.clock.now();
  const called = await claimAndRace(services, { prebookingId, until, stopping });
  switch (called.state) {
    case 'missing':
      throw new Failure('prebooking/missing', 'This prebooking is gone, and so are the others of its instant.');
    case 'too-soon':
      throw new Failure('prebooking/not-yet', 'This prebooking opens later.', {
        retryAfterMs: called.prebooking.opensAt.getTime() - CLAIM_LEAD_MS - now.getTime(),
      });
    case 'in-progress':
      // A wake-up for an armed prebooking is answered with `in-progress`, since the process that armed the prebooking, or a later sweep, settles it.
      // If the prebooking is not armed yet, this job throws, so that the queue calls again: the process that holds the claim may be dead, and this
      // wake-up may be the last.
      if (MAY_BE_LEFT.includes(called.prebooking.status)) throw await heldByAnother(services, called.prebooking);
      return { status: 'in-progress', prebookings: [called.prebooking] };
    case 'settled':
      return { status: called.prebooking.status, prebookings: [called.prebooking] };
    case 'raced': {
      const settled = await finish(services, called.prebookings, until);
      const own = settled.find((one) => one.id === prebookingId);
      return { status: own?.status ?? 'in-progress', prebookings: settled };
    }
  }
}

/**
 * Looks in the gym's list for the unknown results, and delivers the notices of the known results at the same time, so that a slow channel does not
 * delay the look. The notices of the results that the look found are delivered after the look.
 */
async function finish(
  services: ExecuteServices,
  raced: readonly Prebooking[],
  until: Date | undefined,
): Promise<readonly Prebooking[]> {
  const [looked] = await Promise.all([reconcileSoon(services, raced, until), tell(services, until)]);
  if (raced.every((one) => one.status !== 'unknown')) return raced;
  await tell(services, until);
  return raced.map((one) => looked.find(({ id }) => id === one.id) ?? one);
}

/** Delivers the due notices. A notice that `tell` cannot deliver is left to the next sweep, and the race's result stands. */
async function tell(services: ExecuteServices, until: Date | undefined): Promise<void> {
  await deliverNotices(services, until).catch((error: unknown) =>
    services.logger.error({ code: asFailure(error).code }, 'race: members could not be told yet'),
  );
}
