// Where the ends of one race are brought together: each is read back, judged and written down as it comes, and none waits for another's.
// All refused entrants share what a refusal as too early taught about the box, and their wishes wait for the later opening.
import pLimit from 'p-limit';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Box } from '../store/box-store.ts';
import type { SettleLine } from '../store/claim-store.ts';
import type { Decided } from './entrant.ts';
import { learnFromTooEarly, opensLater } from './learn-opening.ts';
import type { Race } from './race-context.ts';
import { judge, readBack } from './read-back.ts';
import { createSettler, lineOfDecided, lineOfRaced, postpone } from './settle.ts';
import type { EntrantShots } from './shots.ts';

export interface Ends {
  raced(shots: EntrantShots): void;
  decided(one: Decided): void;
  /** All of them, as settled. `taught` is the box with what the refusals of this race taught. Throws database/…. */
  all(taught: Box): Promise<Prebooking[]>;
}

const READ_CONCURRENCY = 16;

/** Takes each end of the race as it comes, and settles it. */
export function collectEnds(race: Race): Ends {
  const settle = createSettler(race);
  const limit = pLimit(READ_CONCURRENCY);
  const lesson = Promise.withResolvers<Box>();
  const ends: Promise<Prebooking | undefined>[] = [];
  const keep = (end: Promise<Prebooking | undefined>): void => {
    // Awaited with all the others; until then a failure must not look unheard.
    end.catch(() => undefined);
    ends.push(end);
  };
  const settleRaced = async (shots: EntrantShots) => {
    // A refusal as too early tells the right instant, which all the refusals together teach; no other end waits for them.
    const box = isTooEarly(shots) ? await lesson.promise : race.box;
    const concluded = await limit(() => conclude(race, box, shots));
    return 'postponed' in concluded ? concluded.postponed : settle(concluded);
  };
  return {
    raced: (shots) => keep(settleRaced(shots)),
    decided: (one) => keep(settle(lineOfDecided(race, one))),
    async all(taught) {
      lesson.resolve(taught);
      return (await Promise.all(ends)).filter((one) => one !== undefined);
    },
  };
}

/** Reads the place back and judges the end. @param box as it stands after this race's lessons. */
async function conclude(race: Race, box: Box, shots: EntrantShots): Promise<SettleLine | Postponed> {
  const { prebooking, session } = shots.entrant;
  const sight = await readBack(race, session, box.at, prebooking, shots);
  const verdict = judge(shots.end, sight);
  const seen = { readBackAtMs: sight && race.nowMs() };
  // Not an end yet: the minute's sweep goes on, with what was tried so far in the receipt.
  if (shots.isLeft && verdict.status === 'refused') return leftToSweep(lineOfRaced(race, shots, verdict, seen));
  if (verdict.outcome !== 'too-early') return lineOfRaced(race, shots, verdict, seen);
  const later = opensLater(box, prebooking, race.clock.now());
  if (!later) return lineOfRaced(race, shots, verdict, seen);
  const postponed = await postpone(race, prebooking, later);
  if (postponed) return { postponed };
  // The claim ran out: what can be done for the member is to say when it really opens.
  return lineOfRaced(race, shots, verdict, { ...seen, gymOpensAt: inZone(later.opensAt, box.timeZone) });
}

/** A wish that waits for a later opening: nothing is settled. */
interface Postponed {
  readonly postponed: Prebooking;
}

const leftToSweep = (line: SettleLine): SettleLine => ({ ...line, status: 'claimed', outcome: undefined });

const isTooEarly = ({ end }: EntrantShots): boolean => end.do === 'stop' && end.verdict === 'too-early';

/** What a refusal as too early taught about the box, once for all refused entrants. */
export async function lessonOf(race: Race, raced: readonly EntrantShots[]): Promise<Box> {
  const refused = raced.flatMap(({ entrant, end }) =>
    end.do === 'stop' && end.verdict === 'too-early' ? { slot: entrant.prebooking, announced: end.announced } : [],
  );
  const witness = refused.find(({ announced }) => announced !== undefined) ?? refused[0];
  return witness ? learnFromTooEarly(race, race.box, witness.slot, witness.announced) : race.box;
}

/** Wall time in the box's zone, plain enough for every language: `2026-11-24 18:00`. */
const inZone = (instant: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
