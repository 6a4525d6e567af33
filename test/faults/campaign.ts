// A campaign: a number of batches with a number of episodes each, on one stand with one crew. Each episode is checked, everything is counted.
import { availableParallelism } from 'node:os';
import { type BatchResult, playBatch } from './batch.ts';
import { findCanaries } from './canaries.ts';
import { check, declaredAfterMin } from './checker.ts';
import { type Crew, type Done, hireCrew } from './crew.ts';
import { type Stage, watchFor } from './deeds.ts';
import type { Episode, Violation } from './episode.ts';
import { drawPlans, type Fault, MODES, type Mode } from './plan.ts';
import { receiptWindows } from './receipt-window.ts';
import { linesOfFound } from './report.ts';
import type { SceneOutcome } from './scenes/scene.ts';
import { type Stand, startStand } from './stand.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly batches: number;
  /** The first batch's number, for a replay; 0 when absent. */
  readonly from?: number;
  readonly episodesABatch: number;
  readonly killsABatch: number;
  readonly modes?: readonly Mode[];
  /** `real`, or a wrong twin's name. */
  readonly engine?: string;
  /** Draw from these faults only. */
  readonly only?: readonly Fault[] | undefined;
  /** Crash Postgres in every n-th batch; 0 never. */
  readonly crashEvery: number;
  /** See BatchOptions. */
  readonly again?: 'cron' | 'troubled';
  /** Stop at the first violation. */
  readonly untilRed?: boolean;
  readonly say: (line: string) => void;
}

export interface Found {
  readonly episode: Pick<Episode, 'seed' | 'batch' | 'mode' | 'plan'>;
  readonly violation: Violation;
}

export interface Tally {
  readonly seed: number;
  readonly episodes: number;
  readonly byMode: Record<string, number>;
  readonly faults: Record<string, number>;
  readonly kills: number;
  readonly killsByPoint: Record<string, number>;
  readonly crashes: number;
  readonly lostUnreceived: number;
  readonly declaredDead: number;
  /** Minutes from when a loss could be known to the pass that found it declared, one for each session declared dead. */
  readonly declaredAfterMin: readonly number[];
  readonly renewals: number;
  /** How long each received answer was in memory only. */
  readonly receiptWindowsMs: readonly number[];
  /** Played beside the campaign, once (scenes/). */
  readonly scenes: readonly SceneOutcome[];
  readonly found: readonly Found[];
  readonly runCodes: Record<string, number>;
  readonly seconds: number;
  readonly machine: string;
}

export const START = new Date('2026-03-01T12:00:00Z');

/** A stand and the processes that renew on it; several campaigns may use it, one after the other. */
export interface Batching {
  readonly stand: Stand;
  readonly crew: Crew;
  stop(): Promise<void>;
}

/** Three run side by side, one helps, the others stand ready. */
const BERTHS = 6;

export async function startCompany(): Promise<Batching> {
  const stand = await startStand();
  try {
    const crew = await hireCrew({ stand, berths: BERTHS, keyring: ringOf(stand) });
    return { stand, crew, stop: () => crew.stop().finally(stand.stop) };
  } catch (cause) {
    await stand.stop();
    throw cause;
  }
}

/** With a company of its own, or with one that others use before and after. */
export async function runCampaign(options: CampaignOptions, shared?: Batching): Promise<Tally> {
  const startedMs = performance.now();
  const company = shared ?? (await startCompany());
  try {
    return await playAll(company, options, startedMs);
  } finally {
    if (!shared) await company.stop();
  }
}

/** The members' keys are made under the old key of the ring; the first one is the new one, as in the middle of a rotation. */
const ringOf = (stand: Stand): string =>
  `k2:${Buffer.alloc(32, 7).toString('base64')},${stand.secrets.sealKeys.reveal()}`;

export function setStage(stand: Stand): Stage {
  const keyring = ringOf(stand);
  const names = { struck: new Map(), relogged: new Map(), left: new Set<string>(), stolen: new Set<string>() };
  return { stand, keyring, sessionType: 'background', crew: undefined, nowMs: START.getTime(), pending: [], ...names };
}

async function playAll({ stand, crew }: Batching, options: CampaignOptions, startedMs: number): Promise<Tally> {
  const stage = setStage(stand);
  crew.serve({ watch: watchFor(stage), engine: options.engine ?? 'real' });
  stage.crew = crew;
  const count = newCount();
  const killedBefore = crew.kills();
  const from = options.from ?? 0;
  for (let batch = from; batch < from + options.batches; batch++) {
    await playOne(stage, crew, options, batch, count);
    if (options.untilRed && count.found.length > 0) break;
  }
  return {
    ...{ seed: options.seed, ...count, kills: crew.kills() - killedBefore, faults: allFaults(stage, count) },
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    machine: `${availableParallelism()} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`,
  };
}

const allFaults = ({ struck }: Stage, { faults }: Count): Record<string, number> =>
  Object.fromEntries([...Object.entries(faults), ...struck].sort(([a], [b]) => (a < b ? -1 : 1)));

const newCount = () => ({
  episodes: 0,
  byMode: {} as Record<string, number>,
  faults: {} as Record<string, number>,
  killsByPoint: {} as Record<string, number>,
  crashes: 0,
  lostUnreceived: 0,
  declaredDead: 0,
  declaredAfterMin: [] as number[],
  renewals: 0,
  receiptWindowsMs: [] as number[],
  scenes: [] as SceneOutcome[],
  found: [] as Found[],
  runCodes: {} as Record<string, number>,
});
type Count = ReturnType<typeof newCount>;

const add = (to: Record<string, number>, name: string, by = 1): void => {
  to[name] = (to[name] ?? 0) + by;
};

async function playOne(stage: Stage, crew: Crew, options: CampaignOptions, batch: number, count: Count): Promise<void> {
  const { seed, episodesABatch, killsABatch, only, crashEvery, say } = options;
  const modes = options.modes ?? MODES;
  const mode = modes[batch % modes.length] as Mode;
  const beganMs = performance.now();
  const plans = drawPlans({ seed, batch, count: episodesABatch, kills: killsABatch, only });
  const crashIn = crashEvery > 0 && batch % crashEvery === crashEvery - 1 ? batch % 3 : undefined;
  const result = await playBatch(stage, crew, {
    seed,
    batch,
    mode,
    plans,
    startAt: START,
    crashIn,
    again: options.again,
  });
  if (crashIn !== undefined) count.crashes += 1;
  const before = count.found.length;
  tallyUp(result, mode, count);
  for (const how of crew.strays())
    noteBatch(count, { seed, batch, mode }, 'I9', `a service process ended by itself: ${how}`);
  for (const place of await findCanaries(stage.stand))
    noteBatch(count, { seed, batch, mode }, 'I10', `a secret lies open in ${place}`);
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1);
  say(
    `batch ${batch}: ${plans.length} episodes, gym in ${mode} mode, ${seconds} s, ${crew.kills()} kills so far, ${count.found.length - before} violations`,
  );
  // At once: a long campaign tells nothing else before its end.
  for (const one of count.found.slice(before)) for (const line of linesOfFound(one)) say(line);
}

/** Codes with which a run may end and still be correct. */
export const HONEST = new Set([
  'refresh/nothing-updated',
  'refresh/mostly-skipped',
  'refresh/selector-broken',
  'database/unavailable',
]);

function tallyUp({ episodes, runs }: BatchResult, mode: Mode, count: Count): void {
  const { faults } = count;
  count.episodes += episodes.length;
  add(count.byMode, mode, episodes.length);
  for (const run of runs) noteRun(run, episodes[0], count);
  for (const episode of episodes) {
    count.renewals += episode.calls.length;
    count.receiptWindowsMs.push(...receiptWindows(episode));
    if (episode.gymAlive && episode.working.length === 0 && !episode.hasLeft) count.lostUnreceived += 1;
    if (episode.seen.at(-1)?.status === 'needs-login') count.declaredDead += 1;
    count.declaredAfterMin.push(...declaredAfterMin(episode));
    for (const event of episode.events) {
      if (event.event !== 'killed') continue;
      add(count.killsByPoint, event.point ?? '');
      add(faults, `kill ${event.point}`);
    }
    const { seed, batch, plan } = episode;
    for (const violation of check(episode)) count.found.push({ episode: { seed, batch, mode, plan }, violation });
  }
}

function noteRun(run: Done, episode: Episode | undefined, count: Count): void {
  if (run.code === undefined) return;
  add(count.runCodes, run.code);
  if (HONEST.has(run.code) || !episode) return;
  noteBatch(count, episode, 'I9', `a run ended with ${run.code}: ${run.said ?? ''}`);
}

/** What a whole batch has to answer for, not one of its episodes. */
function noteBatch(
  count: Count,
  { seed, batch, mode }: Pick<Episode, 'seed' | 'batch' | 'mode'>,
  invariant: Violation['invariant'],
  says: string,
): void {
  count.found.push({
    episode: { seed, batch, mode, plan: { index: -1, faults: [] } },
    violation: { invariant, says, window: [] },
  });
}
