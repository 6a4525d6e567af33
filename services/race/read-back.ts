// Finds out what the member has at the gym after a race: the answer to a booking is a claim, the gym's own list is the truth. If a place is not
// seen after an answer that may have taken effect, the result is unknown, never refused.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { Gym, GymBox, Slot } from '../gym/gym.ts';
import { choicesOf, startOf } from '../prebooking/class-choice.ts';
import type { Outcome } from '../prebooking/outcome.ts';
import type { Prebooking, PrebookingStatus } from '../prebooking/prebooking.ts';
import type { BackgroundSession } from '../session/session.ts';
import type { RaceEnd } from './shot-rules.ts';

export interface ReadServices {
  readonly clock: Clock;
  readonly gym: Gym;
  readonly logger: Logger;
}

/** What identifies a race's place, whatever the gym does to the class: the class it shot at last, and the reservation that the gym gave. */
export interface Trace {
  readonly slot?: Pick<Slot, 'id' | 'timeId'> | undefined;
  readonly reservationId?: string | undefined;
}

/** `undefined`: the gym could not be asked, which is no evidence either way. `movedTo`: the place is at this hour of the day now. */
export type Sight = { readonly mine: Slot | undefined; readonly movedTo?: string | undefined } | undefined;

/** The gym's list may lag behind its own answer; reads are a little apart when a place is expected. */
const LOOKS_APART_MS = [0, 300, 900, 1_800] as const;

/** The place by the reservation's id, then by the slot that was shot at, anywhere in the day; undefined when there is neither. */
export function placeByTrace(slots: readonly Slot[], { slot, reservationId }: Trace): Sight {
  const own = slots.filter(({ mine }) => mine !== undefined);
  const isGiven = (one: Slot) => reservationId !== undefined && one.reservationId === reservationId;
  const mine = own.find(isGiven) ?? own.find(({ id }) => id === slot?.id);
  const isMoved = mine && slot && startOf(mine.timeId) !== startOf(slot.timeId);
  return mine && { mine, ...(isMoved && { movedTo: startOf(mine.timeId) }) };
}

function findPlace(prebooking: Prebooking, slots: readonly Slot[], trace: Trace): Sight {
  const shot = placeByTrace(slots, trace);
  if (shot) return shot;
  const choices = choicesOf(prebooking, slots);
  return { mine: choices.find(({ mine }) => mine === 'booked') ?? choices.find(({ mine }) => mine !== undefined) };
}

/** One read for this prebooking's place. */
export async function lookForPlace(
  { gym, logger }: ReadServices,
  session: BackgroundSession,
  box: GymBox,
  prebooking: Prebooking,
  trace: Trace,
): Promise<Sight> {
  try {
    const day = await gym.readDay(session.key, box, prebooking.day, prebooking.familyId);
    return day.kind === 'day' ? findPlace(prebooking, day.slots, trace) : undefined;
  } catch (error) {
    logger.warn({ prebookingId: prebooking.id, code: asFailure(error).code }, 'race: a read-back failed');
    return undefined;
  }
}

/**
 * Reads until the place is seen or, if none is expected, until the gym has shown the day. After "same hour" there may well be one, taken by hand
 * a moment ago. A place taken by hand may exist even if we sent nothing.
 */
export async function readBack(
  services: ReadServices,
  session: BackgroundSession,
  box: GymBox,
  prebooking: Prebooking,
  { end, trace }: { end: RaceEnd; trace: Trace },
): Promise<Sight> {
  let sight: Sight;
  const isExpected = mayStand(end) || end.do === 'read-back';
  for (const apartMs of LOOKS_APART_MS) {
    await services.clock.sleep(apartMs);
    sight = (await lookForPlace(services, session, box, prebooking, trace)) ?? sight;
    if (sight?.mine || (sight && !isExpected)) return sight;
  }
  return sight;
}

/** May there be a place of ours at the gym after this end? */
const mayStand = (end: RaceEnd): boolean => (end.do === 'stop' ? end.verdict === 'booked' : end.why !== 'same-hour');

export interface Verdict {
  readonly status: Extract<PrebookingStatus, 'booked' | 'waitlisted' | 'refused' | 'unknown'>;
  readonly outcome: Outcome;
  readonly reservationId: string | undefined;
  readonly reason: string | undefined;
  /** The gym's own words. */
  readonly said?: string | undefined;
  readonly movedTo?: string | undefined;
}

/** The result of a race's end and the read after it. */
export function judge(end: RaceEnd, sight: Sight): Verdict {
  const reason = end.do === 'stop' ? end.reason : undefined;
  if (sight?.mine) {
    const { mine, movedTo } = sight;
    const moved = movedTo === undefined ? {} : { movedTo, reason: `moved to ${movedTo}` };
    return { ...placed(mine, mayStand(end) ? 'booked' : 'already-booked'), reason, ...moved };
  }
  // A refusal is not believed when the gym could not be asked and something may stand: the other booking of that hour may be this very one.
  const said = end.said === undefined ? {} : { said: end.said };
  if (mayStand(end) || (!sight && end.do === 'read-back'))
    return { status: 'unknown', outcome: 'checking', reservationId: undefined, reason, ...said };
  const outcome = end.do === 'stop' && end.verdict !== 'booked' ? end.verdict : 'same-hour';
  return { status: 'refused', outcome, reservationId: undefined, reason, ...said };
}

/** A place that exists. */
export const placed = (
  mine: Slot,
  how: 'booked' | 'already-booked',
): { status: 'booked' | 'waitlisted'; outcome: Outcome; reservationId: string | undefined } => ({
  status: mine.mine === 'waitlisted' ? 'waitlisted' : 'booked',
  outcome: mine.mine === 'waitlisted' ? 'waitlisted' : how,
  reservationId: mine.reservationId,
});
