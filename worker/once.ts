// A request with an Idempotency-Key is done once: a repeated request gets the first answer. A request's answer is stored in the database for at least
// a day, under the member and the Idempotency-Key. A failed request leaves its Idempotency-Key free again; but if a booking may have been sent, a
// repeated request sends none and reads the gym's list.
import { createHash, randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import type { Sending } from '../jobs/book-class.ts';
import { Failure } from '../services/failures.ts';
import type { AppEnv } from './app-context.ts';
import type { Services } from './services.ts';

/**
 * How long, in ms, an unfinished request holds its Idempotency-Key. No request takes as long as this: after this time the process of the request is
 * dead, and a repeated request may run.
 */
const RUNNING_MS = 120_000;
const KEY = /^[\x21-\x7e]{1,200}$/;

export interface Once<T> {
  readonly services: Pick<Services, 'store' | 'clock'>;
  /** The request as parsed by its schema; a different request under the same Idempotency-Key is refused. */
  readonly request: unknown;
  readonly status: number;
  /**
   * @param id the same id for the same request under the same Idempotency-Key, so that a row under this id is written once even when the first answer
   * was lost.
   * @param sending the record that a booking was sent, shared by all requests under the same Idempotency-Key; undefined without an Idempotency-Key.
   */
  work(id: string, sending: Sending | undefined): Promise<T>;
}

/**
 * Runs `work` once per Idempotency-Key and returns its answer; a repeated request gets the stored answer. Throws request/invalid,
 * request/idempotency-running, request/idempotency-mismatch and what `work` throws.
 */
export async function once<T extends object>(
  c: Context<AppEnv>,
  { services, request, status, work }: Once<T>,
): Promise<T> {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return work(randomUUID(), undefined);
  if (!KEY.test(key)) throw new Failure('request/invalid', 'Idempotency-Key: expected 1 to 200 printable characters.');
  const { store, clock } = services;
  const { userId } = c.get('member');
  const mine = { userId, key, owner: randomUUID() };
  const requestHash = digestOf(`${c.req.method} ${c.req.path} ${JSON.stringify(request)}`).toString('hex');
  const before = await store.beginRequest({ ...mine, requestHash, runningMs: RUNNING_MS, now: clock.now() });
  if (before.state === 'done') {
    c.header('Idempotency-Replayed', 'true');
    return before.answer as T;
  }
  if (before.state !== 'begun') throw before.state === 'running' ? stillRunning() : usedOtherwise();
  const sending = sendingOf(services, mine, before.sentAt);
  try {
    const answer = await work(uuidOf(digestOf(`${userId} ${key} ${requestHash}`)), sending);
    await store.endRequest({ ...mine, kept: { status, answer }, sent: false }).catch((err) => {
      // The work of the request is done, so the caller gets the answer, even though the answer could not be stored. If the request sent a booking, a
      // repeated request sends no second booking, but reads the gym's list.
      c.get('logger').warn({ err }, 'request: its answer could not be kept');
    });
    return answer;
  } catch (error) {
    await store.endRequest({ ...mine, kept: undefined, sent: sending.isOpen() }).catch((err) => {
      c.get('logger').warn({ err }, 'request: its key could not be freed');
    });
    throw error;
  }
}

const usedOtherwise = (): Failure =>
  new Failure('request/idempotency-mismatch', 'This Idempotency-Key was used for another request.');
const stillRunning = (): Failure =>
  new Failure('request/idempotency-running', 'The first request with this Idempotency-Key is still running.', {
    retryAfterMs: 1_000,
  });

function sendingOf(
  { store, clock }: Once<object>['services'],
  mine: { userId: string; key: string; owner: string },
  begunAt: Date | undefined,
): Sending & { isOpen(): boolean } {
  let open = begunAt !== undefined;
  return {
    begunAt,
    isOpen: () => open,
    async begin() {
      open = true;
      if ((await store.noteRequestSent({ ...mine, now: clock.now() })) === 1) return;
      open = false;
      throw stillRunning();
    },
    undo: () => {
      open = false;
    },
  };
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The first sixteen bytes of a digest as a UUID of version 8, the version for custom rules. */
function uuidOf(bytes: Buffer): string {
  const hex = bytes.subarray(0, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
