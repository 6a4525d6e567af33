// Sets up and runs refresh passes, with the lean gym and with a database full of sessions that is near or 20 ms away.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { type DelayLine, startDelayLine } from './delay-line.ts';
import { type LeanGym, startGym } from './gym.ts';
import { fillMembers, makeDue } from './members.ts';
import { nowMs } from './moment.ts';
import { PEERS_SQL } from './refresh-peers.ts';
import type { RefreshFigures, RefreshTask, RefreshWay } from './refresh-shapes.ts';
import { openRoom, type Room } from './room.ts';
import type { ServiceAddress } from './service.ts';

const CHILD = fileURLToPath(new URL('./refresh-child.ts', import.meta.url));
const ONE_WAY_MS = 10;
const MIN_RENEWED = 0.95;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The words of the start script in package.json, from which `NODE_FLAGS` and `SETTINGS` take the flags and the environment of `npm start`. */
const START: string[] = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts.start.split(' ');
const NODE_AT = START.lastIndexOf('node');
const NODE_FLAGS = START.slice(NODE_AT).filter((word) => word.startsWith('--'));
const SETTINGS = Object.fromEntries(
  START.slice(START.lastIndexOf('env') + 1, NODE_AT).map((word) =>
    word.replaceAll('"', '').replace('$PWD/', ROOT).split('=', 2),
  ),
);

export interface RefreshStage {
  readonly room: Room;
  /** The addresses and keys that a refresh pass needs, whether it runs in this process or in another. */
  readonly address: ServiceAddress;
  /** Adds sessions until the database holds `count` sessions. */
  fill(count: number): Promise<void>;
  /**
   * Runs one pass of the way `way` with `due` due sessions; with `isFirst` the pass runs in a new process. Throws when more than one in twenty due
   * sessions was not renewed, or when the gym was asked for more renewals than sessions are due.
   */
  pass(
    way: RefreshWay,
    at: { concurrency: number; latencyMs: number; isFar: boolean; due: number; isFirst?: boolean },
  ): Promise<RefreshFigures>;
  /** Lets `processes` processes work through `due` sessions at the same time, each process renewing `concurrency` sessions at once. */
  share(processes: number, at: { concurrency: number; latencyMs: number; due: number }): Promise<Shared>;
  close(): Promise<void>;
}

export interface Shared {
  readonly updated: readonly number[];
  /** How many sessions were renewed more than once, as the database counts; `missed` is how many were not renewed. */
  readonly doubled: number;
  readonly missed: number;
  readonly asked: number;
  readonly tookMs: number;
}

export async function openRefreshStage(): Promise<RefreshStage> {
  const room = await openRoom();
  const gym = await startGym();
  const runners = new Map<RefreshWay, Runner>();
  const crew: Runner[] = [];
  const line = await startDelayLine(room.stack.supabaseUrl, ONE_WAY_MS);
  const { stack, pool } = room;
  await pool.query(PEERS_SQL);
  return {
    room,
    address: addressOf(room, gym, undefined),
    async fill(count) {
      await fillMembers(pool, stack.secrets.sealKeys, gym.servingUrl, count);
      await pool.query(
        `insert into bench_sessions (id, token, cookies, fingerprint)
         select gen_random_uuid(), n || '|1900000000|' || md5(n || ''), 'amhrdrauth=' || repeat(md5(n || ''), 4) ||
           '; AWSALB=' || repeat('x', 120) || '; AWSALBCORS=' || repeat('x', 120) || '; PHPSESSID=' || md5(n || ''), md5(n || '')
         from generate_series((select count(*) from bench_sessions) + 1, $1) n`,
        [Math.min(count, 10_000)],
      );
    },
    async pass(way, { concurrency, latencyMs, isFar, due, isFirst = false }) {
      await gym.setLatency(latencyMs);
      if (way === 'puntual') await makeDue(pool, due);
      else await pool.query('vacuum analyze bench_sessions');
      const runner = isFirst ? startRunner() : (runners.get(way) ?? startRunner());
      if (!isFirst) runners.set(way, runner);
      const address = addressOf(room, gym, isFar ? line : undefined);
      const figures = await runner.run({ way, address, concurrency, rows: due });
      if (isFirst) await runner.stop();
      const asked = await gym.renewals();
      // A crowded machine may lose a few connections, and the figures then say so; a renewal too many is a mistake of the service.
      if (asked > due || figures.updated < due * MIN_RENEWED) {
        throw new Error(`${way}: ${due} were due, ${asked} asked of the gym, ${figures.updated} updated.`);
      }
      return figures;
    },
    async share(processes, { concurrency, latencyMs, due }) {
      while (crew.length < processes) crew.push(startRunner());
      await gym.setLatency(latencyMs);
      await makeDue(pool, due);
      const before = await successes(pool);
      const task = { way: 'puntual' as const, address: addressOf(room, gym, undefined), concurrency, rows: due };
      const startedAtMs = nowMs();
      const figures = await Promise.all(crew.slice(0, processes).map((runner) => runner.run(task)));
      const tookMs = nowMs() - startedAtMs;
      const risen = [...(await successes(pool))].map(([id, count]) => count - (before.get(id) ?? 0));
      const renewed = risen.filter((by) => by > 0).length;
      const doubled = risen.filter((by) => by > 1).length;
      return {
        updated: figures.map(({ updated }) => updated),
        ...{ doubled, missed: due - renewed, asked: await gym.renewals(), tookMs },
      };
    },
    async close() {
      for (const runner of [...runners.values(), ...crew]) await runner.stop();
      await line.stop();
      await gym.stop();
      await room.close();
    },
  };
}

async function successes(pool: Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; count: number }>(
    'select id, token_success_count as count from auth_sessions',
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}

const addressOf = ({ stack, folder }: Room, gym: LeanGym, line: DelayLine | undefined): ServiceAddress => ({
  supabaseUrl: line?.url ?? stack.supabaseUrl,
  secretKey: stack.secretKey.reveal(),
  sealKeys: stack.secrets.sealKeys.reveal(),
  loginUrl: gym.servingUrl,
  mainUrl: gym.servingUrl,
  boxUrlTemplate: `${gym.servingUrl}/box/{box}`,
  folder,
  ca: gym.ca,
});

interface Runner {
  run(task: RefreshTask): Promise<RefreshFigures>;
  stop(): Promise<void>;
}

function startRunner(): Runner {
  const child = fork(CHILD, [], {
    execArgv: NODE_FLAGS,
    env: { ...process.env, ...SETTINGS },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const failed = exited.then(([code]): never => {
    throw new Error(`A refresh pass ended with ${String(code)}.`);
  });
  failed.catch(() => undefined);
  return {
    async run(task) {
      const answer = once(child, 'message') as Promise<[RefreshFigures]>;
      child.send(task);
      const [figures] = await Promise.race([answer, failed]);
      return figures;
    },
    async stop() {
      child.disconnect();
      await exited;
    },
  };
}
