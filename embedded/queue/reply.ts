// What a destination's answer means for a message: delivered, try again later, or never again. The functions of this file are pure.
import { retryDelayMs } from './expression.ts';
import type { Ending, MessageRow, Reply } from './store.ts';
import { durationMs } from './wire.ts';

const MAX_MS = 86_400_000; // one day, the limit of QStash itself
const NEVER_AGAIN = 489;
const MAY_NAME_A_TIME = [429, 503];

/** QStash's own pause before the next retry of a message that was retried `retried` times, in ms: 12 s, 2.5 min, 30 min, 6 h, then a day. */
const usualDelayMs = (retried: number): number => Math.min(MAX_MS, Math.exp(2.5 * (retried + 1)) * 1000);

/**
 * The Retry-After header of a 429 or 503, converted to ms from seconds, a duration such as 6m5s, or an HTTP date; undefined for any other answer or
 * text.
 */
function retryAfterMs(reply: Reply, now: Date): number | undefined {
  const text = reply.headers['retry-after']?.[0]?.trim();
  if (!text || !MAY_NAME_A_TIME.includes(reply.status)) return undefined;
  if (/^[\d.]+[smhd]?/.test(text)) {
    try {
      return Math.min(MAX_MS, durationMs(text));
    } catch {
      return undefined;
    }
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.min(MAX_MS, Math.max(0, at - now.getTime()));
}

/** How one delivery of a message ends, judged by the destination's answer. */
export function judge(message: MessageRow, reply: Reply, now: Date): Ending {
  if (reply.status >= 200 && reply.status < 300) return { kind: 'delivered' };
  const never =
    reply.status === NEVER_AGAIN && reply.headers['upstash-nonretryable-error']?.[0]?.toLowerCase() === 'true';
  if (never || message.retried >= message.spec.retries)
    return { kind: 'failed', dlqId: `dlq_${message.id.replace(/^msg_/, '')}` };
  const { retryDelay } = message.spec;
  const usual = () =>
    retryDelay === undefined ? usualDelayMs(message.retried) : retryDelayMs(retryDelay, message.retried);
  return { kind: 'retry', inMs: retryAfterMs(reply, now) ?? usual() };
}
