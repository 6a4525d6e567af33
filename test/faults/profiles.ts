// How much each profile of the campaigns of renewals plays: `commit` in `npm test`, `full` now and then, `nightly` by night.
import type { SceneChoice } from './scenes/scenes.ts';

export interface Profile {
  readonly batches: number;
  readonly episodesABatch: number;
  readonly killsABatch: number;
  readonly crashEvery: number;
  /** How many stands (each a database and a gym) play their share of a campaign side by side. */
  readonly stands: number;
  readonly scenes: SceneChoice;
}

export const PROFILES = {
  commit: { batches: 8, episodesABatch: 265, killsABatch: 16, crashEvery: 2, stands: 1, scenes: 'quick' },
  full: { batches: 190, episodesABatch: 265, killsABatch: 14, crashEvery: 1, stands: 2, scenes: 'all' },
  nightly: { batches: 1900, episodesABatch: 265, killsABatch: 14, crashEvery: 2, stands: 2, scenes: 'all' },
} as const satisfies Record<string, Profile>;
