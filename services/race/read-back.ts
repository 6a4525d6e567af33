// Finds out what place the member has at the gym after a race. The gym's answer to a booking request is only a statement; the gym's own list is the
// truth. If a booking may have taken effect and no place is seen in the gym's list, the result is unknown, never refused.
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

/**
 * What identifies the place that a race got, even if the gym changes the class: the class of the last shot, and the reservation that the gym gave.
 */
export interface Trace {
  readonly slot?: Pick<Slot, 'id' | 'timeId'> | undefined;
  readonly reservationId?: string | undefined;
}

/**
 * What a read of the gym's list showed: the member's place, if there is one, as `mine`; undefined when the list could not be read, which is no
 * evidence either way. `movedTo` is the start of the class with the member's place, if the class that was shot at had another start.
 */
export type Sight = { readonly mine: Slot | undefined; readonly movedTo?: string | undefined } | undefined;

/**
 * The pauses before the reads of the gym's list, ms. Because the gym's list may lag behind the gym's answer, it is read several times if a shot may
 * have got a place, or if the answer was "same hour".
 */
const LOOKS_APART_MS = [0, 300, 900, 1_800] as const;

/**
 * Finds the member's place anywhere in the day's list, by the reservation's id or else by the class that was shot at; undefined when the member has
 * no such place.
 */
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

/** Reads the gym's list once, to find the place of one prebooking. Returns undefined when the gym's list cannot be read. Never throws. */
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
 * Reads the gym's list, at most four times, until the member's place is seen or, if no place is expected, until a read has succeeded. After the
 * answer "same hour" (the member has a booking at that hour), that booking may be for the wished class, because the member may have booked it by hand
 * a moment ago. The gym's list is read even if the race sent nothing, because the member may have taken a place by hand.
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

/** True when shots that ended with `end` may have got the member a place at the gym. */
const mayStand = (end: RaceEnd): boolean => (end.do === 'stop' ? end.verdict === 'booked' : end.why !== 'same-hour');

export interface Verdict {
  readonly status: Extract<PrebookingStatus, 'booked' | 'waitlisted' | 'refused' | 'unknown'>;
  readonly outcome: Outcome;
  readonly reservationId: string | undefined;
  readonly reason: string | undefined;
  /** The gym's own words in its answer to the booking request. */
  readonly said?: string | undefined;
  readonly movedTo?: string | undefined;
  /** The member's place in the gym's list; undefined if the list shows none. */
  readonly mine?: Slot | undefined;
}

/** Decides a prebooking's result from how its shots ended and from what the gym's list showed afterwards. */
export function judge(end: RaceEnd, sight: Sight): Verdict {
  const reason = end.do === 'stop' ? end.reason : undefined;
  if (sight?.mine) {
    const { mine, movedTo } = sight;
    const moved = movedTo === undefined ? {} : { movedTo, reason: `moved to ${movedTo}` };
    return { ...placed(mine, mayStand(end) ? 'booked' : 'already-booked'), reason, ...moved };
  }
  // Without a read of the gym's list, the answer "same hour" is not believed: the booking that the member has at that hour may come from this race.
  const said = end.said === undefined ? {} : { said: end.said };
  if (mayStand(end) || (!sight && end.do === 'read-back'))
    return { status: 'unknown', outcome: 'checking', reservationId: undefined, reason, ...said };
  const outcome = end.do === 'stop' && end.verdict !== 'booked' ? end.verdict : 'same-hour';
  return { status: 'refused', outcome, reservationId: undefined, reason, ...said };
}

/**
 * The result of a prebooking for which the gym's list shows the place `mine`. A place in a class that the gym has called off since is no place, although
 * the gym's list keeps it.
 */
export function placed(
  mine: Slot,
  how: 'booked' | 'already-booked',
): Pick<Verdict, 'outcome' | 'reservationId' | 'mine'> & { status: Exclude<Verdict['status'], 'unknown'> } {
  if (mine.isCancelled) return { status: 'refused', outcome: 'class-cancelled', reservationId: undefined };
  const isWaiting = mine.mine === 'waitlisted';
  return {
    status: isWaiting ? 'waitlisted' : 'booked',
    outcome: isWaiting ? 'waitlisted' : how,
    reservationId: mine.reservationId,
    mine,
  };
}
