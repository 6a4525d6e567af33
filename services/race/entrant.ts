// Somebody ready to race: a claimed prebooking with its session, its box and the classes it may take.
// Made ready before the opening (preparation.ts), so that nothing is left to do at it.
import type { BookWish, Gym, GymBox, PreparedRequest, Slot } from '../gym/gym.ts';
import type { Outcome } from '../prebooking/outcome.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { BackgroundSession } from '../session/session.ts';
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
}

export const isEntrant = (one: object): one is Entrant => 'choices' in one;
export const isDecided = (one: object): one is Decided => 'outcome' in one;

export const firstState = ({ prebooking, choices }: Pick<Entrant, 'prebooking' | 'choices'>): RaceState =>
  startRace({ choices: choices.length, mayWaitlist: prebooking.waitlist, openingAt: prebooking.opensAt });

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
