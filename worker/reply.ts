// Turns a failure into an answer: status, body and headers from the table in services/failures.ts, for HTTP callers and for the queue.
import type { Logger } from 'pino';
import { adviceFor, type Failure } from '../services/failures.ts';

export interface Reply {
  readonly status: number;
  readonly body: { readonly error: { readonly code: string; readonly message: string } };
  readonly headers: Readonly<Record<string, string>>;
}

const QUEUE_PAUSE_MS = 5_000;

const bodyOf = (failure: Failure, incident: string): Reply['body'] => {
  const ours = failure.code === 'internal/unexpected';
  // The message of an unexpected error may hold a secret, so the caller gets only the incident's id, which is also in the log.
  const message = ours ? `Something went wrong on our side (incident ${incident}).` : failure.message;
  return { error: { code: failure.code, message } };
};

const retryAfter = (ms: number | undefined): Record<string, string> =>
  ms === undefined ? {} : { 'Retry-After': String(Math.max(1, Math.ceil(ms / 1000))) };

/** The answer to a failed HTTP request. */
export const replyTo = (failure: Failure, incident: string): Reply => ({
  status: adviceFor(failure.code).status,
  body: bodyOf(failure, incident),
  headers: retryAfter(failure.retryAfterMs),
});

/**
 * The answer to a message of the queue whose job failed. The queue reads the answer's status: 503, deliver the message again; 489, never again; 200,
 * the message is done with.
 */
export function replyToQueue(failure: Failure, incident: string): Reply {
  const body = bodyOf(failure, incident);
  switch (adviceFor(failure.code).queue) {
    case 'again':
      return { status: 503, body, headers: retryAfter(failure.retryAfterMs ?? QUEUE_PAUSE_MS) };
    case 'never':
      return { status: 489, body, headers: { 'Upstash-NonRetryable-Error': 'true' } };
    case 'done':
      return { status: 200, body, headers: {} };
  }
}

/**
 * Logs why the process cannot start. A fault that the operator can fix is logged as one sentence; only an unexpected error is logged with its stack.
 */
export function reportFailure(logger: Logger, failure: Failure): void {
  const foreseen = /^(config|stack)\//.test(failure.code);
  logger.fatal({ code: failure.code, ...(foreseen ? failure.details : { err: failure }) }, failure.message);
}
