// All scenes in the order in which they are played, and the function that plays them one after the other.
import type { Found } from '../staging/found.ts';
import { type Stand, startStand } from '../staging/stand.ts';
import { conflicts, longExhaustion, shortExhaustion } from './conflict-scenes.ts';
import { fullDatabase, migration, staleRead, terminated } from './database-scenes.ts';
import { devices } from './device-scene.ts';
import { everybodyFails, neverEnding, receiptWindow } from './gym-scenes.ts';
import { oldKeys } from './key-scene.ts';
import { playLeak } from './leak.ts';
import { clockJump, deploy, fullDisk, standstill } from './process-scenes.ts';
import { playScene, type Scene, type SceneOutcome } from './scene.ts';

const SCENES: readonly Scene[] = [
  ...[receiptWindow, neverEnding, everybodyFails],
  ...[conflicts, shortExhaustion, longExhaustion],
  ...[terminated, staleRead, fullDatabase, migration],
  ...[devices, oldKeys],
  ...[fullDisk, deploy, standstill, clockJump],
];

/** Says which scenes a campaign plays. `quick`: only the scenes that take seconds (`isQuick`). */
export type SceneChoice = 'none' | 'quick' | 'all';

/** Plays the chosen scenes on a stand (database and gym) of their own, or on the given stand `shared`, which other campaigns use before and after. */
export async function playScenes(
  choice: SceneChoice,
  say: (line: string) => void,
  shared?: Stand,
): Promise<SceneOutcome[]> {
  if (choice === 'none') return [];
  const stand = shared ?? (await startStand());
  const outcomes: SceneOutcome[] = [];
  const tell = (outcome: SceneOutcome) => {
    outcomes.push(outcome);
    const how = outcome.wrong.length === 0 ? 'held' : 'VIOLATED';
    say(`scene ${outcome.id} ${outcome.fault}: ${how}, ${outcome.seconds} s. ${outcome.said}`);
    for (const line of outcome.wrong) say(`  ${line}`);
  };
  try {
    for (const scene of SCENES.filter(({ isQuick }) => choice === 'all' || isQuick))
      tell(await playScene(stand, scene));
    if (choice === 'all') tell(await playLeak(stand));
  } finally {
    if (!shared) await stand.stop();
  }
  return outcomes;
}

/** Gives what was wrong in the scenes as records of `Found`, the form of the violations that the checks of a campaign find. */
export const foundIn = (outcomes: readonly SceneOutcome[]): Found[] =>
  outcomes.flatMap(({ id: invariant, fault, wrong }) =>
    wrong.map((line) => ({
      ...{ where: '--scenes', faults: [] },
      violation: { invariant, says: `${fault}: ${line}`, window: [] },
    })),
  );
