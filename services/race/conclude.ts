// Collects how each entrant of one race ended. As soon as an entrant has ended, its result is checked against the gym's list and stored. Only
// entrants refused as too early wait for each other: their refusals together teach when the box opens, and their prebookings are postponed until
// then.
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
  /**
   * Resolves with the prebookings of all entrants that ended, as settled or postponed. @param taught the box, with what this race's refusals as too
   * early taught about its opening. Throws database/….
   */
  all(taught: Box): Promise<Prebooking[]>;
}

const READ_CONCURRENCY = 16;

/** Takes how each entrant ended, and settles its prebooking at once. */
export function collectEnds(race: Race): Ends {
  const settle = createSettler(race);
  const limit = pLimit(READ_CONCURRENCY);
  const lesson = Promise.withResolvers<Box>();
  const ends: Promise<Prebooking | undefined>[] = [];
  const keep = (end: Promise<Prebooking | undefined>): void => {
    // `all` awaits this promise; until then its rejection must not count as unhandled.
    end.catch(() => undefined);
    ends.push(end);
  };
  const settleRaced = async (shots: EntrantShots) => {
    // All refusals as too early together teach when the box opens. An entrant refused as too early is settled once the box's opening has been
    // learned; no other entrant waits for that.
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

/** Reads the entrant's place back from the gym, and decides the result. @param box the box, with what this race taught about its opening. */
async function conclude(race: Race, box: Box, shots: EntrantShots): Promise<SettleLine | Postponed> {
  const { prebooking, session } = shots.entrant;
  const sight = await readBack(race, session, box.at, prebooking, shots);
  const verdict = judge(shots.end, sight);
  const seen = { readBackAtMs: sight && race.nowMs() };
  // The race of this prebooking is not over: the next sweep goes on with the race, and the receipt keeps what was tried so far.
  if (shots.isLeft && verdict.status === 'refused') return leftToSweep(lineOfRaced(race, shots, verdict, seen));
  if (verdict.outcome !== 'too-early') return lineOfRaced(race, shots, verdict, seen);
  const later = opensLater(box, prebooking, race.clock.now());
  if (!later) return lineOfRaced(race, shots, verdict, seen);
  const postponed = await postpone(race, prebooking, later);
  if (postponed) return { postponed };
  // The claim expired, so the prebooking cannot be postponed. The receipt can still tell the member when the class really opens.
  return lineOfRaced(race, shots, verdict, { ...seen, gymOpensAt: inZone(later.opensAt, box.timeZone) });
}

/** A prebooking that waits for a later opening and is not settled. */
interface Postponed {
  readonly postponed: Prebooking;
}

const leftToSweep = (line: SettleLine): SettleLine => ({ ...line, status: 'claimed', outcome: undefined });

const isTooEarly = ({ end }: EntrantShots): boolean => end.do === 'stop' && end.verdict === 'too-early';

/** The box, with what this race's refusals as too early taught about its opening; one lesson serves all refused entrants. */
export async function lessonOf(race: Race, raced: readonly EntrantShots[]): Promise<Box> {
  const refused = raced.flatMap(({ entrant, end }) =>
    end.do === 'stop' && end.verdict === 'too-early' ? { slot: entrant.prebooking, announced: end.announced } : [],
  );
  const witness = refused.find(({ announced }) => announced !== undefined) ?? refused[0];
  return witness ? learnFromTooEarly(race, race.box, witness.slot, witness.announced) : race.box;
}

/** The instant as wall time in the box's zone, in a form plain enough for every language: `2026-11-24 18:00`. */
const inZone = (instant: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
