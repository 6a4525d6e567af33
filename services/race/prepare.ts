// Makes the entrants of one race ready: each member's day is read until a read decides, and no read waits for another's. Before the opening no
// result is final that a later read could change. It sends nothing; fire-all.ts does.
import pLimit, { type LimitFunction } from 'p-limit';
import { within } from '../clock.ts';
import type { Outcome } from '../prebooking/outcome.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { MIN_LEFT_MS, releaseClaims } from './claim.ts';
import { type Decided, type Entrant, isDecided, isEntrant } from './entrant.ts';
import { look, type Undecided } from './prepare-one.ts';
import type { Race } from './race-context.ts';

/** `undefined`: it could not be decided in time. */
export type Ready = Entrant | Decided | undefined;

export interface Preparation {
  /** Resolves when each is ready, decided or late. */
  readonly all: Promise<unknown>;
  /** Those that are ready or decided by now; reads for the others go on. Once only. */
  close(): Prepared;
}

export interface Prepared {
  readonly entrants: readonly Entrant[];
  readonly decided: readonly Decided[];
  /** Whether this process can race for none of them, since it lacks the keys of all. */
  readonly isForAnother: boolean;
  /** Never reject. */
  readonly late: readonly { readonly prebooking: Prebooking; readonly ready: Promise<Ready> }[];
}

/** How many members' days are read at a time, the longest waiting first. */
const CONCURRENCY = 16;
/** A read that takes longer goes on, but delays no other member's. */
const TURN_MS = 3_000;
/** Between the reads for one member before the opening; each pause is twice the last. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 4_000;
/** This long after the instant, an empty day has lost its classes; it is not late in being published. */
const EMPTY_MS = 3 * 60_000;
/** How long after the instant an open day is first read, and the pause between the next reads. */
const OPEN_PAUSE_MS = 100;
const LATE_PAUSE_MS = 500;

/** How long after the instant late reads may still find a class to shoot at. */
const LATE_LOOKS_MS = 8_000;

/** Begins the reads at once; `over` ends those that are still late when the race is. */
export function prepareEntrants(race: Race, over: AbortSignal): Preparation {
  const { prebookings } = race;
  const limit = pLimit(CONCURRENCY);
  const known = new Map<string, Ready>();
  const left = new Set<Prebooking>();
  const keep = (id: string) => (one: Ready) => {
    known.set(id, one);
    return one;
  };
  const entries = prebookings.map((prebooking) => {
    const ready = getReady({ race, limit, over, left }, prebooking).catch(() => undefined);
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
  readonly over: AbortSignal;
  /** Released while the race is prepared. */
  readonly left: Set<Prebooking>;
}

async function getReady({ race, limit, over, left }: Looking, prebooking: Prebooking): Promise<Ready> {
  const renewals = { hasTried: false, hasTriedAgain: false };
  for (let looks = 0; ; looks += 1) {
    let openMs = 0;
    let looking: ReturnType<typeof look> | undefined;
    await limit(() => {
      openMs = race.nowMs() - race.atMs;
      looking = look(race, race.box.at, prebooking, renewals);
      return within(race.clock, TURN_MS, looking);
    });
    const seen = (await looking) ?? { why: 'unseen' };
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

/** What a read that began `openMs` after the instant decides; before it, nothing. */
function outcomeOf({ why, missing = 'class-gone' }: Undecided, openMs: number): Outcome | undefined {
  if (openMs < 0 || why === 'unseen' || why === 'unknown-key') return undefined;
  if (why === 'session-dead') return why;
  return why === 'unlisted' || openMs > EMPTY_MS ? missing : undefined;
}

/** No read begins after it. */
const lastLookMs = ({ atMs, wokenAtMs, until }: Race): number =>
  Math.min(Math.max(atMs, wokenAtMs) + LATE_LOOKS_MS, (until?.getTime() ?? Number.POSITIVE_INFINITY) - MIN_LEFT_MS);

function pauseAfter(looks: number, { nowMs, atMs }: Race): number {
  const leftMs = atMs - nowMs();
  if (leftMs <= 0) return LATE_PAUSE_MS;
  return Math.min(FIRST_PAUSE_MS * 2 ** looks, MAX_PAUSE_MS, leftMs + OPEN_PAUSE_MS);
}
