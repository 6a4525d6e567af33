// A scene is one row of the fault catalogue: a fault that strikes many sessions at once (a full disk, a deploy, a wrong clock). A scene is played
// once in a campaign, in a batch of its own, instead of being drawn by chance; the checker of all batches and the scene's own checks judge it. This
// file holds the types of scenes and the function that plays one.

import type { SessionType } from '../../../services/session/session.ts';
import { type BatchResult, playBatch } from '../batch.ts';
import { HONEST, START, setStage } from '../campaign.ts';
import type { Player } from '../cast.ts';
import { check } from '../checker.ts';
import { type Crew, hireCrew } from '../crew.ts';
import { type Stage, watchFor } from '../deeds.ts';
import { drawPlans, type Fault, type Mode, type Plan } from '../plan.ts';
import { secondsSince } from '../staging/campaign.ts';
import { findCanaries } from '../staging/canaries.ts';
import type { Stand } from '../staging/stand.ts';
import type { WorkerSetting } from '../worker-orders.ts';

export interface Place {
  readonly stand: Stand;
  readonly stage: Stage;
  readonly crew: Crew;
}

/**
 * What one play of a scene does before and after each faulty pass, and how it judges the batch. `judge` returns what was wrong, in words; `said`
 * returns the scene's line for the report.
 */
export interface Play {
  begin?(place: Place, number: number, players: readonly Player[]): Promise<void>;
  end?(place: Place, number: number, players: readonly Player[]): Promise<void>;
  order?(number: number): { readonly concurrency?: number; readonly blockMs?: number };
  judge(place: Place, result: BatchResult): Promise<readonly string[]>;
  said?(): string;
  /** Puts the stand (the database and gym of the campaign) back as it was before the scene. */
  undo?(place: Place): Promise<void>;
}

export interface Scene {
  readonly id: string;
  readonly fault: string;
  /** True for a scene that takes seconds instead of minutes; the choice `quick` of a campaign plays only such scenes. */
  readonly isQuick: boolean;
  readonly members: number;
  readonly mode?: Mode;
  readonly special?: (slot: number, stand: Stand) => Partial<WorkerSetting>;
  /**
   * The beginning of the text of the one invariant that this scene's fault is known to break; that break is counted and reported, and is no
   * violation.
   */
  readonly excused?: string;
  /** Failure codes with which a refresh run may end in this scene, besides those of `HONEST`. */
  readonly honest?: readonly string[];
  /** Whether background or device sessions are played; absent: background sessions. */
  readonly sessionType?: SessionType;
  /** Used instead of `faults`: the faults from which the members' plans are drawn, and the number of plans with a kill. */
  readonly drawn?: { readonly from: readonly Fault[]; readonly kills: number };
  /** The planned faults: the first member meets the first fault, the second member the second, and so on; the remaining members meet none. */
  readonly faults?: readonly Fault[];
  readonly stage: () => Play;
}

export interface SceneOutcome {
  readonly id: string;
  readonly fault: string;
  /** What was wrong in the scene, in words; empty when all checks passed. */
  readonly wrong: readonly string[];
  readonly said: string;
  readonly seconds: number;
}

const BERTHS = 4;

export async function playScene(stand: Stand, scene: Scene): Promise<SceneOutcome> {
  const startedMs = performance.now();
  const stage = setStage(stand);
  const { special } = scene;
  const crew = await hireCrew({ stand, berths: BERTHS, keyring: stage.keyring, special });
  crew.serve({ watch: watchFor(stage), engine: 'real' });
  stage.crew = crew;
  stage.sessionType = scene.sessionType ?? 'background';
  const place = { stand, stage, crew };
  const play = scene.stage();
  const wrong: string[] = [];
  try {
    const result = await playBatch(stage, crew, batchOf(scene, play, place));
    wrong.push(...(await play.judge(place, result)), ...judgedByAll(crew, result, scene));
    for (const where of await findCanaries(stand)) wrong.push(`I10 a secret lies open in ${where}`);
  } catch (error) {
    wrong.push(`it could not be played: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await crew.stop();
    await play.undo?.(place);
  }
  return { id: scene.id, fault: scene.fault, wrong, said: play.said?.() ?? '', seconds: secondsSince(startedMs) };
}

function batchOf(scene: Scene, play: Play, place: Place): Parameters<typeof playBatch>[2] {
  const { members: count, drawn } = scene;
  const plans = drawn
    ? drawPlans({ seed: 1, batch: 0, count, kills: drawn.kills, only: drawn.from })
    : Array.from({ length: count }, (_, index): Plan => ({ index, faults: [scene.faults?.[index]] }));
  return {
    ...{ seed: 0, batch: 0, mode: scene.mode ?? 'strict', plans, startAt: START },
    scene: {
      begin: async (number, players) => play.begin?.(place, number, players),
      end: async (number, players) => play.end?.(place, number, players),
      order: (number) => play.order?.(number) ?? {},
    },
  };
}

/**
 * Gives the violations of a batch: those that the checker found in the episodes, the runs that ended with a failure code that is not permitted, and
 * the processes that ended by themselves.
 */
function judgedByAll(crew: Crew, { episodes, runs }: BatchResult, { excused, honest }: Scene): string[] {
  const broken = episodes.flatMap((episode) =>
    check(episode)
      .filter(({ says }) => excused === undefined || !says.startsWith(excused))
      .map(({ invariant, says, window }) => [`${invariant} ${says}`, ...window].join('\n    ')),
  );
  const dishonest = runs.flatMap(({ code, said }) =>
    code === undefined || HONEST.has(code) || honest?.includes(code)
      ? []
      : [`I9 a run ended with ${code}: ${said ?? ''}`],
  );
  return [...broken, ...dishonest, ...crew.strays().map((how) => `I9 a service process ended by itself: ${how}`)];
}

/** Returns a list with the text `wrong` if the check has failed (`isRight` is false), else an empty list. */
export const must = (isRight: boolean, wrong: string): string[] => (isRight ? [] : [wrong]);
