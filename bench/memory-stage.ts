// What the memory bench does to `npm start` from outside: starts it as shipped, signs members in, has their sessions refreshed, lets them race.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { ScenarioInput } from '../simulator/scenario.ts';
import type { SpawnedSimulator } from '../simulator/spawn.ts';
import { sleep } from './moment.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONCURRENCY = 8;
const DAY_MS = 86_400_000;
const LEAD_MS = 20_000;

interface Stack {
  readonly url: string;
  readonly postgresUrl: string;
  readonly cronSecret: string;
}

const emailOf = (n: number): string => `m${n}@example.test`;

export const townOf = (members: number, day: string): ScenarioInput => ({
  boxes: [
    {
      slug: 'norte',
      boid: 77,
      name: 'Norte',
      slots: [
        {
          id: 501,
          day,
          time: '18:00 - 19:00',
          classId: 5,
          className: 'WOD',
          limit: members,
          opensAt: Date.now() + DAY_MS,
        },
      ],
    },
  ],
  members: Array.from({ length: members }, (_, n) => ({
    id: n + 1,
    name: `Member ${n}`,
    email: emailOf(n),
    password: 'right',
    boxes: ['norte'],
  })),
});

/**
 * Runs package.json's start script as it stands, so that `node` gets the flags of `npm start`. The service trusts one proxy, so that X-Forwarded-For
 * can give the bench's sign-ins many network addresses.
 */
export async function startShipped(folder: string, gym: SpawnedSimulator) {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: { start: string } };
  const dataDir = join(folder, 'data');
  const child = spawn('sh', ['-c', scripts.start], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATA_DIR: dataDir,
      TRUSTED_PROXIES: '1',
      AIMHARDER_LOGIN_URL: gym.loginUrl,
      AIMHARDER_URL: gym.mainUrl,
      AIMHARDER_BOX_URL: gym.boxUrlTemplate,
    },
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += String(chunk)));
  while (!said.includes('puntual: listening')) {
    if (child.exitCode !== null) throw new Error(`Expected puntual to start: ${said}`);
    await sleep(100);
  }
  const stack = JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8')) as Stack;
  const stop = async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  return { pid: child.pid ?? 0, stack, stop };
}

interface SignedIn {
  readonly accessToken: string;
  readonly boxes: readonly { id: string }[];
}

async function ask<T>(stack: Stack, path: string, body: unknown, headers: Record<string, string>): Promise<T> {
  const response = await fetch(`${stack.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** Runs `work(n)` for each n below `count`, eight at a time; returns the results in order. */
async function each<T>(count: number, work: (n: number) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const n = next;
      next += 1;
      answers[n] = await work(n);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return answers;
}

export const signInAll = (stack: Stack, members: number): Promise<SignedIn[]> =>
  each(members, (n) =>
    ask<SignedIn>(
      stack,
      '/api/auth/login',
      { email: emailOf(n), password: 'right' },
      { 'x-forwarded-for': `198.51.100.${n % 200}` },
    ),
  );

async function inDatabase(
  stack: Stack,
  sql: string,
  values: unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const database = new Client({ connectionString: stack.postgresUrl });
  await database.connect();
  return database
    .query(sql, values)
    .then(({ rows }) => rows)
    .finally(() => database.end());
}

export async function refreshAll(stack: Stack): Promise<void> {
  await inDatabase(
    stack,
    `update auth_sessions set last_token_update_date = last_token_update_date - interval '19 minutes' where session_type = 'background'`,
  );
  await ask(stack, '/cron/refresh-tokens', {}, { authorization: `Bearer ${stack.cronSecret}` });
}

const ENDS = `select count(*) filter (where is_live)::int as live, count(*) filter (where status = 'booked')::int as booked from prebookings`;
const sweep = (stack: Stack) =>
  ask(stack, '/cron/sweep-prebookings', {}, { authorization: `Bearer ${stack.cronSecret}` });

/** Lets all members race for the places of one class; returns how many places they won. */
export async function raceAll(
  stack: Stack,
  gym: SpawnedSimulator,
  members: readonly SignedIn[],
  day: string,
): Promise<number> {
  const later = new Date(Date.now() + DAY_MS).toISOString();
  await each(members.length, async (n) => {
    const one = members[n];
    const wish = { boxId: one?.boxes[0]?.id, day, timeId: '1800_60', className: 'WOD', opensAt: later };
    await inPace(() => ask(stack, '/api/prebookings', wish, { authorization: `Bearer ${one?.accessToken}` }));
  });
  const opensAt = new Date(Date.now() + LEAD_MS);
  await gym.control.changeSlot({ slot: { box: 'norte', day, id: 501 }, change: { opensAt: opensAt.getTime() } });
  // Each member's wish named an opening a day from now, and the queue's wake-ups are set for that opening. The sweep asks the queue for wake-ups at
  // the new opening, which this update stores.
  await inDatabase(stack, `update prebookings set opens_at = $1`, [opensAt]);
  await sweep(stack);
  for (let left = 180; left > 0; left -= 1) {
    await sleep(1_000);
    const [row] = await inDatabase(stack, ENDS);
    if (row?.['live'] === 0) return Number(row['booked']);
    if (Date.now() > opensAt.getTime()) await sweep(stack);
  }
  throw new Error('Expected the race to end within three minutes.');
}

/** Repeats a call until it is let through: puntual allows five requests by hand a second at one box. */
async function inPace<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!String(error).includes('request/limited')) throw error;
      await sleep(1_000);
    }
  }
}
