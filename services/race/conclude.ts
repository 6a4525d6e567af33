// Collects what became of each entrant of one race. As soon as an entrant's shots are over, its result is checked against the gym's list and stored.
// Only the results of entrants refused as too early wait for each other: their refusals together teach when the box opens the class, and their
// prebookings are postponed to that instant.
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
   * Resolves with the prebookings of all collected entrants, once each is settled or postponed. @param taught the box as it is stored after the
   * lesson from this race's too-early refusals (`lessonOf`). Throws database/….
   */
  all(taught: Box): Promise<Prebooking[]>;
}

const READ_CONCURRENCY = 16;

/** Creates the collector, which receives what became of each entrant and settles the entrant's prebooking as soon as its result is known. */
export function collectEnds(race: Race): Ends {
  const settle = createSettler(race);
  const limit = pLimit(READ_CONCURRENCY);
  const lesson = Promise.withResolvers<Box>();
  const ends: Promise<Prebooking | undefined>[] = [];
  const keep = (end: Promise<Prebooking | undefined>): void => {
    // The collector's function `all` awaits this promise; until `all` is called, a rejection of the promise must not count as unhandled.
    end.catch(() => undefined);
    ends.push(end);
  };
  const settleRaced = async (shots: EntrantShots) => {
    // All refusals as too early of this race together teach when the box opens its classes. An entrant refused as too early is settled only when this
    // race's refusals have taught when the box opens the class; no other entrant waits for that.
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

/**
 * Reads from the gym's list what place the entrant got, and decides the result for its prebooking. @param box the box, with what this race taught
 * about when the box opens its classes.
 */
async function conclude(race: Race, box: Box, shots: EntrantShots): Promise<SettleLine | Postponed> {
  const { prebooking, session } = shots.entrant;
  const sight = await readBack(race, session, box.at, prebooking, shots);
  const verdict = judge(shots.end, sight);
  const seen = { readBackAtMs: sight && race.nowMs() };
  // This prebooking's race is not over: the next sweep goes on with it, and the receipt keeps the requests tried so far.
  if (shots.isLeft && verdict.status === 'refused') return leftToSweep(lineOfRaced(race, shots, verdict, seen));
  if (verdict.outcome !== 'too-early') return lineOfRaced(race, shots, verdict, seen);
  const later = opensLater(box, prebooking, race.clock.now());
  if (!later) return lineOfRaced(race, shots, verdict, seen);
  const postponed = await postpone(race, prebooking, later);
  if (postponed) return { postponed };
  // The claim on the prebooking has expired or was taken over, so this process cannot postpone the prebooking. The result is "too early", and the
  // receipt tells the member when the class really opens.
  return lineOfRaced(race, shots, verdict, { ...seen, gymOpensAt: inZone(later.opensAt, box.timeZone) });
}

/** A prebooking that was not settled, because it now waits for a later opening. */
interface Postponed {
  readonly postponed: Prebooking;
}

const leftToSweep = (line: SettleLine): SettleLine => ({ ...line, status: 'claimed', outcome: undefined });

const isTooEarly = ({ end }: EntrantShots): boolean => end.do === 'stop' && end.verdict === 'too-early';

/**
 * Learns the box's opening rule from one shot of this race that the gym refused as too early, if possible one whose refusal announced the opening.
 * Returns the box as it is stored after the lesson.
 */
export async function lessonOf(race: Race, raced: readonly EntrantShots[]): Promise<Box> {
  const refused = raced.flatMap(({ entrant, end }) =>
    end.do === 'stop' && end.verdict === 'too-early' ? { slot: entrant.prebooking, announced: end.announced } : [],
  );
  const witness = refused.find(({ announced }) => announced !== undefined) ?? refused[0];
  return witness ? learnFromTooEarly(race, race.box, witness.slot, witness.announced) : race.box;
}

/** The instant as wall time in the box's zone, in a form that members of every language can read: `2026-11-24 18:00`. */
const inZone = (instant: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
