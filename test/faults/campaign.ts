// Plays a campaign of renewals: checks each episode of each batch, and counts episodes, faults and broken invariants.
import { type BatchResult, playBatch } from './batch.ts';
import { check, declaredAfterMin } from './checker.ts';
import { type Crew, hireCrew } from './crew.ts';
import { type Stage, watchFor } from './deeds.ts';
import { drawPlans, type Fault, MODES, type Mode } from './plan.ts';
import { receiptWindows } from './receipt-window.ts';
import type { SceneOutcome } from './scenes/scene.ts';
import {
  add,
  type BatchCount,
  type BatchTally,
  type Company,
  newCount,
  openCompany,
  playBatches,
  replayOf,
  type Sitting,
  withCompany,
} from './staging/campaign.ts';
import type { Done } from './staging/orders.ts';
import type { Stand } from './staging/stand.ts';

export interface CampaignOptions extends Sitting {
  readonly episodesABatch: number;
  readonly killsABatch: number;
  readonly modes?: readonly Mode[];
  /** The faults from which each episode's faults are drawn; when absent, all faults. */
  readonly only?: readonly Fault[] | undefined;
  /** Postgres is crashed in every n-th batch; 0 means in no batch. */
  readonly crashEvery: number;
  /** What is run in the later rounds of the first faulty pass; `BatchOptions` says what the two values mean. */
  readonly again?: 'cron' | 'troubled';
}

export interface Tally extends BatchTally, Readonly<Count> {
  /** The outcomes of the scenes (`scenes/`). Each scene is played once, after the campaign's batches, and has members of its own. */
  readonly scenes: readonly SceneOutcome[];
}

interface Count extends BatchCount {
  readonly byMode: Record<string, number>;
  crashes: number;
  lostUnreceived: number;
  declaredDead: number;
  /**
   * For each session declared dead: the minutes from the instant at which the service could first know of the loss to the end of the round in which a
   * pass declared the session dead.
   */
  readonly declaredAfterMin: number[];
  renewals: number;
  /** For each answer of the gym that a process received: the milliseconds for which the answer was only in memory, before the spool had it. */
  readonly receiptWindowsMs: number[];
  readonly runCodes: Record<string, number>;
}

export const START = new Date('2026-03-01T12:00:00Z');

export type RenewCompany = Company<Crew>;

/**
 * How many service processes a campaign has: three run a pass side by side, one competes for leases when a fault says so, two can replace a killed
 * one.
 */
const BERTHS = 6;

export const startCompany = (): Promise<RenewCompany> =>
  openCompany((stand) => hireCrew({ stand, berths: BERTHS, keyring: ringOf(stand) }));

export const runCampaign = (options: CampaignOptions, shared?: RenewCompany): Promise<Tally> =>
  withCompany(shared, startCompany, (company) => playAll(company, options));

/**
 * Gives the service processes' keyring as in the middle of a key rotation: its old key wraps the members' existing keys, and its first key wraps new
 * ones.
 */
const ringOf = (stand: Stand): string =>
  `k2:${Buffer.alloc(32, 7).toString('base64')},${stand.secrets.sealKeys.reveal()}`;

export function setStage(stand: Stand): Stage {
  const keyring = ringOf(stand);
  const names = { struck: new Map(), relogged: new Map(), left: new Set<string>(), stolen: new Set<string>() };
  return { stand, keyring, sessionType: 'background', crew: undefined, nowMs: START.getTime(), pending: [], ...names };
}

async function playAll(company: RenewCompany, options: CampaignOptions): Promise<Tally> {
  const { stand, crew } = company;
  const stage = setStage(stand);
  crew.serve({ watch: watchFor(stage), engine: options.engine ?? 'real' });
  stage.crew = crew;
  const count: Count = {
    ...{ ...newCount(), byMode: {}, crashes: 0, lostUnreceived: 0, declaredDead: 0, declaredAfterMin: [] },
    ...{ renewals: 0, receiptWindowsMs: [], runCodes: {} },
  };
  const tally = await playBatches(company, options, count, (batch) => playOne(stage, crew, options, batch, count));
  for (const [name, n] of stage.struck) add(count.faults, name, n);
  return { ...tally, scenes: [] };
}

/**
 * Gives what is the same for all sessions of a batch: the mode in which the gym treats replaced tokens, and the pass in which Postgres is crashed, if
 * any.
 */
export function batchOf({ modes = MODES, crashEvery }: Pick<CampaignOptions, 'modes' | 'crashEvery'>, batch: number) {
  const crashIn = crashEvery > 0 && batch % crashEvery === crashEvery - 1 ? batch % 3 : undefined;
  return { batch, mode: modes[batch % modes.length] as Mode, crashIn };
}

async function playOne(
  stage: Stage,
  crew: Crew,
  options: CampaignOptions,
  batch: number,
  count: Count,
): Promise<string> {
  const { seed, episodesABatch, killsABatch, only, again } = options;
  const whole = batchOf(options, batch);
  const plans = drawPlans({ seed, batch, count: episodesABatch, kills: killsABatch, only });
  const result = await playBatch(stage, crew, { seed, ...whole, plans, startAt: START, again });
  if (whole.crashIn !== undefined) count.crashes += 1;
  tallyUp(result, whole.mode, `${replayOf(options, batch)}, gym in ${whole.mode} mode`, count);
  return `${plans.length} episodes, gym in ${whole.mode} mode`;
}

/** The error codes with which a refresh run may end although the service did nothing wrong. */
export const HONEST = new Set([
  'refresh/nothing-updated',
  'refresh/mostly-skipped',
  'refresh/selector-broken',
  'database/unavailable',
]);

function tallyUp({ episodes, runs }: BatchResult, mode: Mode, where: string, count: Count): void {
  const { faults } = count;
  count.episodes += episodes.length;
  add(count.byMode, mode, episodes.length);
  for (const run of runs) noteRun(run, where, count);
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
    const { plan } = episode;
    const struck = plan.faults.map((fault) => fault?.name ?? '–');
    for (const violation of check(episode))
      count.found.push({ where: `${where}, episode ${plan.index}`, faults: struck, violation });
  }
}

function noteRun({ code, said = '' }: Done, where: string, count: Count): void {
  if (code === undefined) return;
  add(count.runCodes, code);
  if (HONEST.has(code)) return;
  const says = `a run ended with ${code}: ${said}`;
  count.found.push({ where, faults: [], violation: { invariant: 'I9', says, window: [] } });
}
