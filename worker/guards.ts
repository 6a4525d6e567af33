// Who may call: cron, queue, operator, member. Each guard is what an endpoint spreads into its route, so that the policy stands beside
// the path and in the contract. Identity is only ever taken from a verified token.
import type { Context, MiddlewareHandler, Next } from 'hono';
import { adviceFor, asFailure, Failure } from '../services/failures.ts';
import { readCookieTokens } from '../services/identity/cookies.ts';
import type { LiveSessions } from '../services/identity/live-session.ts';
import { Secret, secretEquals } from '../services/secret.ts';
import type { Services } from '../services/services.ts';
import { createLimiter } from './limits.ts';
import type { Member, Shell, ShellEnv } from './shell.ts';

type Guard = MiddlewareHandler<ShellEnv>;
type Asking = Context<ShellEnv>;

/** The token of an `Authorization: Bearer` header; other schemes are not looked at. */
const bearerOf = (c: Asking): string | undefined => /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
const hasBearer = (c: Asking): boolean => /^Bearer\b/i.test(c.req.header('authorization') ?? '');

const missing = () => new Failure('auth/missing', 'Expected an Authorization header or a session cookie.');
const refused = () => new Failure('auth/refused', 'Expected valid credentials.');

const BAD_TRIES = { most: 10, windowMs: 60_000 };

/** A fixed secret as Bearer, or (for a browser) as the password of HTTP Basic. A right one always passes; wrong ones are counted. */
function secretGuard(services: Services, accepted: readonly Secret[], realm: string | undefined): Guard {
  const wrongTries = createLimiter(services.clock, BAD_TRIES);
  return async (c, next) => {
    const given = bearerOf(c) ?? (realm === undefined ? undefined : basicPasswordOf(c));
    // Every accepted secret is compared, whichever matches.
    const matches = accepted.filter((secret) => given !== undefined && secretEquals(given, secret));
    if (matches.length > 0) return next();
    if (realm !== undefined) c.header('WWW-Authenticate', `Basic realm="${realm}", charset="UTF-8"`);
    wrongTries.take('anybody');
    throw given === undefined ? missing() : refused();
  };
}

function basicPasswordOf(c: Asking): string | undefined {
  const encoded = /^Basic +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** A browser acting with cookies must say that it comes from our own pages. Throws auth/cross-site. */
export function refuseCrossSite(c: Asking, shell: Shell): void {
  if (!UNSAFE.has(c.req.method)) return;
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const said = site !== undefined || origin !== undefined;
  const ours = origin === undefined || origin === shell.publicUrl || shell.sameOrigins.includes(origin);
  if (said && ours && (site === undefined || site === 'same-origin')) return;
  throw new Failure('auth/cross-site', 'Expected the request to come from our own pages.');
}

function memberGuard({ access, clock }: Services, sessions: LiveSessions, shell: Shell): Guard {
  const identify = async (token: Secret, by: Member['by']): Promise<Member> => {
    const who = await access.verify(token, clock.now());
    const { userId, email } = who;
    if (who.source === 'supabase') return { userId, email, by, sessionId: undefined, deviceFingerprint: undefined };
    const session = await sessions.read(who.sessionId);
    if (session?.userId !== userId) throw new Failure('auth/session-revoked', 'This session has ended: sign in again.');
    return { userId, email, by, sessionId: who.sessionId, deviceFingerprint: session.deviceFingerprint };
  };
  const byCookies = async (c: Asking): Promise<Member> => {
    const { access: tokens } = await readCookieTokens(c.req.header('cookie'));
    if (tokens.length === 0) throw missing();
    refuseCrossSite(c, shell);
    return firstThatHolds(tokens, (token) => identify(token, 'cookie'));
  };
  return async (c: Asking, next: Next) => {
    c.header('Vary', 'Authorization, Cookie');
    // With a Bearer the cookies are not even parsed: whatever they hold cannot change the outcome.
    const token = bearerOf(c);
    if (hasBearer(c) && token === undefined) throw refused();
    c.set('member', token === undefined ? await byCookies(c) : await identify(new Secret(token), 'bearer'));
    return next();
  };
}

/** The first token that is good; when none is, what was wrong with the first. An outage is not the token's fault and ends it. */
async function firstThatHolds(
  tokens: readonly Secret[],
  identify: (token: Secret) => Promise<Member>,
): Promise<Member> {
  const wrong: Failure[] = [];
  for (const token of tokens) {
    try {
      return await identify(token);
    } catch (error) {
      const failure = asFailure(error);
      if (adviceFor(failure.code).status !== 401) throw failure;
      wrong.push(failure);
    }
  }
  throw wrong[0] ?? missing();
}

/** The policies an endpoint can declare; each is spread into its route. */
export function createGuards(services: Services, shell: Shell, sessions: LiveSessions) {
  return {
    open: { security: [] },
    cron: { security: [{ cron: [] }], middleware: secretGuard(services, shell.cronSecrets, undefined) },
    operator: { security: [{ operator: [] }], middleware: secretGuard(services, [shell.operatorToken], 'puntual') },
    member: { security: [{ member: [] }, { session: [] }], middleware: memberGuard(services, sessions, shell) },
    /** Checked by the endpoint itself, over the raw body. */
    queue: { security: [{ queue: [] }] },
  };
}
export type Guards = ReturnType<typeof createGuards>;
