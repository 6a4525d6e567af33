// A campaign of races: a number of waves on one stand with one crew, each episode checked, everything counted.
import { truncate } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Stand, startStand } from '../stand.ts';
import { type Batching, castMembers, openWave } from './cast.ts';
import { check, type Violation } from './checker.ts';
import { hireRaceCrew, type RaceCrew } from './crew.ts';
import { type Episode, gather, readEvents } from './episode.ts';
import { leaksIn } from './leaks.ts';
import { CROWDS } from './openings.ts';
import { type Draw, drawWave, type WaveShape } from './plan.ts';
import { playRaces, type Stage, type Witness, watchWires } from './play.ts';
import { recover, redeliver } from './recover.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** The number of the first wave: a replay names it. */
  readonly firstWave?: number;
  readonly waves: number;
  readonly shape: WaveShape;
  /** Played on this one, which is then left standing; on one of its own when absent. */
  readonly stand?: Stand | undefined;
  readonly engine?: string;
  /** Slots for processes that get a fault; 0 without any. */
  readonly rough?: number;
  readonly only?: Draw['only'];
  readonly say: (line: string) => void;
}

export interface Found {
  readonly where: string;
  /** Names of its faults. */
  readonly faults: readonly string[];
  readonly violation: Violation;
}

export interface Tally {
  readonly seed: number;
  readonly waves: number;
  readonly episodes: number;
  readonly faults: Record<string, number>;
  readonly ends: Record<string, number>;
  readonly kills: number;
  readonly killsByPoint: Record<string, number>;
  readonly requests: number;
  /** Odd deliveries that were answered. */
  readonly crooked: number;
  /** For the members that waited for one instant in a crowd: from the opening until the gym had the first request, ms. */
  readonly crowdDelaysMs: readonly number[];
  readonly found: readonly Found[];
  readonly seconds: number;
  readonly machine: string;
}

/** Processes without a fault, and slots for those with one. */
const CALM = 3;
const ROUGH = 5;

export async function runRaceCampaign(options: CampaignOptions): Promise<Tally> {
  const startedMs = performance.now();
  const stand = options.stand ?? (await startStand());
  try {
    const first = options.firstWave ?? 0;
    const cast = (wave: number) => castMembers(stand, drawWave({ ...options, wave }));
    const doomed: Witness['doomed'] = new Map();
    // The processes start while the first members are created.
    const [crew, firstCompany] = await Promise.all([
      hireRaceCrew({
        stand,
        engine: options.engine ?? 'real',
        calm: CALM,
        rough: options.rough ?? ROUGH,
        watch: watchWires(doomed),
      }),
      cast(first),
    ]);
    const count: Count = {
      episodes: 0,
      faults: {},
      ends: {},
      killsByPoint: {},
      requests: 0,
      crooked: 0,
      crowdDelaysMs: [],
      found: [],
    };
    try {
      for (let wave = first; wave < first + options.waves; wave++) {
        const witness: Witness = {
          delivered: [],
          withdrawals: new Map(),
          handed: new Map(),
          crashed: [],
          sweeps: [],
          crooked: [],
          doomed,
        };
        await clear(stand, crew);
        // Boxes have the same names in every wave.
        doomed.clear();
        const company = wave === first ? firstCompany : await cast(wave);
        await playWave({ stand, crew, witness }, company, { seed: options.seed, wave }, options.say, count);
      }
    } finally {
      await crew.stop();
    }
    const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
    const machine = `${availableParallelism()} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
    return { ...count, seed: options.seed, waves: options.waves, kills: crew.kills(), seconds, machine };
  } finally {
    if (!options.stand) await stand.stop();
  }
}

type Count = { -readonly [K in 'episodes' | 'requests' | 'crooked']: number } & Pick<
  Tally,
  'faults' | 'ends' | 'killsByPoint'
> & {
    crowdDelaysMs: number[];
    found: Found[];
  };

const add = (to: Record<string, number>, name: string, by = 1): void => {
  to[name] = (to[name] ?? 0) + by;
};

async function playWave(
  stage: Stage,
  company: Batching,
  { seed, wave }: { seed: number; wave: number },
  say: CampaignOptions['say'],
  count: Count,
): Promise<void> {
  const { stand, crew, witness } = stage;
  const beganMs = performance.now();
  const openings = await openWave(stand, company, Date.now());
  await playRaces(stage, openings);
  const playedMs = performance.now() - beganMs;
  const openAtFive = new Set(await recover(stage));
  const recoveredMs = performance.now() - beganMs;
  const lastCallId = (await stand.gym.control.history({ op: 'book' })).at(-1)?.id ?? 0;
  const placesThen = (await stand.gym.control.truth({})).reservations;
  await redeliver(stage, openings);
  const episodes = await gather(stage, openings, { seed, wave }, { openAtFive, lastCallId, placesThen });
  const before = count.found.length;
  await tallyUp(stage, episodes, count);
  const s = (ms: number) => (ms / 1000).toFixed(1);
  say(
    `wave ${wave}: ${episodes.length} episodes in ${openings.length} openings, ${s(performance.now() - beganMs)} s ` +
      `(races until ${s(playedMs)}, settled ${s(recoveredMs)}), ${crew.kills()} kills so far, ${witness.sweeps.length} sweeps, ${count.found.length - before} violations`,
  );
  // At once: a long campaign may be ended before its report.
  for (const { where, faults, violation } of count.found.slice(before))
    for (const line of [
      `  ${violation.invariant} ${violation.says} (${faults.join(' · ')}; ${where})`,
      ...violation.window,
    ])
      say(`  ${line}`);
}

async function clear(stand: Stand, crew: RaceCrew): Promise<void> {
  crew.offsetMs = 0;
  for (const name of ['race-events.jsonl', 'service.log']) await truncate(join(stand.folder, name), 0).catch(() => {});
}

async function tallyUp({ stand, witness }: Stage, episodes: readonly Episode[], count: Count): Promise<void> {
  count.episodes += episodes.length;
  for (const event of await readEvents(stand.folder))
    if (event.event === 'killed') add(count.killsByPoint, event.point ?? '');
  for (const { plan } of new Set(episodes.map((episode) => episode.opening))) {
    const { blow } = plan.fault;
    if (blow?.do === 'kill' && !witness.doomed.has(plan.slug))
      add(count.killsByPoint, `request out, ${blow.when} the effect`);
  }
  count.crooked += witness.crooked.filter((one) => one.status !== undefined).length;
  for (const episode of episodes) {
    const { seed, wave, opening, player, row } = episode;
    count.requests += episode.calls.length;
    add(count.ends, row?.status ?? 'gone');
    const [shot] = episode.calls;
    if (CROWDS.includes(opening.plan.fault) && shot?.op === 'book')
      count.crowdDelaysMs.push(shot.bodyReadAtMs - opening.opensAtMs);
    const faults = [...new Set([opening.plan.fault.name, player.plan.fault.name])];
    for (const name of faults) add(count.faults, name);
    const where = `--seed ${seed} --wave ${wave}, opening ${opening.plan.index}, member ${player.plan.id}`;
    for (const violation of check(episode)) count.found.push({ where, faults, violation });
  }
  const where = `--seed ${episodes[0]?.seed} --wave ${episodes[0]?.wave}`;
  const found = (invariant: Violation['invariant'], says: string, name: string, line: string) =>
    count.found.push({ where, faults: [name], violation: { invariant, says, window: [line] } });
  for (const line of await leaksIn(stand.folder)) found('I10', 'a secret in the log', '', line);
  for (const { by, done, opening } of witness.delivered) {
    const status = (done?.report as { status?: number } | undefined)?.status;
    const line = `opening ${opening.plan.index}: ${JSON.stringify(done)}`;
    if (status === undefined) continue;
    if (by === 'forged' && (status < 400 || status >= 500))
      found('I9', 'a forged delivery was let in', opening.plan.fault.name, line);
    if (by === 'door' && status >= 500 && status !== 503)
      found('I9', 'a delivery broke the door', opening.plan.fault.name, line);
  }
  for (const { one, status } of witness.crooked) {
    const isFine = status === undefined || one.may.includes(status);
    if (!isFine)
      found(
        'I9',
        'a crooked delivery was answered wrongly',
        'crooked deliveries',
        `${one.name}: ${status}, expected ${one.may.join(' or ')}`,
      );
  }
}
