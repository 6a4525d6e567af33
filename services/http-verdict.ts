// Did a call take effect? One total answer for every response and every thrown thing; no other file reads error codes for that.
// It does not look into bodies: whether a 200 says yes is the caller's business.
import { TUNNEL_ERROR } from './tunnel.ts';

/** `not-sent`: proven never to have left, send again freely. `definite`: an answer to go by. `unknown`: it may have taken effect. */
export type Verdict = 'not-sent' | 'definite' | 'unknown';

/** Marks that services/http.ts puts on what it throws itself. */
export const MARK = { notSent: 'HTTP_NOT_SENT', late: 'HTTP_LATE', tooLarge: 'HTTP_BODY_TOO_LARGE' } as const;

/** Codes that can only arise before the first byte of a request. */
const BEFORE_SENDING = new Set<unknown>([
  MARK.notSent,
  ...Object.values(TUNNEL_ERROR),
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_INVALID_ARG',
  // Certificate checks end the handshake; a request is only written on a checked connection.
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

/** System calls that come before a connection exists; ETIMEDOUT or EHOSTUNREACH mean `not-sent` only under these. */
const CONNECTING = new Set<unknown>(['connect', 'getaddrinfo', 'queryA', 'queryAaaa']);
/** Node's own words, without a code of its own (it says ECONNRESET), for a handshake that broke off. */
const HANDSHAKE_CUT = 'before secure TLS connection was established';
/** Deeper than any real chain; stops a cause that points at itself. */
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
  // Several addresses were tried: one that may have been reached is enough to doubt.
  if (Array.isArray(attempts) && attempts.length > 0) return attempts.every((each) => neverLeft(each, depth + 1));
  if (BEFORE_SENDING.has(field(thrown, 'code')) || CONNECTING.has(field(thrown, 'syscall'))) return true;
  const message = field(thrown, 'message');
  if (typeof message === 'string' && message.includes(HANDSHAKE_CUT)) return true;
  return neverLeft(field(thrown, 'cause'), depth + 1);
}

/** 408 and 5xx may come from something in front of a gym that did act; a redirect answers another question. */
const statusVerdict = (status: number): Verdict =>
  (status >= 200 && status < 300) || (status >= 400 && status < 500 && status !== 408) ? 'definite' : 'unknown';

/** Total: any response (by its `status`) or anything thrown, in any shape, gets exactly one verdict; it never throws. */
export function classify(outcome: unknown): Verdict {
  if (!isLink(outcome)) return 'unknown';
  const status = outcome instanceof Error ? undefined : field(outcome, 'status');
  if (typeof status === 'number') return statusVerdict(status);
  return neverLeft(outcome) ? 'not-sent' : 'unknown';
}
