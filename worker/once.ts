// A request with an Idempotency-Key is done once: sent again, it gets the first answer. The answer is stored in the database for at least a day,
// for this member and this key. A failed request is not stored, unless something may have been sent: then a repeat only reads what stands at the
// gym.
import { createHash, randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import type { Sending } from '../jobs/book-class.ts';
import { Failure } from '../services/failures.ts';
import type { AppEnv } from './app-context.ts';
import type { Services } from './services.ts';

/** Longer than any request takes. A process that died with it leaves the key to the next request. */
const RUNNING_MS = 120_000;
const KEY = /^[\x21-\x7e]{1,200}$/;

export interface Once<T> {
  readonly services: Pick<Services, 'store' | 'clock'>;
  /** The request as the schema reads it: another one under the same key is refused. */
  readonly request: unknown;
  readonly status: number;
  /**
   * @param id the same for the same key and request, so that a row written under it is written once even when its answer was lost.
   * @param sending the one sending that all requests under the key share; undefined without a key.
   */
  work(id: string, sending: Sending | undefined): Promise<T>;
}

/** Throws request/invalid, request/idempotency-running, request/idempotency-mismatch, and whatever `work` throws. */
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
      // The work is done, and the caller is told so. A second request looks before it does anything.
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

/** Sixteen bytes of a digest as a UUID (version 8: made by its owner's rule). */
function uuidOf(bytes: Buffer): string {
  const hex = bytes.subarray(0, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
