// Decides whether an outgoing call took effect. Every response and every thrown thing gets one verdict here; no other file reads error codes to find
// out whether a call took effect. The verdict does not look into bodies: whether a 200 means "yes" must be read by the caller.
import { TUNNEL_ERROR } from './tunnel.ts';

/**
 * `not-sent`: the call is proven never to have left. `definite`: the call was answered, and the answer can be relied on. `unknown`: the call may
 * have taken effect.
 */
export type Verdict = 'not-sent' | 'definite' | 'unknown';

/** The codes of the errors that services/http.ts and the files `http-….ts` beside it create. */
export const MARK = { notSent: 'HTTP_NOT_SENT', late: 'HTTP_LATE', tooLarge: 'HTTP_BODY_TOO_LARGE' } as const;

/** Codes of errors that can only arise before the first byte of a request is sent. */
const BEFORE_SENDING = new Set<unknown>([
  MARK.notSent,
  ...Object.values(TUNNEL_ERROR),
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
  // A failed certificate check ends the handshake; a request is only written on a connection with a checked certificate.
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'HOSTNAME_MISMATCH',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
]);

/**
 * System calls that are made before a connection exists. ETIMEDOUT or EHOSTUNREACH mean `not-sent` only when one of the system calls in `CONNECTING`
 * failed.
 */
const CONNECTING = new Set<unknown>(['connect', 'getaddrinfo', 'queryA', 'queryAaaa']);
/**
 * Part of Node's message for a TLS handshake that broke off. Node gives the error of a broken handshake the code ECONNRESET, which does not tell
 * whether a request was sent.
 */
const HANDSHAKE_CUT = 'before secure TLS connection was established';
/** How many `cause` links are followed: more than any real chain has; the limit ends the search in a chain that leads back to itself. */
const DEEPEST_CAUSE = 8;

const field = (thrown: object, name: string): unknown => {
  try {
    return Reflect.get(thrown, name);
  } catch {
    return undefined;
  }
};

const isLink = (value: unknown): value is object => typeof value === 'object' && value !== null;

function neverLeft(thrown: unknown, depth = 0): boolean {
  if (!isLink(thrown) || depth > DEEPEST_CAUSE) return false;
  const attempts = field(thrown, 'errors');
  // When Node tried several addresses, the verdict is `not-sent` only if it is proven that the call reached none of them.
  if (Array.isArray(attempts) && attempts.length > 0) return attempts.every((each) => neverLeft(each, depth + 1));
  if (BEFORE_SENDING.has(field(thrown, 'code')) || CONNECTING.has(field(thrown, 'syscall'))) return true;
  const message = field(thrown, 'message');
  if (typeof message === 'string' && message.includes(HANDSHAKE_CUT)) return true;
  return neverLeft(field(thrown, 'cause'), depth + 1);
}

/** 408 and 5xx may come from a proxy although the gym behind it carried out the call. A redirect says nothing about whether the call took effect. */
const statusVerdict = (status: number): Verdict =>
  (status >= 200 && status < 300) || (status >= 400 && status < 500 && status !== 408) ? 'definite' : 'unknown';

/** Gives the verdict on any response (by its `status`) or any thrown thing, of any shape. `classify` never throws. */
export function classify(outcome: unknown): Verdict {
  if (!isLink(outcome)) return 'unknown';
  const status = outcome instanceof Error ? undefined : field(outcome, 'status');
  if (typeof status === 'number') return statusVerdict(status);
  return neverLeft(outcome) ? 'not-sent' : 'unknown';
}
