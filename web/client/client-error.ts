// The one kind of error that the client throws.
import type { ErrorCode } from './contract.ts';

/**
 * `client/unreachable`: no answer came, and the service may or may not have done what was asked. `client/unreadable`: the answer is not one that the
 * service gives. `client/signed-out`: the member has no puntual session with which to make the call.
 */
export type ClientCode = 'client/unreachable' | 'client/unreadable' | 'client/signed-out';

/** A refusal of the service, with its code and status, or a call without an answer (status 0). */
export class ClientError extends Error {
  readonly code: ErrorCode | ClientCode;
  readonly status: number;
  /** Milliseconds until asking again makes sense; undefined if the service gives no time. */
  readonly retryAfterMs: number | undefined;
  constructor(
    code: ErrorCode | ClientCode,
    message: string,
    more: { status?: number; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'ClientError';
    this.code = code;
    this.status = more.status ?? 0;
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** True if the service has refused the call's credentials. A call with refused credentials has had no effect. */
export const isRefusedIdentity = (error: unknown): error is ClientError =>
  error instanceof ClientError && error.status === 401 && error.code.startsWith('auth/');
