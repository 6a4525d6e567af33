// An entrant: a claimed prebooking with its session, its box and the classes it may take, made ready before the opening (prepare.ts).
// And the order among our own: one request a class for one member, and in a class the earlier prebooking first. Pure: it sends nothing.
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
  /** At least one, each found by day, hour and name in what the member's own session was shown for this race. */
  readonly choices: readonly Slot[];
  /** The first shot. */
  readonly request: PreparedRequest;
}

/** Decided without a race: there is nothing to shoot at, or the place is the member's already. */
export interface Decided {
  readonly prebooking: Prebooking;
  readonly outcome: Outcome;
  readonly mine?: Slot | undefined;
  /** The code of what stood in the way. */
  readonly why?: string | undefined;
}

export const isEntrant = (one: object): one is Entrant => 'choices' in one;
export const isDecided = (one: object): one is Decided => 'outcome' in one;

/** What a race that was left to this one has tried. */
export const triesBefore = ({ receipt }: Prebooking): readonly Try[] => triesIn(receipt ?? {});

/** The state before a series. @param tries what this race has tried so far. */
export function firstState(
  { prebooking, choices }: Pick<Entrant, 'prebooking' | 'choices'>,
  tries: readonly Try[] = [],
): RaceState {
  const before = [...triesBefore(prebooking), ...tries];
  return startRace({
    choices: choices.length,
    mayWaitlist: prebooking.waitlist,
    openingAt: prebooking.opensAt,
    early: before.filter(({ answer }) => answer === 'too-early').length,
  });
}

/** Throws session/jar-incomplete. */
export function createEntrant(gym: Gym, entered: Omit<Entrant, 'request'>): Entrant {
  const wish = bookWishOf(entered, firstState(entered).aim);
  return { ...entered, request: gym.prepareBook(entered.session.key, entered.box, wish) };
}

/** What is asked of the gym for one aim. */
export function bookWishOf({ prebooking, choices }: Pick<Entrant, 'prebooking' | 'choices'>, aim: Aim): BookWish {
  const slot = choices[aim.choice] ?? choices[0];
  if (!slot) throw new RangeError('Expected an entrant to have a choice.');
  return { slotId: slot.id, day: slot.day, familyId: prebooking.familyId, waitlist: aim.waitlist };
}

/**
 * Which of one member's prebookings shoots at a class: one, and no other. A gym may well give the same class twice, and both would cost.
 * The answer of a class to one holds for the other too, so that nothing is ever given back.
 */
export interface OwnAims {
  /** True when the class is this prebooking's to shoot at, now and from now on; false when another of the same person has it. */
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
 * Each entrant takes the class it shoots at first, in order of creation, before any takes an alternative. So a class that is one
 * prebooking's first choice is no other's second. A later prebooking for a class that is taken is decided without a race.
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
  /** These shoot at the instant. */
  readonly first: readonly Entrant[];
  /** These shoot when those before them in the same class have their answers. */
  readonly behind: readonly Entrant[];
}

/** The class an entrant shoots at first. */
export const classOf = ({ choices: [slot] }: Entrant): string => `${slot?.day} ${slot?.id}`;

/**
 * Our own members never outrun each other: as many shoot at the instant as the class has places, the others right after. Those of another
 * process that asked before have the first places.
 * @param entrants in order of creation. A class without a known number of places, or with none left, has no queue of ours.
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

/** Those of another process that want an entrant's class and asked before: the day and the hour say enough of which class that is. */
export const aheadOf = ({ prebooking, choices: [slot] }: Entrant, others: readonly Ahead[]): readonly Ahead[] =>
  others.filter(
    ({ day, timeId, createdAt }) => day === slot?.day && timeId === slot.timeId && createdAt < prebooking.createdAt,
  );

/** Each member's first prebooking for a class, then each member's second, and so on; each round in order of creation. */
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

/** Places left in its first choice, as its own look showed them; none known, or none left, is no bound. */
export function placesOf({ choices: [slot] }: Entrant): number {
  const left = (slot?.limit ?? Number.POSITIVE_INFINITY) - (slot?.occupied ?? Number.POSITIVE_INFINITY);
  return left > 0 ? left : Number.POSITIVE_INFINITY;
}
