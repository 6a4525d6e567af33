// How many races each profile of the race campaign plays: `smoke` in `npm test`, `commit` in `npm run test:faults`, `full` and `nightly` only where
// `npm run faults -- --only race --profile …` names them.
import { BLOWS, GYM, QUEUE, RECEIPTS } from './openings.ts';
import type { Draw, WaveShape } from './plan.ts';

export interface RaceProfile {
  readonly batches: number;
  readonly shape: WaveShape;
  readonly only?: Draw['only'];
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

/** The names of the planned faults after which `npm test` checks the receipts; to play all faults of the profile `full` would take too long there. */
const TOLD: readonly string[] = [
  'kill after:arm',
  'kill with the request out, after the effect',
  'kill before:settle',
  'gym refuses connections',
  'one delivery',
  'never delivered',
  'delivered 4 min late',
  'delivered 11 min late',
];

/**
 * The profiles of campaigns that check receipts, with races of every kind. The profile `smoke` plays a few races in `npm test`; `full` plays hundreds
 * in `npm run faults -- --only receipts`.
 */
export const RECEIPT_PROFILES = {
  smoke: {
    batches: 1,
    shape: { ...shape, calm: 14, calmSize: 3, rough: 0, roughSize: 3, spanMs: 6_000, leadMs: 12_000, crowds: false },
    only: { openings: [...RECEIPTS, ...[...BLOWS, ...QUEUE].filter(({ name }) => TOLD.includes(name))] },
  },
  full: {
    batches: 4,
    shape: { ...shape, calm: 42, calmSize: 4, rough: 0, roughSize: 4, spanMs: 12_000, leadMs: 14_000, crowds: false },
    only: { openings: [...RECEIPTS, ...QUEUE, ...GYM, ...BLOWS] },
  },
} as const satisfies Record<string, RaceProfile>;

export const RACE_PROFILES = {
  smoke: { batches: 1, shape: { ...shape, calm: 9, calmSize: 40, rough: 12, spanMs: 8_000, crowds: false } },
  commit: { batches: 1, shape },
  full: { batches: 26, shape: { ...shape, slow: true } },
  nightly: { batches: 260, shape: { ...shape, slow: true } },
} as const satisfies Record<string, RaceProfile>;
