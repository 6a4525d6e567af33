// How much is staged: beside all the other tests, before a change is called done, in full, by night.
import type { SceneChoice } from './scenes/scenes.ts';

export interface Profile {
  readonly batches: number;
  readonly episodesABatch: number;
  readonly killsABatch: number;
  readonly crashEvery: number;
  /** Stands side by side. */
  readonly stands: number;
  readonly scenes: SceneChoice;
}

export const PROFILES = {
  smoke: { batches: 4, episodesABatch: 40, killsABatch: 8, crashEvery: 2, stands: 1, scenes: 'none' },
  commit: { batches: 8, episodesABatch: 265, killsABatch: 12, crashEvery: 2, stands: 1, scenes: 'quick' },
  full: { batches: 190, episodesABatch: 265, killsABatch: 14, crashEvery: 1, stands: 2, scenes: 'all' },
  nightly: { batches: 1900, episodesABatch: 265, killsABatch: 14, crashEvery: 2, stands: 2, scenes: 'all' },
} as const satisfies Record<string, Profile>;

/** What `npm test` stages, unless FAULTS_PROFILE asks for more. */
export const profileOfTests = (): 'smoke' | 'commit' =>
  process.env['FAULTS_PROFILE'] === 'commit' ? 'commit' : 'smoke';

export const isProfile = (name: string): name is keyof typeof PROFILES => Object.hasOwn(PROFILES, name);
