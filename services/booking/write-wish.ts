// Checks a wish for one class, stores the wish as a prebooking and schedules its wake-ups, for wishes by hand and wishes of a rule alike. The row is
// written before the queue is asked: if the queue does not answer, the sweep schedules the prebooking, and no queue message exists without its
// prebooking's row.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { isWithinReach, scheduleWakeUps } from '../dispatch/wake-up.ts';
import { asFailure, Failure } from '../failures.ts';
import { checkClassInReach, checkOpening } from '../prebooking/bookable-range.ts';
import type { Found } from '../prebooking/find-class.ts';
import { opensAt, parseOpeningRule } from '../prebooking/opening-rule.ts';
import { startOfClass } from '../prebooking/possible-openings.ts';
import type { Alternative, Prebooking } from '../prebooking/prebooking.ts';
import type { Box } from '../store/box-store.ts';
import type { Store } from '../store/store.ts';
import { checkTokens } from './check-tokens.ts';

export interface WriteServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly dispatch: Dispatch;
  readonly logger: Logger;
}

/** The fields of a prebooking that is to be stored, without its id. */
export type WishRow = Omit<Parameters<Store['createPrebooking']>[0], 'id'>;

export interface WriteRequest<P extends Prebooking | null> {
  readonly userId: string;
  readonly box: Box;
  readonly found: Found;
  readonly wish: {
    readonly day: string;
    readonly familyId?: string | undefined;
    readonly waitlist?: boolean | undefined;
    readonly alternatives?: readonly Alternative[] | undefined;
    /** The opening that the member gave; if absent, the box's opening rule gives the opening. */
    readonly opensAt?: Date | undefined;
  };
  /** Writes the row of the prebooking; returns null if the row must not be written any more, because its rule changed. */
  readonly write: (row: WishRow) => Promise<P>;
}

/**
 * Checks the wish, stores it and schedules its wake-ups; returns the prebooking, or null if `write` (the caller's function that writes the row)
 * stored none. Throws prebooking/opening-unknown, prebooking/class-started, subscription/no-tokens, request/invalid, and what the caller's `write`
 * throws: prebooking/duplicate, prebooking/too-many, request/limited, box/missing.
 */
export async function writeWish<P extends Prebooking | null>(
  services: WriteServices,
  { userId, box, found, wish, write }: WriteRequest<P>,
): Promise<P | Prebooking> {
  const now = services.clock.now();
  const { classId, timeId, className } = found;
  const startsAt = startOfClass(box, { day: wish.day, timeId }, now);
  checkClassInReach(startsAt, now);
  const opens = wish.opensAt ?? openingOf(box, wish.day, timeId, now);
  checkOpening(opens, startsAt);
  await checkTokens(services, userId, opens);
  const row = { userId, boxId: box.id, day: wish.day, classId, timeId, className, familyId: wish.familyId };
  const choice = { waitlist: wish.waitlist ?? false, alternatives: wish.alternatives ?? [] };
  const written = await write({ ...row, ...choice, opensAt: opens, startsAt, now });
  return written === null ? written : arm(services, written);
}

/**
 * The instant at which booking of the class opens, by the box's opening rule; `now` if that instant is past. If the class should already be open, its
 * race begins immediately. If the class is not open, the gym's refusal of the race's request tells when the class opens.
 */
function openingOf(box: Box, day: string, timeId: string, now: Date): Date {
  if (box.openingRule === undefined) {
    throw new Failure(
      'prebooking/opening-unknown',
      'It is not known yet when this box opens booking: say when (opensAt).',
    );
  }
  const opens = opensAt(parseOpeningRule(box.openingRule), { day, timeId }, box.timeZone);
  return opens > now ? opens : now;
}

/** Schedules the wake-ups of a stored prebooking. If the queue cannot be asked, the prebooking stays stored, and the sweep schedules its wake-ups. */
async function arm({ clock, store, dispatch, logger }: WriteServices, prebooking: Prebooking): Promise<Prebooking> {
  const now = clock.now();
  if (!isWithinReach(dispatch, prebooking.opensAt, now)) return prebooking;
  try {
    await scheduleWakeUps({ clock, store, dispatch }, prebooking);
  } catch (error) {
    logger.warn(
      { prebookingId: prebooking.id, code: asFailure(error).code },
      'prebooking: not armed yet, the sweep will',
    );
  }
  return (await store.readPrebooking(prebooking.id)) ?? prebooking;
}
