// Wake-ups by QStash, or by the embedded queue, which speaks the same protocol. This file publishes messages; signature.ts verifies deliveries.
import { Client } from '@upstash/qstash';
import { Failure } from '../failures.ts';
import type { Secret } from '../secret.ts';
import type { Dispatch, WakeUp } from './dispatch.ts';

/**
 * The path that the queue calls at a wake-up. The path is defined only here, because QStash signs the whole URL, and the published URL must equal the
 * verified URL.
 */
export const EXECUTE_PATH = '/api/execute-prebooking';
/** The path that the queue calls for each part of a refresh run that is shared out to further processes, with the body `{ runId, part }`. */
export const REFRESH_PART_PATH = '/api/refresh-part';
/** The path that the queue calls to prove that its calls arrive, with the body `{ runId }`. */
export const QUEUE_CHECK_PATH = '/api/queue-check';

const DAY_MS = 24 * 60 * 60_000;
/** QStash's free plan accepts delays of 7 days; an hour less leaves room for clocks that differ. */
const MAX_DELAY_MS = 7 * DAY_MS - 60 * 60_000;
/** A class is full within seconds: QStash's default retries after 12 s, 2.5 min and 30 min would come too late. */
const RETRY_DELAY = '2000 * (retried + 1)';
const RETRIES = 5;
/** The time, in seconds, that a race may take, from its wake-up to its last read of the gym's list, with some time to spare. */
const DELIVERY_TIMEOUT_S = 120;
/** The time, in seconds, that a part of a refresh run may take; a part ends by itself well before that. */
const PART_TIMEOUT_S = 300;
/**
 * How many parts of refresh runs the queue calls at the same time. With four parts at a time the load on the gym stays low, however many parts of
 * refresh runs wait in the queue.
 */
const PART_CONCURRENCY = 4;
/** After this many seconds the process that asked for a test call stops waiting for it, so a later call would be of no use. */
const CHECK_TIMEOUT_S = 15;

export function createQstashDispatch(at: { url: string | undefined; token: Secret; publicUrl: string }): Dispatch {
  const client = new Client({ ...(at.url && { baseUrl: at.url }), token: at.token.reveal(), enableTelemetry: false });
  const url = `${at.publicUrl}${EXECUTE_PATH}`;
  const wake = async (wakeUp: WakeUp): Promise<string> => {
    const published = await client.publishJSON({
      url,
      body: { prebookingId: wakeUp.prebookingId },
      // QStash takes whole seconds, so the wake-up's instant is rounded down: the process itself waits for the exact instant.
      notBefore: Math.floor(wakeUp.at.getTime() / 1000),
      retries: RETRIES,
      retryDelay: RETRY_DELAY,
      deduplicationId: wakeUp.deduplicationId,
      timeout: DELIVERY_TIMEOUT_S,
    });
    return published.messageId;
  };
  async function shareRefresh({ runId, parts }: { runId: string; parts: number }): Promise<void> {
    const message = (part: number) => ({
      url: `${at.publicUrl}${REFRESH_PART_PATH}`,
      body: { runId, part },
      // A part that fails leaves its sessions to the other parts and to the next refresh run.
      retries: 0,
      timeout: PART_TIMEOUT_S,
      deduplicationId: `refresh-${runId}-${part}`,
      flowControl: { key: 'refresh', parallelism: PART_CONCURRENCY },
    });
    await client.batchJSON(Array.from({ length: parts }, (_, part) => message(part)));
  }
  async function callBack(runId: string): Promise<void> {
    const to = `${at.publicUrl}${QUEUE_CHECK_PATH}`;
    await client.publishJSON({ url: to, body: { runId }, retries: 0, timeout: CHECK_TIMEOUT_S });
  }
  return {
    longestDelayMs: MAX_DELAY_MS,
    wake: (wakeUp) =>
      wake(wakeUp).catch((cause) => {
        throw new Failure('queue/unavailable', 'The queue did not take the wake-up; the sweep will try again.', {
          cause,
        });
      }),
    shareRefresh: (share) =>
      shareRefresh(share).catch((cause) => {
        throw new Failure('queue/unavailable', 'The queue did not take the parts of a refresh run.', { cause });
      }),
    callBack: (runId) =>
      callBack(runId).catch((cause) => {
        throw new Failure('queue/unavailable', 'The queue did not take a message.', { cause });
      }),
  };
}
