// The list of all failures, with what is to be done about each. The table FAILURES gives for every code: whether the caller may try again, the HTTP
// status, the reply to the queue, and whom to notify. Expected answers of the gym ("class full") are values (services/gym/gym.ts), never failures.

/**
 * The reply to the queue that delivered a message: `again` asks for another delivery (503), `done` reports success (200), `never` forbids another
 * delivery (489).
 */
export type QueueReply = 'again' | 'done' | 'never';

interface Advice {
  readonly status: number;
  readonly again: boolean;
  readonly queue: QueueReply;
  readonly tell: 'nobody' | 'member' | 'operator';
}

const client = (status: number): Advice => ({ status, again: false, queue: 'never', tell: 'nobody' });
const passing = (status: number): Advice => ({ status, again: true, queue: 'again', tell: 'nobody' });
const alarm = (status: number): Advice => ({ status, again: true, queue: 'again', tell: 'operator' });
const fatal: Advice = { status: 500, again: false, queue: 'never', tell: 'operator' };

export const FAILURES = {
  'request/invalid': client(400),
  'request/token-in-url': client(400),
  'request/too-large': client(413),
  'request/not-json': client(415),
  'request/idempotency-running': passing(409),
  'request/idempotency-mismatch': client(422),
  'request/limited': passing(429),
  'route/missing': client(404),
  'route/method': client(405),
  'auth/missing': client(401),
  'auth/refused': client(401),
  'auth/cross-site': client(403),
  'auth/session-revoked': client(401),
  'auth/account-taken': client(409),
  'auth/proof-needed': client(403),
  'auth/not-admitted': client(403),
  'auth/unavailable': passing(503),
  'queue/signature-refused': client(401),
  'queue/unavailable': passing(503),
  'login/not-kept-here': client(403),
  'login/none-kept': client(404),
  'gym/wrong-credentials': { ...client(401), tell: 'member' },
  'gym/account-locked': { ...client(429), tell: 'member' },
  'gym/unreachable': passing(502),
  'gym/blocked': alarm(503),
  'gym/busy': passing(503),
  'gym/unreadable': alarm(502),
  'gym/too-large': { ...alarm(502), again: false },
  'gym/box-refused': client(400),
  'account/missing': client(404),
  'account/erasing': client(409),
  'box/missing': client(404),
  'member/missing': client(404),
  'invitation/missing': client(404),
  'invitation/not-honoured': client(409),
  'session/missing': client(404),
  'session/needs-login': { ...client(409), tell: 'member' },
  'session/proof-refused': client(403),
  'session/busy': passing(503),
  'session/uncertain': passing(503),
  'session/write-lost': alarm(500),
  'session/jar-incomplete': alarm(502),
  'seal/unreadable': fatal,
  'seal/unknown-key': alarm(503),
  'refresh/nothing-updated': alarm(500),
  'refresh/mostly-skipped': alarm(500),
  'refresh/selector-broken': alarm(500),
  'booking/unconfirmed': passing(409),
  'prebooking/missing': client(404),
  'prebooking/duplicate': client(409),
  'prebooking/too-many': client(409),
  'prebooking/opening-unknown': client(422),
  'prebooking/class-started': client(409),
  'prebooking/class-missing': client(404),
  'prebooking/class-cancelled': client(409),
  'prebooking/too-late': client(409),
  'prebooking/write-lost': alarm(500),
  'prebooking/not-yet': passing(503),
  'watch/missing': client(404),
  'watch/duplicate': client(409),
  'watch/too-many': client(409),
  'watch/too-late': client(409),
  'watch/over': client(409),
  'watch/not-open': client(409),
  'watch/has-place': client(409),
  'watch/instead-missing': client(404),
  'rule/missing': client(404),
  'rule/duplicate': client(409),
  'rule/too-many': client(409),
  'rule/other-weekday': client(422),
  'pause/missing': client(404),
  'pause/too-many': client(409),
  'notice/no-channel': client(404),
  'notice/refused': passing(502),
  'notice/unreachable': passing(502),
  'notice/gone': client(410),
  'notice/unclear': { ...passing(502), again: false },
  'notice/not-offered': client(404),
  'notice/code-refused': client(404),
  'channel/unreachable': passing(502),
  'subscription/missing': client(404),
  'subscription/no-tokens': client(402),
  'database/unavailable': passing(503),
  'database/refused': alarm(500),
  'config/invalid': fatal,
  'run/overdue': alarm(504),
  'stack/missing-binary': fatal,
  'stack/port-taken': fatal,
  'stack/folder-unwritable': fatal,
  'stack/unsupported-platform': fatal,
  'stack/already-running': fatal,
  'stack/migration-failed': fatal,
  'stack/schema-too-old': fatal,
  'stack/start-failed': fatal,
  'internal/unexpected': alarm(500),
} as const satisfies Record<string, Advice>;

export type FailureCode = keyof typeof FAILURES;

/**
 * The error that puntual's code throws, with one of the codes of `FAILURES`. `details` must hold nothing secret, because it is logged and sent to the
 * client.
 */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;
  constructor(
    code: FailureCode,
    message: string,
    more: { cause?: unknown; details?: Record<string, unknown>; retryAfterMs?: number } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'Failure';
    this.code = code;
    this.details = more.details ?? {};
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** The entry of `FAILURES` for a failure code, which says what is to be done about the failure. */
export const adviceFor = (code: FailureCode): Advice => FAILURES[code];

/** Turns anything that was thrown into a `Failure`. A thrown thing that is not a Failure becomes the cause of an `internal/unexpected`. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure('internal/unexpected', 'Something went wrong on our side.', { cause: thrown });
}
