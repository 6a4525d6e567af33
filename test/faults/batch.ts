// Plays one batch of episodes: creates the members, plays passes with planned faults and then calm ones, and collects what every witness (gym,
// database, processes) saw. The clocks of the campaign and of the pretend gym are moved by hand between the passes. The episodes are judged in
// checker.ts and not in this file.
import { randomUUID } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import type { KnobInput, KnobKind } from '../../simulator/knob-shapes.ts';
import { castPlayers, type Player } from './cast.ts';
import type { Crew } from './crew.ts';
import { freshen, type Stage } from './deeds.ts';
import type { Episode } from './episode.ts';
import { gather, readKilled } from './gather.ts';
import { isKill, type Mode, type Plan, type Point } from './plan.ts';
import { type Opened, type Seen, takeSnapshot } from './snapshot.ts';
import { moveOn } from './staging/clocks.ts';
import { notesIn } from './staging/notes.ts';
import type { Done } from './staging/orders.ts';

const MINUTE_MS = 60_000;
const FAULTY = 3;
/**
 * The calm passes (without planned faults), each with the minutes from the last faulty pass to it. As in production, cron runs every twenty minutes.
 * The pass over troubled sessions runs each minute in production, and in a batch only at some of the minutes between two runs of cron.
 */
const CALM: readonly (readonly [number, 'cron' | 'troubled'])[] = [
  ...[1, 2, 3, 4, 5, 6, 8, 11, 13, 15, 17, 19].map((at) => [at, 'troubled'] as const),
  [20, 'cron'],
  ...[21, 22, 24, 27, 31, 36].map((at) => [at, 'troubled'] as const),
  [40, 'cron'],
  [41, 'troubled'],
  [43, 'troubled'],
  // A session that has spent its eight renewal tries of an hour is renewed only after that hour, so the passes without planned faults go on for
  // longer than an hour.
  [60, 'cron'],
  ...[61, 62, 64, 67, 72, 78].map((at) => [at, 'troubled'] as const),
  [80, 'cron'],
  ...[81, 83, 87, 95].map((at) => [at, 'troubled'] as const),
];
/**
 * A batch ends when each session is live, needs a login or is quarantined, but not before this many minutes after the last faulty pass. When a batch
 * ends, cron has run at least once without faults.
 */
const QUIET_FROM = 20;
/** A lease has surely expired this many ms after its last extension, by the clocks of the database and of all processes. */
const LEASE_OVER_MS = 46_000;
/**
 * The most rounds of one faulty pass; each pass has at least two. After a round in which a process was killed, another round plays the planned faults
 * that have not struck yet.
 */
const MAX_ROUNDS = 6;
/**
 * How many processes do a faulty pass or a whole run at the same time. Only one process runs a calm pass (without planned faults) over troubled
 * sessions. Only one process runs any pass over device sessions.
 */
const SIDE_BY_SIDE = 3;

export interface BatchOptions {
  readonly seed: number;
  readonly batch: number;
  readonly mode: Mode;
  readonly plans: readonly Plan[];
  readonly startAt: Date;
  /**
   * What is run in the later rounds of the first faulty pass; when absent, `cron`. `cron`: the later rounds of the first faulty pass are whole runs,
   * as cron starts them, so that every planned fault is played. `troubled`: the later rounds renew only troubled sessions, as the job of each minute
   * does in the real schedule.
   */
  readonly again?: 'cron' | 'troubled' | undefined;
  /** The number (0–2) of the faulty pass in which Postgres is crashed once; when absent, it is not crashed. */
  readonly crashIn?: number | undefined;
  readonly scene?: SceneHooks | undefined;
}

/** The functions with which a scene (a fault in `scenes/` that strikes a whole batch) acts on the batch. */
export interface SceneHooks {
  /** `begin` is called before the first round of faulty pass `number` (0–2), and `end` after the last round of that pass. */
  begin?(number: number, players: readonly Player[]): Promise<void>;
  end?(number: number, players: readonly Player[]): Promise<void>;
  /** Gives settings that are added to the orders by which the processes run faulty pass `number`. */
  order?(number: number): { readonly concurrency?: number; readonly blockMs?: number };
}

export interface BatchResult {
  readonly episodes: readonly Episode[];
  readonly runs: readonly Done[];
}

export async function playBatch(stage: Stage, crew: Crew, options: BatchOptions): Promise<BatchResult> {
  const { stand } = stage;
  const seal = createSeal(new Secret(stage.keyring));
  const writing = createSeal(new Secret(stage.keyring.split(',').at(-1) ?? ''));
  await truncate(notesIn(stand.folder), 0).catch(() => {});
  for (const each of [stage.relogged, stage.left, stage.stolen]) each.clear();
  const players = await castPlayers(stage, writing, options.plans, options.mode, options.startAt);
  const opened: Opened = new Map();
  const snapshots: Map<string, Seen>[] = [await takeSnapshot(stage, seal, options.startAt, opened)];
  const runs: Done[] = [];
  const look = async () => snapshots.push(await takeSnapshot(stage, seal, new Date(stage.nowMs), opened));
  stage.nowMs = options.startAt.getTime();
  await moveClocks(stage, 20 * MINUTE_MS);
  for (let number = 0; number < FAULTY; number++) {
    if (number > 0) await moveClocks(stage, MINUTE_MS);
    await arm(stage, players, number);
    await options.scene?.begin?.(number, players);
    const crash = options.crashIn === number ? crashSoon(stage) : undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (round > 0) await moveClocks(stage, LEASE_OVER_MS);
      const deaths = crew.kills();
      const isCron = number === 0 && (round === 0 || options.again !== 'troubled');
      runs.push(
        ...(await runPass(stage, crew, players, number, isCron ? 'cron' : 'troubled', options.scene?.order?.(number))),
      );
      await crash;
      await look();
      if (crew.kills() === deaths && round > 0) break;
    }
    await options.scene?.end?.(number, players);
    await disarm(stage);
  }
  const calmSinceMs = options.again === 'troubled' ? options.startAt.getTime() + 20 * MINUTE_MS : stage.nowMs;
  for (const [minutes, kind] of CALM) {
    if (calmSinceMs + minutes * MINUTE_MS <= stage.nowMs) continue;
    await moveClocks(stage, calmSinceMs + minutes * MINUTE_MS - stage.nowMs);
    runs.push(...(await runPass(stage, crew, players, FAULTY, kind)));
    await look();
    if (minutes >= QUIET_FROM && isQuiet(snapshots.at(-1))) break;
  }
  return { episodes: await gather(stage, players, snapshots, options, calmSinceMs), runs };
}

const isQuiet = (seen: Map<string, Seen> | undefined): boolean =>
  [...(seen?.values() ?? [])].every(
    (one) => one.status === 'live' || one.status === 'needs-login' || one.isQuarantined,
  );

/** Moves the clocks of the campaign and of the pretend gym on by `byMs`, and makes the database's leases older by as much. */
async function moveClocks(stage: Stage, byMs: number): Promise<void> {
  stage.nowMs += byMs;
  await moveOn(stage.stand, byMs);
}

async function arm(stage: Stage, players: readonly Player[], number: number): Promise<void> {
  const { stand, pending } = stage;
  const knobs: KnobInput[] = [];
  for (const player of players) {
    const fault = player.plan.faults[number];
    if (fault?.kind === 'answer' || (fault?.kind === 'point' && fault.knob)) {
      // If the session's plan has a kill in a later pass, the planned faulty answer comes in every round of pass `number`. The session is then
      // troubled when the later pass begins.
      const times = fault.kind === 'answer' && isDoomed(player.plan, number) ? {} : { times: 1 };
      knobs.push({ ...fault.knob, op: 'tokenUpdate', member: player.memberId, ...times } as KnobInput);
    }
    if (fault?.kind === 'wire') pending.push({ player, fault });
    if (fault?.kind === 'row') {
      stage.struck.set(fault.name, (stage.struck.get(fault.name) ?? 0) + 1);
      if (fault.row === 'killed-at-gym') await stand.gym.control.killSession({ fingerprint: player.fingerprint });
      else
        await stand.pool.query(`update token_journal set token_sealed = 'v1.m.AAAA.AAAA.AAAA' where user_id = $1`, [
          player.userId,
        ]);
    }
  }
  await stand.gym.control.load({ knobs });
}

/** Tells whether the session's plan includes, in a pass after pass `number`, a kill of the process that renews the session. */
const isDoomed = (plan: Plan, number: number): boolean =>
  plan.faults.slice(number + 1).some((fault) => fault !== undefined && isKill(fault));

const KNOBS: readonly KnobKind[] = [
  ...(['lose', 'status', 'geo-block', 'rate-limit', 'logout', 'token', 'token-field'] as const),
  ...(['answer', 'notice', 'set-cookie', 'reissue', 'slow'] as const),
];

async function disarm({ stand, pending }: Stage): Promise<void> {
  pending.length = 0;
  for (const kind of KNOBS) await stand.gym.control.clearKnobs({ kind });
}

async function runPass(
  stage: Stage,
  crew: Crew,
  players: readonly Player[],
  number: number,
  kind: 'cron' | 'troubled',
  more: ReturnType<NonNullable<SceneHooks['order']>> = {},
) {
  const faults = players.flatMap((player) => {
    const fault = player.plan.faults[number];
    return number < FAULTY && fault ? [{ player, fault }] : [];
  });
  const points = new Map<string, Point>();
  for (const { player, fault } of faults) if (fault.kind === 'point') points.set(player.fingerprint, fault.point);
  const contended = faults.filter(({ fault }) => fault.kind === 'contend').map(({ player }) => player);
  for (const { fault } of faults)
    if (fault.kind === 'contend') stage.struck.set(fault.name, (stage.struck.get(fault.name) ?? 0) + 1);
  const only = kind === 'troubled' ? kind : undefined;
  const isOfDevices = stage.sessionType === 'device';
  const isLone = isOfDevices || (number >= FAULTY && kind === 'troubled');
  const errand = async () => {
    // The order to a process has no kill point for a session for which a process has already killed itself in this batch.
    if (points.size > 0) for (const one of await readKilled(stage.stand.folder)) points.delete(one.fingerprint);
    if (isOfDevices) return { ...freshen(stage, players), do: 'devices' as const, points: Object.fromEntries(points) };
    return {
      do: 'run' as const,
      nowMs: stage.nowMs,
      runId: randomUUID(),
      only,
      points: Object.fromEntries(points),
      ...more,
    };
  };
  const together = contended.length > 0 ? crew.other.send(freshen(stage, contended)) : undefined;
  const runs = await Promise.all(Array.from({ length: isLone ? 1 : SIDE_BY_SIDE }, () => crew.run(errand)));
  await together;
  return runs;
}

async function crashSoon({ stand }: Stage): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 300));
  await stand.crashPostgres();
}
