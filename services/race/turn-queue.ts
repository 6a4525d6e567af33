// Keeps the order of turns of a race's entrants in each class. At the firing instant, one entrant shoots for each free place. An entrant with a later
// turn shoots when all entrants before it have ended, or when one of them has heard that the class is full. Entrants do not wait for turns in a class
// that is known to be full, because their alternatives would fill up meanwhile. The turn queue sends nothing and reads no clock.
import type { Prebooking } from '../prebooking/prebooking.ts';
import { classOf, type Entrant } from './entrant.ts';
import type { EntrantShots } from './shots.ts';

/** Resolves with an entrant's shots when they are over, or with undefined if the entrant did not shoot. */
type End = Promise<EntrantShots | undefined>;

export interface TurnQueue {
  /** Adds an entrant with a request that is written at the firing instant. Entrants must be added in the order of their turns. */
  joinFirst(entrant: Entrant, end: End): void;
  /**
   * Adds a late entrant's prebooking, for a class that is not known yet. Until the late entrant is ready, only entrants added by `joinBehind` with
   * a younger prebooking for the same day and hour wait for it.
   */
  joinLate(prebooking: Prebooking, end: End): void;
  /** Adds an entrant behind all entrants of its class that have joined before it. */
  joinBehind(entrant: Entrant, end: End): void;
  /**
   * Marks a late entrant as ready. A late entrant that becomes ready goes before every entrant that still waits for its turn and has a younger
   * prebooking.
   */
  arrive(entrant: Entrant): void;
  /**
   * Moves back an entrant that was to shoot at the firing instant: behind the others of that instant and behind late entrants with older prebookings.
   */
  takeBack(entrant: Entrant): void;
  /**
   * Returns the entrant that would make room for the entrant `late`; undefined if there is none. The returned entrant shoots at the firing instant
   * in the class of `late`, and has a younger prebooking than `late`. Of several such entrants, the one with the last turn is returned.
   */
  lastAfter(late: Entrant): Entrant | undefined;
  /** The entrants of the given entrant's class that have an earlier turn, as the queue stands at the call. */
  before(entrant: Entrant): Before;
}

/** The entrants that have an earlier turn than a given entrant of the same class. */
export interface Before {
  readonly count: number;
  /** Resolves when all entrants with an earlier turn have ended, or when one of them has found the class full. Never rejects. */
  ended(): Promise<void>;
}

interface Joined {
  readonly kind: 'first' | 'late' | 'behind';
  readonly prebooking: Prebooking;
  readonly end: End;
  /** Undefined if the entrant is late, until `arrive` marks the entrant as ready. */
  entrant: Entrant | undefined;
  isTakenBack: boolean;
}

/** Creates an empty turn queue for one race. */
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

/** True for an entrant that shoots at the firing instant and waits for no other entrant. */
const isFired = ({ kind, isTakenBack }: Joined): boolean => kind === 'first' && !isTakenBack;

/**
 * The entrants of a class form one queue, those of `joinFirst` before those of `joinBehind`, so that no two entrants wait for each other. A late
 * entrant is put before the first entrant of its class that has a younger prebooking.
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

/**
 * True when another entrant of this entrant's class has heard that the class is full. Of another entrant's answers, only "full" tells that this
 * entrant, too, will have to go on to its next choice.
 */
const foundFull = (entrant: Entrant, shots: EntrantShots | undefined): boolean =>
  shots !== undefined && classOf(shots.entrant) === classOf(entrant) && shots.heard.includes('full');
