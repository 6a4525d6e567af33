// Turns the claimed prebookings of one race into entrants that are ready. For each prebooking the gym's list is read again and again, until a read
// decides what becomes of it. A slow read of the gym's list does not hold up the reads for other prebookings. A read that begins before the firing
// instant and shows no class to shoot at decides nothing. Preparing sends no booking request; fire-all.ts sends the requests.
import pLimit, { type LimitFunction } from 'p-limit';
import { within } from '../clock.ts';
import type { Outcome } from '../prebooking/outcome.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { MIN_LEFT_MS, releaseClaims } from './claim.ts';
import { type Decided, type Entrant, isDecided, isEntrant } from './entrant.ts';
import { createWhoami, look, type Undecided, type Whoami } from './prepare-one.ts';
import type { Race } from './race-context.ts';

/**
 * What a preparation has made of one prebooking: an entrant or a decided prebooking. Undefined if the reads of the gym's list ended before the
 * prebooking was either.
 */
export type Ready = Entrant | Decided | undefined;

export interface Preparation {
  /** Resolves when the gym's list is no longer being read for any prebooking of the race. */
  readonly all: Promise<unknown>;
  /**
   * Returns which prebookings are entrants or decided by now, and which are late; the gym's list is still read for the late ones. `close` may be
   * called only once.
   */
  close(): Prepared;
}

export interface Prepared {
  readonly entrants: readonly Entrant[];
  readonly decided: readonly Decided[];
  /** True when this process can race for none of the prebookings, because it lacks the keys that unseal their members' sessions. */
  readonly isForAnother: boolean;
  /** The prebookings for which the gym's list is still being read; the promises never reject. */
  readonly late: readonly { readonly prebooking: Prebooking; readonly ready: Promise<Ready> }[];
}

/** For how many prebookings at a time the gym's list of a day is read; the prebooking whose read has waited longest comes first. */
const CONCURRENCY = 16;
/** A read of a day's classes that takes longer than this many ms goes on, but lets the next prebooking's read begin. */
const TURN_MS = 3_000;
/** The pause, in ms, between the first two reads of the gym's list for one prebooking before the opening; each further pause is twice the last. */
const FIRST_PAUSE_MS = 500;
/** The longest pause, in ms, between two reads of the gym's list for one prebooking before the opening. */
const MAX_PAUSE_MS = 4_000;
/** A day that still lists no class this long after the firing instant is taken to have lost its classes, not to be published late. */
const EMPTY_MS = 3 * 60_000;
/**
 * A class that is still switched off, or for the staff only, this long after the firing instant is taken to stay so. A class may stay switched off
 * until its opening.
 */
const CLOSED_MS = 5_000;
/** If a pause between two reads of the gym's list begins before the firing instant, the pause ends at most this many ms after that instant. */
const OPEN_PAUSE_MS = 100;
/** The pause, in ms, between two reads of the gym's list for one prebooking after the firing instant. */
const LATE_PAUSE_MS = 500;

/** How long, ms, after the firing instant, or after the race's wake-up if that came later, a read of the gym's list may still begin. */
const LATE_LOOKS_MS = 8_000;

/**
 * Begins to prepare every prebooking of the race, and returns without waiting for a read of the gym's list.
 * @param over aborted when the race is over; the abort ends the reads of the gym's list for late entrants.
 */
export function prepareEntrants(race: Race, over: AbortSignal): Preparation {
  const { prebookings } = race;
  const limit = pLimit(CONCURRENCY);
  const whoami = createWhoami();
  const known = new Map<string, Ready>();
  const left = new Set<Prebooking>();
  const keep = (id: string) => (one: Ready) => {
    known.set(id, one);
    return one;
  };
  const entries = prebookings.map((prebooking) => {
    const ready = getReady({ race, limit, whoami, over, left }, prebooking).catch(() => undefined);
    return { prebooking, ready: ready.then(keep(prebooking.id)) };
  });
  return {
    all: Promise.all(entries.map(({ ready }) => ready)),
    close() {
      const seen = prebookings.flatMap(({ id }) => known.get(id) ?? []);
      const late = entries.filter(({ prebooking }) => known.get(prebooking.id) === undefined);
      const isForAnother = left.size === prebookings.length;
      return { entrants: seen.filter(isEntrant), decided: seen.filter(isDecided), isForAnother, late };
    },
  };
}

interface Looking {
  readonly race: Race;
  readonly limit: LimitFunction;
  readonly whoami: Whoami;
  readonly over: AbortSignal;
  /** Prebookings whose claims this process released during preparation, because it lacks the keys that unseal their members' sessions. */
  readonly left: Set<Prebooking>;
}

async function getReady({ race, limit, whoami, over, left }: Looking, prebooking: Prebooking): Promise<Ready> {
  const renewals = { hasTried: false, hasTriedAgain: false };
  let openMs = 0;
  async function turn<T>(work: () => Promise<T>): Promise<T> {
    const [working] = await limit(async () => {
      openMs = race.nowMs() - race.atMs;
      const begun = work();
      await within(race.clock, TURN_MS, begun);
      return [begun];
    });
    return working;
  }
  for (let looks = 0; ; looks += 1) {
    const seen = await look(race, race.box.at, prebooking, renewals, { turn, whoami });
    if (isEntrant(seen) || isDecided(seen)) return seen;
    if (seen.why === 'unknown-key') {
      left.add(prebooking);
      race.logger.error({ prebookingId: prebooking.id }, 'alert: a key is lacking, another process is to race for it');
      await releaseClaims(race, { owner: race.owner, prebookings: [prebooking] });
      return undefined;
    }
    const outcome = outcomeOf(seen, openMs);
    if (outcome) return { prebooking, outcome };
    const pauseMs = pauseAfter(looks, race);
    if (race.nowMs() + pauseMs > lastLookMs(race)) return undefined;
    await race.clock.sleep(pauseMs, over);
  }
}

/**
 * The outcome that follows from a read of the gym's list that showed no class to shoot at. `openMs` is how long after the firing instant
 * (`Race.atMs`) the read began; it is negative if the read began earlier. A read of the day's classes that began before the firing instant decides no
 * outcome.
 */
function outcomeOf({ why, missing = 'class-gone' }: Undecided, openMs: number): Outcome | undefined {
  if (openMs < 0 || why === 'unseen' || why === 'unknown-key') return undefined;
  if (why === 'session-dead') return why;
  const waitMs = why === 'unpublished' ? EMPTY_MS : missing === 'class-closed' ? CLOSED_MS : 0;
  return openMs >= waitMs ? missing : undefined;
}

/** The last instant, in epoch ms, at which this race may begin to read the gym's list of a day. */
const lastLookMs = ({ atMs, wokenAtMs, until }: Race): number =>
  Math.min(Math.max(atMs, wokenAtMs) + LATE_LOOKS_MS, (until?.getTime() ?? Number.POSITIVE_INFINITY) - MIN_LEFT_MS);

function pauseAfter(looks: number, { nowMs, atMs }: Race): number {
  const leftMs = atMs - nowMs();
  if (leftMs <= 0) return LATE_PAUSE_MS;
  return Math.min(FIRST_PAUSE_MS * 2 ** looks, MAX_PAUSE_MS, leftMs + OPEN_PAUSE_MS);
}
