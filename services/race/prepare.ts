// Getting everybody of one opening ready: each looks until their own look decides, nobody waits for another's, and nothing final is said
// before the opening that a later look could belie. It sends nothing; the volley does.
import pLimit from 'p-limit';
import { within } from '../clock.ts';
import type { GymBox } from '../gym/gym.ts';
import type { Outcome } from '../prebooking/outcome.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { type Decided, type Entrant, isDecided, isEntrant } from './entrant.ts';
import { type LookServices, look, type Undecided } from './prepare-one.ts';

/** Epoch ms on the race's clock. */
export interface PreparationTime {
  nowMs(): number;
  /** The instant of the race, as well as it is known by now. */
  atMs(): number;
  /** Nobody looks again after it. */
  untilMs(): number;
  readonly signal: AbortSignal;
}

/** `undefined`: nothing could be found out in time. */
export type Ready = Entrant | Decided | undefined;

export interface Preparation {
  /** Resolves when everybody is ready, decided or late. */
  readonly all: Promise<unknown>;
  /** Who is ready or decided by now; the others look on. Once only. */
  close(): Prepared;
}

export interface Prepared {
  readonly entrants: readonly Entrant[];
  readonly decided: readonly Decided[];
  /** Never reject. */
  readonly late: readonly { readonly prebooking: Prebooking; readonly ready: Promise<Ready> }[];
}

/** Members looking at a time, the longest waiting first. */
const CONCURRENCY = 16;
/** A look that takes longer goes on, but keeps nobody else waiting. */
const TURN_MS = 3_000;
/** Between the looks of one member before the opening; each pause is twice the last. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 4_000;
/** A day still empty so long after the instant is empty because its classes are gone, not because it is published late. */
const EMPTY_MS = 3 * 60_000;
/** The first look at an open day comes so long after the instant, and the next ones so far apart. */
const OPEN_PAUSE_MS = 100;
const LATE_PAUSE_MS = 500;

export function prepareEntrants(
  services: LookServices,
  box: GymBox,
  prebookings: readonly Prebooking[],
  time: PreparationTime,
): Preparation {
  const limit = pLimit(CONCURRENCY);
  const known = new Map<string, Ready>();
  const keep = (id: string) => (one: Ready) => {
    known.set(id, one);
    return one;
  };
  const entries = prebookings.map((prebooking) => {
    const ready = getReady(services, box, prebooking, limit, time).catch(() => undefined);
    return { prebooking, ready: ready.then(keep(prebooking.id)) };
  });
  return {
    all: Promise.all(entries.map(({ ready }) => ready)),
    close() {
      const seen = prebookings.flatMap(({ id }) => known.get(id) ?? []);
      const late = entries.filter(({ prebooking }) => known.get(prebooking.id) === undefined);
      return { entrants: seen.filter(isEntrant), decided: seen.filter(isDecided), late };
    },
  };
}

async function getReady(
  services: LookServices,
  box: GymBox,
  prebooking: Prebooking,
  limit: ReturnType<typeof pLimit>,
  time: PreparationTime,
): Promise<Ready> {
  const renewals = { hasTried: false, hasTriedAgain: false };
  for (let looks = 0; ; looks += 1) {
    let openMs = 0;
    let looking: ReturnType<typeof look> | undefined;
    await limit(() => {
      openMs = time.nowMs() - time.atMs();
      looking = look(services, box, prebooking, renewals);
      return within(services.clock, TURN_MS, looking);
    });
    const seen = (await looking) ?? { why: 'unseen' };
    if (isEntrant(seen) || isDecided(seen)) return seen;
    const outcome = outcomeOf(seen, openMs);
    if (outcome) return { prebooking, outcome };
    const pauseMs = pauseAfter(looks, time);
    if (time.nowMs() + pauseMs > time.untilMs()) return undefined;
    await services.clock.sleep(pauseMs, time.signal);
  }
}

/** What a look that began `openMs` after the instant decides; before it, nothing. */
function outcomeOf({ why, missing = 'class-gone' }: Undecided, openMs: number): Outcome | undefined {
  if (openMs < 0 || why === 'unseen') return undefined;
  if (why === 'session-dead') return why;
  return why === 'unlisted' || openMs > EMPTY_MS ? missing : undefined;
}

function pauseAfter(looks: number, { nowMs, atMs }: PreparationTime): number {
  const leftMs = atMs() - nowMs();
  if (leftMs <= 0) return LATE_PAUSE_MS;
  return Math.min(FIRST_PAUSE_MS * 2 ** looks, MAX_PAUSE_MS, leftMs + OPEN_PAUSE_MS);
}
