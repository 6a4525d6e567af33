// Three cheap looks for /ready: what time the database's side says it is, whether the queue answers to our token, and whether our own disk
// still takes a few bytes.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../services/failures.ts';
import type { Http } from '../services/http.ts';
import type { Secret } from '../services/secret.ts';
import type { Probes } from './app-context.ts';

const LIMIT_MS = 3_000;

/** Where the two dependencies are, and what they ask for. */
export interface Probed {
  readonly database: { readonly url: string; readonly publishableKey: string };
  readonly queue: { readonly url: string; readonly token: Secret };
}

/**
 * The looks themselves. They throw database/unavailable, queue/unavailable, stack/folder-unwritable, or what the connection threw.
 * @param folder where received answers are kept; undefined where there is no disk.
 */
export function createProbes(http: Http, { database, queue }: Probed, folder: string | undefined): Probes {
  return {
    async disk() {
      if (folder !== undefined) await tryWrite(folder);
    },
    async databaseTime() {
      const url = new URL(`${database.url}/rest/v1/`);
      const headers = { apikey: database.publishableKey };
      const { date } = await http.send({ method: 'HEAD', url, headers, firstByteMs: LIMIT_MS, totalMs: LIMIT_MS });
      if (date === undefined || Number.isNaN(Date.parse(date)))
        throw new Failure('database/unavailable', 'Expected a Date header.');
      return new Date(date);
    },
    async queue() {
      const url = new URL(`${queue.url}/v2/keys`);
      const headers = { authorization: `Bearer ${queue.token.reveal()}` };
      // Its body holds the signing keys, and is not looked at.
      const { status } = await http.send({ method: 'GET', url, headers, firstByteMs: LIMIT_MS, totalMs: LIMIT_MS });
      if (status !== 200) throw new Failure('queue/unavailable', `Expected the queue to answer 200, got ${status}.`);
    },
  };
}

/** A block of its own, to the disk and not only to the cache: a disk that is full says so here. */
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
