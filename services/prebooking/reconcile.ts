// Settles what nobody knows yet: a booking was sent, and no clear answer came. The gym is asked, never sent anything.
// Absence counts only after a quiet period, because the gym may still be at work; a look that fails is no evidence.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { Gym, GymBox } from '../gym/gym.ts';
import type { Freshener } from '../session/freshen.ts';
import { backgroundStaleAt } from '../session/freshness.ts';
import type { Store } from '../store/store.ts';
import type { Outcome } from './ending.ts';
import type { Prebooking } from './prebooking.ts';
import { reviseReceipt } from './receipt.ts';
import { lookForPlace, placed } from './verdict.ts';

export interface ReconcileServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

/** After the last instant anything may have been written, the gym gets this long to finish what it began. */
const QUIET_MS = 10_000;

/** One look for one unknown prebooking. Answers how it stands afterwards. */
export async function reconcilePrebooking(services: ReconcileServices, prebooking: Prebooking): Promise<Prebooking> {
  const { clock, store, freshener, logger } = services;
  const box = await store.readBox(prebooking.boxId);
  const fresh = await freshener
    .background(prebooking.userId, { staleAt: backgroundStaleAt(clock.now()), throughHold: true })
    .catch((error: unknown) => {
      logger.warn({ prebookingId: prebooking.id, code: asFailure(error).code }, 'reconcile: no session to look with');
    });
  if (!box || !fresh) return prebooking;
  const at: GymBox = { slug: box.subdomain, platformBoxId: box.aimharderBoxId };
  const sight = await lookForPlace(services, fresh.session, at, prebooking);
  if (!sight) return prebooking;
  if (sight.mine) return settle(services, prebooking, placed(sight.mine, 'booked'));
  const absence = await store.noteAbsence(prebooking.id, QUIET_MS, clock.now());
  if (absence.state !== 'absent') return absence.state === 'unknown' ? absence.prebooking : prebooking;
  return settle(services, prebooking, { status: 'unconfirmed', outcome: 'unconfirmed', reservationId: undefined });
}

async function settle(
  { clock, store }: ReconcileServices,
  prebooking: Prebooking,
  end: { status: 'booked' | 'waitlisted' | 'unconfirmed'; outcome: Outcome; reservationId: string | undefined },
): Promise<Prebooking> {
  const receipt = prebooking.receipt && reviseReceipt(prebooking.receipt, end.outcome, clock.now());
  const line = { id: prebooking.id, epoch: prebooking.claimEpoch, ...end, receipt };
  const [settled] = await store.settlePrebookings([line], clock.now());
  return settled ?? prebooking;
}
