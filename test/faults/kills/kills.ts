// Kills processes with SIGKILL shortly after the gym sent them answers, and checks whether each answer that a process had received is in its spool.
// A killed process ran its code on one thread, so its spool can lack only the one answer that the code was handling at the kill. The time from an
// answer's arrival until it is appended to the spool is measured.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { readLines } from '../../../services/renewal/spool-file.ts';
import { createSeal } from '../../../services/seal/seal.ts';
import { Secret } from '../../../services/secret.ts';
import { seededRandom } from '../../../simulator/random.ts';
import { compiledBy } from '../../support/compiled.ts';
import { describeWindows } from '../receipt-window.ts';
import { say } from '../staging/command.ts';
import type { KillEvent, KillOrder } from './renewing-process.ts';

export interface KillTally {
  readonly kills: number;
  /** How many of the gym's answers the processes received before the kills; an answer counts when its HTTP head has been read. */
  readonly heard: number;
  /** How many of the kills came while the process was handling an answer that it had received and not yet put in the spool. */
  readonly inHand: number;
  /**
   * The ids of the renewals whose received answer is neither in the spool nor counted in `inHand` (answers being handled at a kill); there must be
   * none.
   */
  readonly lost: readonly string[];
  /** A text with quantiles over all answers that the spool kept: how long it took from the arrival of an answer's head until the spool had it. */
  readonly window: string;
}

const SCRIPT = fileURLToPath(new URL('./renewing-process.ts', import.meta.url));
const LANES = 24;
const KEYRING = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
const USER = '11111111-2222-4333-8444-555555555555';
/** The least and the most answers that the gym sends to a process before the process is killed. */
const DELIVERED = [20, 160] as const;
const MAX_DELAY_MS = 4;

/** Kills `kills` processes, one after the other; `seed` decides when each of them is killed. */
export async function playKills(kills: number, seed: number): Promise<KillTally> {
  const gym = await openGym();
  const random = seededRandom(seed);
  const windowsMs: number[] = [];
  const tally = { kills, heard: 0, inHand: 0, lost: [] as string[] };
  try {
    for (let turn = 0; turn < kills; turn++) {
      const one = await playKill(gym, random);
      tally.heard += one.heard;
      tally.inHand += one.inHand;
      tally.lost.push(...one.lost);
      windowsMs.push(...one.windowsMs);
    }
  } finally {
    await gym.close();
  }
  return { ...tally, window: describeWindows(windowsMs).words };
}

interface KillGym {
  readonly url: string;
  /** Resolves when the gym, counted from this call, has sent `count` answers to the process. */
  delivered(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a gym that answers every call immediately with the next token. */
async function openGym(): Promise<KillGym> {
  let given = 0;
  let wanted = { at: Number.POSITIVE_INFINITY, resolve: () => {} };
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      given += 1;
      const newToken = `7|${1_700_000_000 + given}|${given.toString(16).padStart(32, '0')}`;
      response.setHeader('set-cookie', 'AWSALB=a; Path=/').end(JSON.stringify({ newToken }));
      if (given >= wanted.at) wanted.resolve();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delivered: (count) =>
      new Promise((resolve) => {
        wanted = { at: given + count, resolve };
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function playKill(gym: KillGym, random: () => number) {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-kills-'));
  const seal = createSeal(new Secret(KEYRING));
  const { wrapped } = seal.newMemberKey(USER);
  const order: KillOrder = {
    ...{ gymUrl: gym.url, folder: join(folder, 'spool'), events: join(folder, 'events.jsonl') },
    ...{ keyring: KEYRING, userId: USER, wrapped, lanes: LANES },
  };
  try {
    const child = fork(SCRIPT, { execArgv: [], env: { ...process.env, NODE_COMPILE_CACHE: compiledBy('kills') } });
    const ended = once(child, 'exit');
    await Promise.race([once(child, 'message'), ended.then(() => Promise.reject(new Error('It did not start.')))]);
    const [least, most] = DELIVERED;
    const enough = gym.delivered(least + Math.floor(random() * (most - least)));
    child.send(order);
    await Promise.race([enough, ended]);
    await new Promise((resolve) => setTimeout(resolve, random() * MAX_DELAY_MS));
    child.kill('SIGKILL');
    await ended;
    return judge(await eventsIn(order.events), await keptIn(order.folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function eventsIn(path: string): Promise<KillEvent[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

async function keptIn(folder: string): Promise<Set<string>> {
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
  return new Set(texts.flatMap((text) => readLines(text, pino({ level: 'silent' }))).map((line) => line.renewalId));
}

function judge(events: readonly KillEvent[], kept: ReadonlySet<string>) {
  const heard = events.filter(({ what }) => what === 'heard');
  const missing = heard.map(({ renewalId }) => renewalId).filter((id) => !kept.has(id));
  const last = events.at(-1);
  const inHand = last?.what === 'heard' && missing.includes(last.renewalId) ? last.renewalId : undefined;
  const keptAtMs = new Map(events.flatMap((one) => (one.what === 'kept' ? [[one.renewalId, one.atMs]] : [])));
  return {
    heard: heard.length,
    inHand: inHand === undefined ? 0 : 1,
    lost: missing.filter((id) => id !== inHand),
    windowsMs: heard.flatMap(({ renewalId, atMs }) => {
      const at = keptAtMs.get(renewalId);
      return at === undefined ? [] : [at - atMs];
    }),
  };
}

/** Gives the results of the kills as lines to print. */
export const linesOfKills = ({ kills, heard, inHand, lost, window }: KillTally): string[] => [
  `${kills} kills, ${heard} answers had reached the process, ${lost.length} lost${lost.length > 0 ? `: ${lost.join(' ')}` : ''}.`,
  `${inHand} were in hand at the kill. From the head of an answer until it is kept: ${window}.`,
];

const KILLS = 500;

/** Kills renewing processes, as one part of `npm run faults`; returns true if no answer that had reached a process was lost. */
export async function killsMain(): Promise<boolean> {
  const tally = await playKills(KILLS, 1);
  for (const line of linesOfKills(tally)) say(line);
  return tally.lost.length === 0;
}
