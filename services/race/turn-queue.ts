// The order of our own entrants in one class. The first ones shoot at the instant. The others shoot when those before them have ended, or when
// one of them has heard that the class is full: then the order no longer matters, and alternatives wait. It sends nothing and knows no clock.
import type { Prebooking } from '../prebooking/prebooking.ts';
import { classOf, type Entrant } from './entrant.ts';
import type { EntrantShots } from './shots.ts';

/** `undefined`: it did not shoot. */
type End = Promise<EntrantShots | undefined>;

export interface TurnQueue {
  /** Adds one that is loaded and fired at the instant, in the order of their turns. */
  joinFirst(entrant: Entrant, end: End): void;
  /** Adds one that is not ready, with a class not known yet: its day and hour say enough, and only later ones wait for it. */
  joinLate(prebooking: Prebooking, end: End): void;
  /** Adds one behind all that have joined before it. */
  joinBehind(entrant: Entrant, end: End): void;
  /** A late one is ready: from now on other late ones, and those that gave up their place for it, are ordered after it. */
  arrive(entrant: Entrant): void;
  /** Moves one of the first back: behind the others of them, and behind the late ones that asked before it. */
  takeBack(entrant: Entrant): void;
  /** The one of the first that is to make room for a late one: the last that asked after it; undefined where there is none. */
  lastAfter(late: Entrant): Entrant | undefined;
  /** Those before an entrant in its class, as things stand now. */
  before(entrant: Entrant): Before;
}

/** Entrants with a turn before another's. */
export interface Before {
  readonly count: number;
  /** Resolves when they have ended, or one of them has found the class full. Never rejects. */
  ended(): Promise<void>;
}

interface Joined {
  readonly kind: 'first' | 'late' | 'behind';
  readonly prebooking: Prebooking;
  readonly end: End;
  /** Undefined while a late one is not ready. */
  entrant: Entrant | undefined;
  isTakenBack: boolean;
}

/** An empty queue, for one race. */
export function createTurnQueue(): TurnQueue {
  const joined: Joined[] = [];
  const join = (kind: Joined['kind'], prebooking: Prebooking, end: End, entrant?: Entrant): void =>
    void joined.push({ kind, prebooking, end, entrant, isTakenBack: false });
  const find = ({ prebooking }: Entrant) => joined.find((one) => one.prebooking.id === prebooking.id);
  return {
    joinFirst: (entrant, end) => join('first', entrant.prebooking, end, entrant),
    joinLate: (prebooking, end) => join('late', prebooking, end),
    joinBehind: (entrant, end) => join('behind', entrant.prebooking, end, entrant),
    arrive(entrant) {
      const one = find(entrant);
      if (one) one.entrant = entrant;
    },
    takeBack(entrant) {
      const one = find(entrant);
      if (one) one.isTakenBack = true;
    },
    lastAfter: (late) =>
      joined.findLast((one) => isFired(one) && isOf(late, one) && isEarlier(late.prebooking, one.prebooking))?.entrant,
    before(entrant) {
      const self = find(entrant);
      const before = self ? beforeOne(joined, self, entrant) : [];
      return { count: before.length, ended: () => endOf(before, entrant) };
    },
  };
}

/** Shoots at the instant: it waits for none. */
const isFired = ({ kind, isTakenBack }: Joined): boolean => kind === 'first' && !isTakenBack;

/**
 * All entrants of a class are in one row, so that no two wait for each other: the first ones, then those behind. A late one is put before the
 * earliest entrant that asked after it.
 */
function beforeOne(joined: readonly Joined[], self: Joined, entrant: Entrant): Joined[] {
  const row = joined.filter((one) => one.kind !== 'late' && isOf(entrant, one));
  const late = joined.filter((one) => one.kind === 'late' && one !== self);
  const ready = late.filter((one) => isOf(entrant, one));
  const place = self.kind === 'late' ? placeIn(row, self) : row.indexOf(self);
  const standing = row.filter((one, at) => one !== self && (at < place || isFired(one)));
  const unknown = self.kind === 'behind' ? late.filter((one) => one.entrant === undefined) : [];
  return [...standing, ...[...ready, ...unknown].filter((one) => isEarlier(one.prebooking, self.prebooking))];
}

function placeIn(row: readonly Joined[], { prebooking }: Joined): number {
  const at = row.findIndex((one) => isEarlier(prebooking, one.prebooking));
  return at < 0 ? row.length : at;
}

async function endOf(before: readonly Joined[], entrant: Entrant): Promise<void> {
  const ends = before.map(({ end }) => end.catch(() => undefined));
  const { promise: isFull, resolve } = Promise.withResolvers<void>();
  for (const end of ends) end.then((shots) => foundFull(entrant, shots) && resolve());
  await Promise.race([Promise.all(ends), isFull]);
}

const isOf = (one: Entrant, { entrant }: Joined): boolean => entrant !== undefined && classOf(entrant) === classOf(one);

const isEarlier = (one: Prebooking, other: Prebooking): boolean =>
  one.day === other.day && one.timeId === other.timeId && one.createdAt < other.createdAt;

/** Its first choice is full: only then does an entrant go on to another. */
const foundFull = (entrant: Entrant, shots: EntrantShots | undefined): boolean =>
  shots !== undefined && classOf(shots.entrant) === classOf(entrant) && shots.heard.includes('full');
