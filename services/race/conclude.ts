// After the race: the place is read back, the verdict written as a line, and what a refusal taught is kept for the box.
import type { GymBox } from '../gym/gym.ts';
import type { Box } from '../store/box-store.ts';
import type { SettleLine } from '../store/claim-store.ts';
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
): Promise<SettleLine> {
  const { prebooking, session } = shots.entrant;
  const sight = await readBack(services, session, at, prebooking, shots.end);
  const verdict = judge(shots.end, sight);
  const facts = { ...times, readBackAtMs: sight && nowMs() };
  if (verdict.outcome !== 'too-early') return lineOfRaced(shots, verdict, facts, undefined);
  // Refused is final for this wish; what can be done for the member is to say when it really opens.
  const opens = opensLater(box, prebooking, services.clock.now());
  return lineOfRaced(shots, { ...verdict, reason: opens?.toISOString() }, facts, opens && inZone(opens, box.timeZone));
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
