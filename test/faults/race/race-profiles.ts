// How much of the race is played: within `npm test`, before a change is called done, in full, by night.
import type { WaveShape } from './plan.ts';

export interface RaceProfile {
  readonly waves: number;
  readonly shape: WaveShape;
}

const shape: WaveShape = {
  calm: 29,
  calmSize: 57,
  rough: 22,
  roughSize: 14,
  spanMs: 14_000,
  slow: false,
  crowds: true,
};

/** Every kind of race for its receipt: some of them within `npm test`, hundreds in full. */
export const RECEIPT_PROFILES = {
  smoke: {
    waves: 1,
    shape: { ...shape, calm: 14, calmSize: 3, rough: 0, roughSize: 3, spanMs: 6_000, leadMs: 12_000, crowds: false },
  },
  full: {
    waves: 4,
    shape: { ...shape, calm: 42, calmSize: 4, rough: 0, roughSize: 4, spanMs: 12_000, leadMs: 14_000, crowds: false },
  },
} as const satisfies Record<string, RaceProfile>;

export const RACE_PROFILES = {
  smoke: { waves: 1, shape: { ...shape, calm: 9, calmSize: 40, rough: 12, spanMs: 8_000, crowds: false } },
  commit: { waves: 1, shape },
  full: { waves: 26, shape: { ...shape, slow: true } },
  nightly: { waves: 260, shape: { ...shape, slow: true } },
} as const satisfies Record<string, RaceProfile>;

export const isRaceProfile = (name: string): name is keyof typeof RACE_PROFILES => Object.hasOwn(RACE_PROFILES, name);
