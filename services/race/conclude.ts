// After the race: the place is read back, the verdict written as a line, and what a refusal taught is kept for the box.
import type { GymBox } from '../gym/gym.ts';
import type { PossibleOpening } from '../prebooking/possible-openings.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { SettleLine } from '../store/prebooking-store.ts';
import type { Box } from '../store/rows.ts';
import { learnFromTooEarly, opensLater } from './learn-opening.ts';
import type { OpeningServices } from './race-context.ts';
import { judge, readBack } from './read-back.ts';
import { lineOfRaced } from './settle.ts';
import type { EntrantShots } from './shots.ts';

/** Epoch ms on the race's clock. */
export interface RaceTimes {
  readonly opensAt: Date;
  readonly wokenAtMs: number;
  readonly readyAtMs: number;
  readonly clockOffsetMs?: number | undefined;
  readonly rttMs?: number | undefined;
}

export async function conclude(
  services: OpeningServices,
  { box, at }: { box: Box; at: GymBox },
  shots: EntrantShots,
  times: RaceTimes,
  nowMs: () => number,
): Promise<SettleLine | Postponed> {
  const { prebooking, session } = shots.entrant;
  const sight = await readBack(services, session, at, prebooking, shots);
  const verdict = judge(shots.end, sight);
  const facts = { ...times, readBackAtMs: sight && nowMs() };
  if (verdict.outcome !== 'too-early') return lineOfRaced(shots, verdict, facts, undefined);
  const later = opensLater(box, prebooking, services.clock.now());
  const postponed = later && (await postpone(services, prebooking, later));
  return postponed ?? lineOfRaced(shots, verdict, facts, later && inZone(later.opensAt, box.timeZone));
}

/** A wish that waits for a later opening: nothing is settled. */
export interface Postponed {
  readonly postponed: Prebooking;
}

/** The gym contradicts our hour: the wish is kept for the next instant at which it may open. */
async function postpone(
  { store, clock, logger }: OpeningServices,
  { id, claimEpoch }: Prebooking,
  later: PossibleOpening,
): Promise<Postponed | undefined> {
  const postponed = await store.postponePrebooking({ id, epoch: claimEpoch, ...later, now: clock.now() });
  if (!postponed) return undefined;
  logger.info({ prebookingId: id, opensAt: later.opensAt }, 'race: too early, postponed');
  return { postponed };
}

export const isTooEarly = ({ end }: EntrantShots): boolean => end.do === 'stop' && end.verdict === 'too-early';

/** What a refusal as too early taught about the box, once for all who were refused. */
export async function lessonOf(services: OpeningServices, box: Box, raced: readonly EntrantShots[]): Promise<Box> {
  const refused = raced.flatMap(({ entrant, end }) =>
    end.do === 'stop' && end.verdict === 'too-early' ? { slot: entrant.prebooking, announced: end.announced } : [],
  );
  const witness = refused.find(({ announced }) => announced !== undefined) ?? refused[0];
  return witness ? learnFromTooEarly(services, box, witness.slot, witness.announced) : box;
}

/** Wall time in the box's zone, plain enough for every language: `2026-11-24 18:00`. */
const inZone = (instant: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(instant);
