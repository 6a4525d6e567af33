// Where the ends of one race are brought together: each is read back, judged and written down as it comes, and nobody waits for another's.
import pLimit from 'p-limit';
import type { ClockEstimate } from '../gym/clock-estimate.ts';
import type { GymBox } from '../gym/gym.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Box } from '../store/rows.ts';
import { conclude, isTooEarly } from './conclude.ts';
import type { Decided } from './entrant.ts';
import type { OpeningServices } from './race-context.ts';
import { createSettler, lineOfDecided } from './settle.ts';
import type { EntrantShots } from './shots.ts';

/** What the ends must know of their opening. Epoch ms on the race's clock. */
export interface Ending {
  readonly box: Box;
  readonly at: GymBox;
  readonly opensAt: Date;
  readonly wokenAtMs: number;
  readonly anchorMs: number;
  readonly estimate: ClockEstimate | undefined;
}

export interface Ends {
  /** Everything is loaded; said before the first `raced`. */
  ready(atMs: number): void;
  raced(shots: EntrantShots): void;
  decided(one: Decided): void;
  /** All of them, as settled. `taught` is the box with what the refusals of this race taught. Throws database/…. */
  all(taught: Box): Promise<Prebooking[]>;
}

const READ_CONCURRENCY = 16;

export function collectEnds(services: OpeningServices, opening: Ending): Ends {
  const { opensAt, wokenAtMs, box, anchorMs, estimate } = opening;
  const nowMs = () => anchorMs + services.clock.monotonicMs();
  const settle = createSettler(services);
  const limit = pLimit(READ_CONCURRENCY);
  const lesson = Promise.withResolvers<Box>();
  const ends: Promise<Prebooking | undefined>[] = [];
  let readyAtMs = nowMs();
  const keep = (end: Promise<Prebooking | undefined>): void => {
    // Awaited with all the others; until then a failure must not look unheard.
    end.catch(() => undefined);
    ends.push(end);
  };
  const settleRaced = async (shots: EntrantShots) => {
    // Who was refused as too early is told the right instant, which all the refusals together teach; nobody else waits for them.
    const known = isTooEarly(shots) ? await lesson.promise : box;
    const times = { opensAt, wokenAtMs, readyAtMs, clockOffsetMs: estimate?.offsetMs, rttMs: estimate?.rttMs };
    return settle(await limit(() => conclude(services, { ...opening, box: known }, shots, times, nowMs)));
  };
  return {
    ready: (atMs) => {
      readyAtMs = atMs;
    },
    raced: (shots) => keep(settleRaced(shots)),
    decided: (one) => keep(settle(lineOfDecided(one, { opensAt, wokenAtMs }))),
    async all(taught) {
      lesson.resolve(taught);
      return (await Promise.all(ends)).filter((one) => one !== undefined);
    },
  };
}
