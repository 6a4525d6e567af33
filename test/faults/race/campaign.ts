// Plays a campaign of races, in which each batch is a wave of openings: checks each episode of a wave, and counts episodes, faults and broken
// invariants.
import { truncate } from 'node:fs/promises';
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
  secondsSince,
  withCompany,
} from '../staging/campaign.ts';
import { notesIn, readNotes } from '../staging/notes.ts';
import { castMembers, openWave } from './cast.ts';
import { check, type Violation } from './checker.ts';
import { hireRaceCrew, type RaceCrew } from './crew.ts';
import { type Episode, gather } from './episode.ts';
import { CROWDS } from './openings.ts';
import type { RaceEvent } from './orders.ts';
import { type Draw, drawWave, type WaveShape } from './plan.ts';
import { playRaces, type Stage, type Witness, watchWires } from './play.ts';
import { recover, redeliver } from './recover.ts';

export interface CampaignOptions extends Sitting {
  readonly shape: WaveShape;
  readonly only?: Draw['only'];
}

interface Count extends BatchCount {
  readonly ends: Record<string, number>;
  requests: number;
  /** How many of the forged or odd deliveries of queue messages, which signatures.ts makes, were answered. */
  crooked: number;
  /**
   * For each member of a crowd (many members that wait for one opening): milliseconds from the opening until the gym had received the member's first
   * request.
   */
  readonly crowdDelaysMs: number[];
}
export type Tally = Readonly<Count> & BatchTally;

export type RaceCompany = Company<RaceCrew>;
export const startRaceCompany = (): Promise<RaceCompany> => openCompany(hireRaceCrew);

export const runRaceCampaign = (options: CampaignOptions, shared?: RaceCompany): Promise<Tally> =>
  withCompany(shared, startRaceCompany, (company) => playAll(company, options));

function playAll(company: RaceCompany, options: CampaignOptions): Promise<Tally> {
  const { stand, crew } = company;
  const doomed: Witness['doomed'] = new Map();
  crew.serve({ watch: watchWires(doomed), engine: options.engine ?? 'real' });
  const count: Count = { ...newCount(), ends: {}, requests: 0, crooked: 0, crowdDelaysMs: [] };
  return playBatches(company, options, count, (wave) => {
    const heard = { delivered: [], withdrawals: new Map(), handed: new Map(), crashed: [], sweeps: [], crooked: [] };
    return playWave({ stand, crew, witness: { ...heard, doomed } }, options, wave, count);
  });
}

async function playWave(stage: Stage, options: CampaignOptions, wave: number, count: Count): Promise<string> {
  const { stand, crew, witness } = stage;
  const { seed, shape, only } = options;
  crew.offsetMs = 0;
  // Boxes have the same names in every wave, so what was noted about the previous wave's boxes is deleted.
  witness.doomed.clear();
  await truncate(notesIn(stand.folder), 0).catch(() => {});
  const cast = await castMembers(stand, drawWave({ seed, wave, shape, only }));
  const beganMs = performance.now();
  const openings = await openWave(stand, cast, Date.now());
  await playRaces(stage, openings);
  const playedS = secondsSince(beganMs);
  const openAtFive = new Set(await recover(stage));
  const settledS = secondsSince(beganMs);
  const lastCallId = (await stand.gym.control.history({ op: 'book' })).at(-1)?.id ?? 0;
  const placesThen = (await stand.gym.control.truth({})).reservations;
  await redeliver(stage, openings);
  const episodes = await gather(stage, openings, { openAtFive, lastCallId, placesThen });
  await tallyUp(stage, episodes, replayOf(options, wave), count);
  return (
    `${episodes.length} episodes in ${openings.length} openings (races until ${playedS} s, settled ${settledS} s), ` +
    `${witness.sweeps.length} sweeps`
  );
}

async function tallyUp(
  { stand, witness }: Stage,
  episodes: readonly Episode[],
  replay: string,
  count: Count,
): Promise<void> {
  count.episodes += episodes.length;
  for (const event of await readNotes<RaceEvent>(stand.folder))
    if (event.event === 'killed') add(count.killsByPoint, event.point ?? '');
  for (const { plan } of new Set(episodes.map((episode) => episode.opening))) {
    const { blow } = plan.fault;
    if (blow?.do === 'kill' && !witness.doomed.has(plan.slug))
      add(count.killsByPoint, `request out, ${blow.when} the effect`);
  }
  count.crooked += witness.crooked.filter((one) => one.status !== undefined).length;
  for (const episode of episodes) {
    const { opening, player, row } = episode;
    count.requests += episode.calls.length;
    add(count.ends, row?.status ?? 'gone');
    const [shot] = episode.calls;
    if (CROWDS.includes(opening.plan.fault) && shot?.op === 'book')
      count.crowdDelaysMs.push(shot.bodyReadAtMs - opening.opensAtMs);
    const faults = [...new Set([opening.plan.fault.name, player.plan.fault.name])];
    for (const name of faults) add(count.faults, name);
    const where = `${replay}, opening ${opening.plan.index}, member ${player.plan.id}`;
    for (const violation of check(episode)) count.found.push({ where, faults, violation });
  }
  const found = (invariant: Violation['invariant'], says: string, name: string, line: string) =>
    count.found.push({ where: replay, faults: [name], violation: { invariant, says, window: [line] } });
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
