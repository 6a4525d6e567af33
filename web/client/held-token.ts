// The access token that a tab holds: its member, its puntual session, and how long it is fresh. The token is kept in memory only, never in
// localStorage.

export interface HeldToken {
  readonly token: string;
  readonly userId: string;
  readonly sessionId: string;
  /**
   * When the token stops being fresh, epoch ms by this machine's clock. The token's life is counted from the moment at which this tab received the
   * token, so a wrong clock does no harm.
   */
  readonly freshUntilMs: number;
}

/** A puntual session's access token is replaced this long (ms) before its end, so that it does not expire on its way to the service. */
const MARGIN_MS = 60_000;

interface Claims {
  readonly sub: string;
  readonly session_id: string;
  readonly iat: number;
  readonly exp: number;
}

/**
 * Makes a HeldToken from an access token's claims. Throws TypeError for a token of another form than the service's. The client does not check the
 * token's signature; the service does.
 */
export function holdToken(token: string, receivedAtMs: number): HeldToken {
  const { sub, session_id, iat, exp } = claimsOf(token);
  const freshUntilMs = receivedAtMs + (exp - iat) * 1000 - MARGIN_MS;
  return { token, userId: sub, sessionId: session_id, freshUntilMs };
}

function claimsOf(token: string): Claims {
  const claims = payloadOf(token);
  if (isClaims(claims)) return claims;
  throw new TypeError('Expected an access token of the service.');
}

/** The user id in a token; undefined for a text that is no token. */
export function subjectOf(token: string): string | undefined {
  const claims = payloadOf(token);
  return has(claims, { sub: 'string' }) ? (claims as Pick<Claims, 'sub'>).sub : undefined;
}

/** A JWT's payload, unchecked; undefined for a text that is no JWT. */
function payloadOf(token: string): unknown {
  try {
    const [, payload = ''] = token.split('.');
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

const isClaims = (value: unknown): value is Claims =>
  has(value, { sub: 'string', session_id: 'string', iat: 'number', exp: 'number' });

/** True if the message of another tab is a HeldToken. */
export const isHeldToken = (value: unknown): value is HeldToken =>
  has(value, { token: 'string', userId: 'string', sessionId: 'string', freshUntilMs: 'number' });

/** True if `value` is an object with these fields, each of the given type. */
export const has = (value: unknown, fields: Readonly<Record<string, 'string' | 'number'>>): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(fields).every(([name, kind]) => typeof Reflect.get(value, name) === kind);
