// The four kinds of caller: cron, queue, operator, member. Each guard is what an endpoint spreads into its route, so that the policy stands beside
// the path and in the contract. Identity is only ever taken from a verified token.
import type { MiddlewareHandler } from 'hono';
import { asFailure, Failure } from '../services/failures.ts';
import { isAdmitted, notYetAdmitted } from '../services/identity/admission.ts';
import { type Secret, secretEquals } from '../services/secret.ts';
import type { AdmissionPolicy } from '../services/store/admission-store.ts';
import type { AppContext, AppEnv, Member } from './app-context.ts';
import { type Asking, bearerOf, type Identify, missing, refused } from './identify.ts';
import { createLimiter } from './limits.ts';
import type { Services } from './services.ts';

type Guard = MiddlewareHandler<AppEnv>;

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
    // A request without a secret is no guess, and a browser sends one before it asks for the password.
    if (given === undefined) throw missing();
    wrongTries.take('anybody');
    throw refused();
  };
}

function basicPasswordOf(c: Asking): string | undefined {
  const encoded = /^Basic +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** CRON_SECRET as Bearer, or the queue's own signature over this address: its schedules then hold no secret of ours. */
function cronGuard(services: Services, context: AppContext): Guard {
  const bySecret = secretGuard(services, context.cronSecrets, undefined);
  return async (c, next) => {
    const signature = c.req.header('upstash-signature');
    if (signature === undefined || bearerOf(c) !== undefined) return bySecret(c, next);
    const rawBody = await c.req.text();
    await context.verifyDelivery({ signature, rawBody, url: `${context.publicUrl}${c.req.path}` });
    return next();
  };
}

/** @param policy the policy by which a member must be admitted; undefined if no admission is needed. */
const memberGuard =
  (identify: (c: Asking) => Promise<Member>, policy?: AdmissionPolicy): Guard =>
  async (c, next) => {
    c.header('Vary', 'Authorization, Cookie');
    const member = await identify(c);
    if (policy && !isAdmitted(member.admission, policy)) throw notYetAdmitted(member.admission, policy);
    c.set('member', member);
    return next();
  };

/** A member, or one just erased: a second request is told that all data is gone, and not to sign in. */
const leaverGuard =
  ({ store }: Services, identify: Identify): Guard =>
  async (c, next) =>
    memberGuard(async (asking) => {
      try {
        return await identify.member(asking);
      } catch (error) {
        const { code, details } = asFailure(error);
        const { userId } = details;
        const isErased =
          code === 'auth/session-revoked' && typeof userId === 'string' && (await store.wasErased(userId));
        throw isErased ? new Failure('account/missing', 'There is no such account here (any more).') : error;
      }
    })(c, next);

/** The policies an endpoint can declare; each is spread into its route. */
export function createGuards(services: Services, context: AppContext, identify: Identify) {
  return {
    open: { security: [] },
    cron: { security: [{ cron: [] }, { queue: [] }], middleware: cronGuard(services, context) },
    operator: { security: [{ operator: [] }], middleware: secretGuard(services, [context.operatorToken], 'puntual') },
    /** By Bearer alone, for changes: a browser sends HTTP Basic along with requests of any page. */
    operatorBearer: {
      security: [{ operator: [] }],
      middleware: secretGuard(services, [context.operatorToken], undefined),
    },
    /** An admitted member. */
    member: {
      security: [{ member: [] }, { session: [] }],
      middleware: memberGuard(identify.member, services.admission),
    },
    /** The same, admitted or not: for what needs no admission. */
    guest: { security: [{ member: [] }, { session: [] }], middleware: memberGuard(identify.member) },
    /** The same, or erased a moment ago: a member can take and erase their data, admitted or not. */
    leaver: { security: [{ member: [] }, { session: [] }], middleware: leaverGuard(services, identify) },
    /** By Bearer alone, admitted or not; cookies are ignored. */
    bearer: { security: [{ member: [] }], middleware: memberGuard(identify.byBearer) },
    /** Checked by the endpoint itself, over the raw body. */
    queue: { security: [{ queue: [] }] },
  };
}
export type Guards = ReturnType<typeof createGuards>;
