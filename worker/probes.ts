// Two cheap looks for /ready: what time the database's side says it is, and whether the queue answers to our token.
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

/** The looks themselves. Both throw database/unavailable or queue/unavailable, or what the connection threw. */
export function createProbes(http: Http, { database, queue }: Probed): Probes {
  return {
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
