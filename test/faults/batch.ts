// Plays one batch: casts the players, walks the hand-moved clock through faulty and calm passes, gathers what all witnesses saw.
// It judges nothing: checker.ts does.
import { randomUUID } from 'node:crypto';
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../services/secret.ts';
import { createSeal } from '../../services/store/seal.ts';
import type { HistoryEntry } from '../../simulator/history.ts';
import type { KnobInput, KnobKind } from '../../simulator/knob-shapes.ts';
import { castPlayers, type Player } from './cast.ts';
import type { Crew, Done } from './crew.ts';
import type { Stage } from './deeds.ts';
import type { Attempt, Episode, Notice } from './episode.ts';
import type { Mode, Plan, Point } from './plan.ts';
import { type Seen, takeSnapshot } from './snapshot.ts';
import type { WorkerEvent } from './worker-orders.ts';

const MINUTE_MS = 60_000;
/** Minutes after the logins, and which pass is made: cron's every twenty, the troubled ones in between. The first three are faulty. */
const PASSES: readonly (readonly [number, 'cron' | 'troubled'])[] = [
  [20, 'cron'],
  [22, 'troubled'],
  [24, 'troubled'],
  [26, 'troubled'],
  [28, 'troubled'],
  [32, 'troubled'],
  [36, 'troubled'],
  [40, 'cron'],
  [42, 'troubled'],
  [44, 'troubled'],
  [60, 'cron'],
];
const FAULTY = 3;
/** A pass is run by so many processes at once. */
const SIDE_BY_SIDE = 3;

export interface BatchOptions {
  readonly seed: number;
  readonly batch: number;
  readonly mode: Mode;
  readonly plans: readonly Plan[];
  readonly startAt: Date;
  /** Crash Postgres once, somewhere in this pass (0–2). */
  readonly crashIn?: number | undefined;
}

export interface BatchResult {
  readonly episodes: readonly Episode[];
  readonly runs: readonly Done[];
}

export async function playBatch(stage: Stage, crew: Crew, options: BatchOptions): Promise<BatchResult> {
  const { stand } = stage;
  const seal = createSeal(new Secret(stage.keyring));
  const writing = createSeal(new Secret(stage.keyring.split(',').at(-1) ?? ''));
  await truncate(join(stand.folder, 'events.jsonl'), 0).catch(() => {});
  for (const each of [stage.relogged, stage.left, stage.stolen]) each.clear();
  const players = await castPlayers(stand, writing, options.plans, options.mode, options.startAt);
  const snapshots: Map<string, Seen>[] = [await takeSnapshot(stand, seal, options.startAt)];
  const runs: Done[] = [];
  let beforeMs = options.startAt.getTime();
  for (const [number, [minutes, kind]] of PASSES.entries()) {
    stage.nowMs = options.startAt.getTime() + minutes * MINUTE_MS;
    await moveClocks(stage, stage.nowMs - beforeMs);
    beforeMs = stage.nowMs;
    if (number < FAULTY) await arm(stage, players, number);
    const crash = options.crashIn === number ? crashSoon(stage) : undefined;
    runs.push(...(await runPass(stage, crew, players, number, kind)));
    await crash;
    await disarm(stage);
    snapshots.push(await takeSnapshot(stand, seal, new Date(stage.nowMs)));
    if (number >= 7 && kind === 'cron' && isQuiet(snapshots.at(-1))) break;
  }
  const calmSinceMs = options.startAt.getTime() + (PASSES[FAULTY - 1]?.[0] ?? 0) * MINUTE_MS;
  return { episodes: await gather(stage, players, snapshots, options, calmSinceMs), runs };
}

const isQuiet = (seen: Map<string, Seen> | undefined): boolean =>
  [...(seen?.values() ?? [])].every(
    (one) => one.status === 'live' || one.status === 'needs-login' || one.isQuarantined,
  );

/** All clocks move together: ours, the gym's, and the database's (its leases age by as much). */
async function moveClocks({ stand }: Stage, byMs: number): Promise<void> {
  await stand.gym.control.advance(byMs);
  const sql = `update auth_sessions set lease_until = lease_until - $1 * interval '1 millisecond' where lease_until is not null`;
  await stand.pool.query(sql, [byMs]);
}

async function arm(stage: Stage, players: readonly Player[], number: number): Promise<void> {
  const { stand, pending } = stage;
  for (const player of players) {
    const fault = player.plan.faults[number];
    if (fault?.kind === 'answer')
      await stand.gym.control.setKnob({
        ...fault.knob,
        op: 'tokenUpdate',
        member: player.memberId,
        times: 1,
      } as KnobInput);
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
}

const KNOBS: readonly KnobKind[] = ['lose', 'status', 'geo-block', 'logout', 'token', 'answer', 'set-cookie', 'slow'];

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
) {
  const faults = players.flatMap((player) => {
    const fault = player.plan.faults[number];
    return number < FAULTY && fault ? [{ player, fault }] : [];
  });
  const points: Record<string, Point> = {};
  for (const { player, fault } of faults) if (fault.kind === 'point') points[player.fingerprint] = fault.point;
  const contended = faults.filter(({ fault }) => fault.kind === 'contend').map(({ player }) => player.userId);
  for (const { fault } of faults)
    if (fault.kind === 'contend') stage.struck.set(fault.name, (stage.struck.get(fault.name) ?? 0) + 1);
  const only = kind === 'troubled' ? kind : undefined;
  const errand = () => ({ do: 'run' as const, nowMs: stage.nowMs, runId: randomUUID(), only, points });
  const together =
    contended.length > 0 ? crew.other.send({ do: 'freshen', nowMs: stage.nowMs, userIds: contended }) : undefined;
  const runs = await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => crew.run(errand())));
  await together;
  return runs;
}

async function crashSoon({ stand }: Stage): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 300));
  await stand.crashPostgres();
}

async function gather(
  stage: Stage,
  players: readonly Player[],
  snapshots: readonly Map<string, Seen>[],
  options: BatchOptions,
  calmSinceMs: number,
): Promise<Episode[]> {
  const { stand } = stage;
  const [truth, history, events, notices, attempts] = await Promise.all([
    stand.gym.control.truth({}),
    stand.gym.control.history({ op: 'tokenUpdate' }),
    readEvents(stand.folder),
    readNotices(stage),
    readAttempts(stage),
  ]);
  const gymByFingerprint = new Map(truth.sessions.map((one) => [one.fingerprint, one]));
  const callsBy = groupBy(history, (one: HistoryEntry) => one.fingerprint ?? '');
  const eventsBy = groupBy(events, (one) => one.fingerprint);
  const episodes: Episode[] = [];
  for (const player of players) {
    const again = stage.relogged.get(player.userId);
    const fingerprint = again?.fingerprint ?? player.fingerprint;
    const gym = gymByFingerprint.get(fingerprint);
    countStrikes(stage, player.plan, options.startAt, callsBy.get(player.fingerprint) ?? []);
    const seen = snapshots.map((all) => all.get(player.userId));
    episodes.push({
      ...{ seed: options.seed, batch: options.batch, mode: options.mode, plan: player.plan, memberId: player.memberId },
      ...{ userId: player.userId, fingerprint, seen, calmSinceMs },
      chain: again?.chain ?? player.chain,
      firstToken: again?.token ?? player.token,
      authCookie: again?.authCookie ?? player.authCookie,
      hasLeft: stage.left.has(player.userId),
      wasStolen: stage.stolen.has(player.userId),
      calls: callsBy.get(fingerprint) ?? [],
      events: eventsBy.get(fingerprint) ?? [],
      notices: notices.get(player.userId) ?? [],
      attempts: attempts.get(player.userId) ?? [],
      gymAlive: gym?.alive ?? false,
      liveToken: gym?.tokenHash ?? '',
      working: await workingTokens(stage, seen.at(-1), fingerprint),
    });
  }
  return episodes;
}

/** Counts the answer faults that really met a call: a knob nobody came by is no fault. */
function countStrikes({ struck }: Stage, plan: Plan, startAt: Date, calls: readonly HistoryEntry[]): void {
  for (const call of calls) {
    const minutes = Math.round((call.simAtMs - startAt.getTime()) / MINUTE_MS);
    const fault = plan.faults[PASSES.findIndex(([at]) => at === minutes)];
    const hasStruck = fault?.kind === 'answer' && call.struckBy.includes(fault.knob.kind);
    if (hasStruck) struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1);
  }
}

/** Which tokens in the database's hand the gym would renew. */
async function workingTokens({ stand }: Stage, seen: Seen | undefined, fingerprint: string): Promise<string[]> {
  const working: string[] = [];
  for (const held of seen?.held ?? []) {
    if (held.plain === '' || held.chain !== seen?.chain) continue;
    if (await stand.gym.control.tokenWorks({ token: held.plain, fingerprint })) working.push(held.token);
  }
  return working;
}

async function readEvents(folder: string): Promise<WorkerEvent[]> {
  const text = await readFile(join(folder, 'events.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as WorkerEvent);
}

async function readNotices({ stand }: Stage): Promise<Map<string, Notice[]>> {
  const { rows } = await stand.pool.query('select user_id, kind, dedupe_key, created_at from outbox');
  const all = rows.map((row) => ({
    user: row.user_id as string,
    kind: row.kind,
    dedupeKey: row.dedupe_key,
    atMs: row.created_at.getTime(),
  }));
  return groupBy(all, (one) => one.user);
}

async function readAttempts({ stand }: Stage): Promise<Map<string, Attempt[]>> {
  const sql =
    'select s.user_id, a.id, a.state, a.reason, a.started_at from refresh_attempts a join auth_sessions s on s.id = a.session_id and s.chain = a.chain order by a.lease_epoch';
  const { rows } = await stand.pool.query(sql);
  const all = rows.map((row) => ({ ...row, atMs: row.started_at.getTime() }) as Attempt & { user_id: string });
  return groupBy(all, (one) => one.user_id);
}

function groupBy<T>(list: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}
