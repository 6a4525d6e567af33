// A wake-up arrived: claim every prebooking of its box and opening instant, race for them, notify their members, and look up the results that are
// not known yet. Later deliveries only get the state.
import { asFailure, Failure } from '../services/failures.ts';
import { deliverNotices, type NotifyServices } from '../services/notify/notify.ts';
import type { Prebooking, PrebookingStatus } from '../services/prebooking/prebooking.ts';
import { CLAIM_LEAD_MS, heldByAnother } from '../services/race/claim.ts';
import type { RaceServices } from '../services/race/race-context.ts';
import { reconcileSoon } from '../services/race/reconcile.ts';
import { claimAndRace } from '../services/race/run-race.ts';

export interface WakeUpCall {
  readonly prebookingId: string;
  /** The delivery's signature id and message, for recognising a replay. Absent when no delivery made this call. */
  readonly delivery?: { readonly jti: string; readonly messageId: string | undefined } | undefined;
  /** The platform ends us at this instant. */
  readonly until?: Date | undefined;
  /** Aborted when this process is asked to end. */
  readonly stopping?: AbortSignal | undefined;
}

export interface ExecuteAnswer {
  /** `in-progress` while another delivery has armed it, or when the named one is gone and others were raced for; else its state. */
  readonly status: string;
  readonly prebookings: readonly Prebooking[];
}

/** When the owner of a race died before arming it, the next process can run it. */
const MAY_BE_LEFT: readonly PrebookingStatus[] = ['scheduling', 'scheduled', 'claimed'];

export type ExecuteServices = RaceServices & NotifyServices;

/** Throws prebooking/missing (never again), prebooking/not-yet (again, with retryAfterMs), database/…. */
export async function executePrebooking(services: ExecuteServices, call: WakeUpCall): Promise<ExecuteAnswer> {
  const { store, clock } = services;
  const { delivery, prebookingId } = call;
  if (!delivery) return execute(services, call);
  const seen = await store.noteDelivery(delivery.jti, delivery.messageId, clock.now());
  // A replayed signature after the first one was answered for good: nothing is done, whatever the row's state.
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
      // If it is armed, its owner settles it. Until then the owner may be dead, and this wake-up may be the last one.
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

/** Delivers notices of what is known while it looks up the rest, since a channel may be slow; then delivers those too. */
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

/** A notice that cannot be delivered now is delivered by the next sweep; the place is won all the same. */
async function tell(services: ExecuteServices, until: Date | undefined): Promise<void> {
  await deliverNotices(services, until).catch((error: unknown) =>
    services.logger.error({ code: asFailure(error).code }, 'race: members could not be told yet'),
  );
}
