// Cheap checks for /ready and the doctor. Each check does one thing: reads the clock of the database or the queue, tries our token at the queue or a
// member's token at PostgREST, reads PostgREST's version, or writes a block to our own disk.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../services/failures.ts';
import type { Http } from '../services/http.ts';
import type { Secret } from '../services/secret.ts';
import type { Probes, RestAnswer } from './app-context.ts';

const LIMIT_MS = 3_000;

/** The addresses and credentials of database and queue. */
export interface Probed {
  readonly database: { readonly url: string; readonly publishableKey: string; readonly secretKey: Secret };
  readonly queue: { readonly url: string; readonly token: Secret };
}

/**
 * Makes the checks of database, queue and disk. A check throws database/unavailable, queue/unavailable or stack/folder-unwritable; if no HTTP answer
 * comes, the check throws the error of `http.send`. @param folder the spool's folder on disk; undefined where there is no disk.
 */
export function createProbes(http: Http, { database, queue }: Probed, folder: string | undefined): Probes {
  const queueKeys = () =>
    http.send({
      method: 'GET',
      url: new URL(`${queue.url}/v2/keys`),
      headers: { authorization: `Bearer ${queue.token.reveal()}` },
      firstByteMs: LIMIT_MS,
      totalMs: LIMIT_MS,
    });
  const rest = (path: string, headers: Record<string, string>) =>
    http.send({
      method: 'GET',
      url: new URL(`${database.url}/rest/v1/${path}`),
      headers,
      firstByteMs: LIMIT_MS,
      totalMs: LIMIT_MS,
    });
  return {
    async disk() {
      if (folder !== undefined) await tryWrite(folder);
    },
    async databaseTime() {
      const url = new URL(`${database.url}/rest/v1/`);
      const headers = { apikey: database.publishableKey };
      const { date } = await http.send({ method: 'HEAD', url, headers, firstByteMs: LIMIT_MS, totalMs: LIMIT_MS });
      return dateOf(date, 'database/unavailable');
    },
    async queue() {
      // The answer's body holds the queue's signing keys, so it is not read.
      const { status } = await queueKeys();
      if (status !== 200) throw new Failure('queue/unavailable', `Expected the queue to answer 200, got ${status}.`);
    },
    queueTime: async () => dateOf((await queueKeys()).date, 'queue/unavailable'),
    async restVersion() {
      const { body } = await rest('', { apikey: database.secretKey.reveal() });
      return description.safeParse(parsed(body)).data?.info.version.split(' ')[0];
    },
    async askAsMember(token): Promise<RestAnswer> {
      const headers = { apikey: database.publishableKey, authorization: `Bearer ${token.reveal()}` };
      const { status, body } = await rest('my_sessions?select=id&limit=1', headers);
      return { status, code: refusal.safeParse(parsed(body)).data?.code };
    },
  };
}

/** The part with the version number in PostgREST's description of itself, which PostgREST returns at its root path. */
const description = z.object({ info: z.object({ version: z.string() }) });
const refusal = z.object({ code: z.string() });

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function dateOf(date: string | undefined, code: 'database/unavailable' | 'queue/unavailable'): Date {
  if (date === undefined || Number.isNaN(Date.parse(date))) throw new Failure(code, 'Expected a Date header.');
  return new Date(date);
}

/** What the disk check writes: a whole block, synced to the disk, so that the check fails on a full disk. */
const BLOCK = Buffer.alloc(4_096, '.');

async function tryWrite(folder: string): Promise<void> {
  try {
    const file = await open(join(folder, 'ready.probe'), 'w', 0o600);
    try {
      await file.write(BLOCK, 0, BLOCK.length, 0);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new Failure('stack/folder-unwritable', 'Expected room to write in DATA_DIR.', { cause });
  }
}
