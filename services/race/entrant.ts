// An entrant is a claimed prebooking with its session, its box and the classes that it may shoot at, made ready before the opening by prepare.ts.
// This file also orders puntual's own members that want the same class: only one prebooking of a member shoots at the class, and older prebookings
// come first. The functions of this file send and store nothing.
import type { BookWish, Gym, GymBox, PreparedRequest, Slot } from '../gym/gym.ts';
import type { Outcome } from '../prebooking/outcome.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { type Try, triesIn } from '../prebooking/receipt.ts';
import type { BackgroundSession } from '../session/session.ts';
import type { Ahead } from '../store/claim-store.ts';
import { type Aim, type RaceState, startRace } from './shot-rules.ts';

export interface Entrant {
  readonly prebooking: Prebooking;
  readonly box: GymBox;
  readonly session: BackgroundSession;
  /**
   * The classes to shoot at, in the member's order, at least one. Each class was found by day, hour and name in the gym's list that the member's
   * background session read for this race.
   */
  readonly choices: readonly Slot[];
  /** The prepared booking request of the entrant's first shot. */
  readonly request: PreparedRequest;
}

/** A prebooking decided without a race, for example because there is no class to shoot at, or because the member has the place already. */
export interface Decided {
  readonly prebooking: Prebooking;
  readonly outcome: Outcome;
  readonly mine?: Slot | undefined;
  /** The code of the failure that kept the prebooking out of the race. */
  readonly why?: string | undefined;
}

export const isEntrant = (one: object): one is Entrant => 'choices' in one;
export const isDecided = (one: object): one is Decided => 'outcome' in one;

/** The requests that an earlier race tried to send for this prebooking, before that race was left to the sweep. */
export const triesBefore = ({ receipt }: Prebooking): readonly Try[] => triesIn(receipt ?? {});

/** What is known when an entrant's shots begin, beside the entrant itself. */
interface Begun {
  /** The earliest instant for a shot after one that was refused as too early, epoch ms. */
  readonly againFromMs?: number | undefined;
  /** The requests that this race has tried to send so far for the entrant. */
  readonly tries?: readonly Try[];
}

export function firstState(
  { prebooking, choices }: Pick<Entrant, 'prebooking' | 'choices'>,
  { againFromMs, tries = [] }: Begun = {},
): RaceState {
  const before = [...triesBefore(prebooking), ...tries];
  return startRace({
    choices: choices.length,
    mayWaitlist: prebooking.waitlist,
    openingAt: prebooking.opensAt,
    againFromMs,
    early: before.filter(({ answer }) => answer === 'too-early').length,
  });
}

/** Makes an entrant, with the request of its first shot. Throws session/jar-incomplete. */
export function createEntrant(gym: Gym, entered: Omit<Entrant, 'request'>): Entrant {
  const wish = bookWishOf(entered, firstState(entered).aim);
  return { ...entered, request: gym.prepareBook(entered.session.key, entered.box, wish) };
}

/** The booking request for one `Aim`, which says which of the entrant's choices to book, and whether a place on the waitlist will do. */
export function bookWishOf({ prebooking, choices }: Pick<Entrant, 'prebooking' | 'choices'>, aim: Aim): BookWish {
  const slot = choices[aim.choice] ?? choices[0];
  if (!slot) throw new RangeError('Expected an entrant to have a choice.');
  return { slotId: slot.id, day: slot.day, familyId: prebooking.familyId, waitlist: aim.waitlist };
}

/**
 * Says which prebooking shoots at a class when several prebookings for one person (the member or a family member) want that class. A gym may well
 * book the same class twice for a member, and each of the two bookings would cost a plan token. A booking made for one prebooking counts for the
 * member's other prebooking of that class, too, so no place has to be given back.
 */
export interface OwnAims {
  /**
   * True when this prebooking may shoot at the class until the race ends; false when another prebooking of the same person (member or family member)
   * already has this right.
   */
  take(prebooking: Prebooking, slot: Slot): boolean;
}

export function createOwnAims(): OwnAims {
  const holders = new Map<string, string>();
  return {
    take: ({ id, userId, familyId }, slot) => {
      const which = JSON.stringify([userId, familyId ?? '', slot.day, slot.id]);
      const holder = holders.get(which) ?? id;
      holders.set(which, holder);
      return holder === id;
    },
  };
}

/**
 * Lets each entrant take the class of its first shot: the first of its choices that the gym's list holds. If another prebooking of the same person
 * has already taken that class, the entrant sends nothing and its prebooking ends as `wished-twice`. The function is called before any of `entrants`
 * takes an alternative. So no entrant takes an alternative that is the first choice of another entrant of the same person.
 * @param entrants in the order in which their prebookings were created.
 */
export function takeFirstAims(
  aims: OwnAims,
  entrants: readonly Entrant[],
): { entrants: Entrant[]; doubled: Decided[] } {
  const isOwn = ({ prebooking, choices: [slot] }: Entrant) => slot !== undefined && aims.take(prebooking, slot);
  const own = new Set(entrants.filter(isOwn));
  return {
    entrants: entrants.filter((one) => own.has(one)),
    doubled: entrants.filter((one) => !own.has(one)).map(({ prebooking }) => ({ prebooking, outcome: 'wished-twice' })),
  };
}

export interface Turns {
  /** Entrants that shoot at the firing instant. */
  readonly first: readonly Entrant[];
  /** Entrants that shoot when the entrants before them in the same class have their answers. */
  readonly behind: readonly Entrant[];
}

/** A string that identifies the class of an entrant's first shot. */
export const classOf = ({ choices: [slot] }: Entrant): string => `${slot?.day} ${slot?.id}`;

/**
 * Splits the entrants of each class: as many as the class has free places shoot at the firing instant; the others wait until those have their
 * answers. In the order of turns, older prebookings for the class in another process's race stand before the entrants of this race. If the number of
 * free places is unknown, or no place is free, all entrants of the class shoot at the firing instant. @param entrants the entrants of the race, in
 * the order in which their prebookings were created.
 */
export function turnsOf(entrants: readonly Entrant[], others: readonly Ahead[] = []): Turns {
  const ahead = new Map<string, number>();
  const first: Entrant[] = [];
  const behind: Entrant[] = [];
  for (const entrant of inRounds(entrants)) {
    const before = ahead.get(classOf(entrant)) ?? 0;
    ahead.set(classOf(entrant), before + 1);
    if (before + aheadOf(entrant, others).length < placesOf(entrant)) first.push(entrant);
    else behind.push(entrant);
  }
  return { first, behind };
}

/**
 * Older prebookings that another process races for and that want the entrant's class; older means created before the entrant's prebooking. Two
 * prebookings count as wanting the same class if day and hour are equal.
 */
export const aheadOf = ({ prebooking, choices: [slot] }: Entrant, others: readonly Ahead[]): readonly Ahead[] =>
  others.filter(
    ({ day, timeId, createdAt }) => day === slot?.day && timeId === slot.timeId && createdAt < prebooking.createdAt,
  );

/**
 * Orders the entrants of each class: first each member's oldest prebooking, then each member's second, and so on; within each of these groups older
 * prebookings come first.
 */
function inRounds(entrants: readonly Entrant[]): Entrant[] {
  const asked = new Map<string, number>();
  const rounds = entrants.map((entrant) => {
    const who = `${entrant.prebooking.userId} ${classOf(entrant)}`;
    const round = asked.get(who) ?? 0;
    asked.set(who, round + 1);
    return { entrant, round };
  });
  return rounds.sort((a, b) => a.round - b.round).map(({ entrant }) => entrant);
}

/**
 * How many places are free in the class of the entrant's first choice, by the gym's list that was read for this entrant. If the number of free places
 * is unknown or zero, the result is infinite, so that no entrant of the class waits for another entrant's answer.
 */
export function placesOf({ choices: [slot] }: Entrant): number {
  const left = (slot?.limit ?? Number.POSITIVE_INFINITY) - (slot?.occupied ?? Number.POSITIVE_INFINITY);
  return left > 0 ? left : Number.POSITIVE_INFINITY;
}
