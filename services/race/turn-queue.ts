// Whose turn it is among our own in one class. An entrant behind shoots when those before it have ended; or when one of them has heard that
// the class is full, for then there is nothing left to be fair about and its alternatives wait. It sends nothing and knows no clock.
import type { Prebooking } from '../prebooking/prebooking.ts';
import { classOf, type Entrant } from './entrant.ts';
import type { EntrantShots } from './shots.ts';

/** `undefined`: it did not shoot. */
type End = Promise<EntrantShots | undefined>;

export interface TurnQueue {
  /** Puts an entrant behind all that have joined before it. */
  join(entrant: Entrant, end: End): void;
  /** The same for a prebooking whose class is not known yet: its day and hour say enough, and only later ones wait for it. */
  joinLate(prebooking: Prebooking, end: End): void;
  /** Resolves when it is the turn of an entrant, as things stand now. Never rejects. @param among waits for the first so many alone. */
  turnOf(entrant: Entrant, among?: number): Promise<void>;
}

interface Joined {
  isBefore(entrant: Entrant): boolean;
  readonly end: End;
}

export function createTurnQueue(): TurnQueue {
  const joined: Joined[] = [];
  return {
    join: (one, end) => void joined.push({ isBefore: (other) => classOf(one) === classOf(other), end }),
    joinLate: (one, end) => void joined.push({ isBefore: ({ prebooking }) => isEarlier(one, prebooking), end }),
    async turnOf(entrant, among = joined.length) {
      const before = joined.slice(0, among).filter((one) => one.isBefore(entrant));
      const ends = before.map(({ end }) => end.catch(() => undefined));
      const { promise: isFull, resolve } = Promise.withResolvers<void>();
      for (const end of ends) end.then((shots) => foundFull(entrant, shots) && resolve());
      await Promise.race([Promise.all(ends), isFull]);
    },
  };
}

const isEarlier = (one: Prebooking, other: Prebooking): boolean =>
  one.day === other.day && one.timeId === other.timeId && one.createdAt < other.createdAt;

/** What is full is its first choice: only then does an entrant go on to another. */
const foundFull = (entrant: Entrant, shots: EntrantShots | undefined): boolean =>
  shots !== undefined && classOf(shots.entrant) === classOf(entrant) && shots.heard.includes('full');
