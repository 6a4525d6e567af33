// The guards of the four kinds of caller: cron, queue, operator, member. An endpoint spreads its guard into its route, so that a path and its
// permitted callers stand together, in the code and in the OpenAPI contract. A caller's identity is only ever taken from a verified token.
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

/**
 * Demands a fixed secret as Bearer token, or as the password of HTTP Basic if `realm` is given. A right secret always passes; wrong ones are counted,
 * and refused with request/limited when there are too many.
 */
function secretGuard(services: Services, accepted: readonly Secret[], realm: string | undefined): Guard {
  const wrongTries = createLimiter(services.clock, BAD_TRIES);
  return async (c, next) => {
    const given = bearerOf(c) ?? (realm === undefined ? undefined : basicPasswordOf(c));
    // Every accepted secret is compared, even after a match, so that the time taken does not show which one matched.
    const matches = accepted.filter((secret) => given !== undefined && secretEquals(given, secret));
    if (matches.length > 0) return next();
    if (realm !== undefined) c.header('WWW-Authenticate', `Basic realm="${realm}", charset="UTF-8"`);
    // A request without a secret is not counted as a guess, because a browser sends such a request before it asks for the password.
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

/**
 * Demands CRON_SECRET as Bearer token, or the queue's signature over this endpoint's address, so that the queue's schedules need not hold our secret.
 */
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

/** Lets only a signed-in member pass. @param policy the policy by which the member must be admitted; undefined if no admission is needed. */
const memberGuard =
  (identify: (c: Asking) => Promise<Member>, policy?: AdmissionPolicy): Guard =>
  async (c, next) => {
    c.header('Vary', 'Authorization, Cookie');
    const member = await identify(c);
    if (policy && !isAdmitted(member.admission, policy)) throw notYetAdmitted(member.admission, policy);
    c.set('member', member);
    return next();
  };

/**
 * Lets only a signed-in member pass, admitted or not. A member erased a moment ago gets the error account/missing, which says that all data is gone.
 */
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

/** Makes the guards. Each guard says which callers may use an endpoint. */
export function createGuards(services: Services, context: AppContext, identify: Identify) {
  return {
    open: { security: [] },
    cron: { security: [{ cron: [] }, { queue: [] }], middleware: cronGuard(services, context) },
    operator: { security: [{ operator: [] }], middleware: secretGuard(services, [context.operatorToken], 'puntual') },
    /**
     * For endpoints that change data: accepts the operator's token as Bearer token only. A browser would add HTTP Basic even to a request that a
     * foreign page starts.
     */
    operatorBearer: {
      security: [{ operator: [] }],
      middleware: secretGuard(services, [context.operatorToken], undefined),
    },
    /** Lets a signed-in and admitted member pass. */
    member: {
      security: [{ member: [] }, { session: [] }],
      middleware: memberGuard(identify.member, services.admission),
    },
    /** Lets a signed-in member pass, admitted or not, at endpoints that need no admission. */
    guest: { security: [{ member: [] }, { session: [] }], middleware: memberGuard(identify.member) },
    /**
     * Lets every signed-in member pass, whatever their admission, at the endpoints that export and erase the member's data. A member erased a moment
     * ago gets the error account/missing.
     */
    leaver: { security: [{ member: [] }, { session: [] }], middleware: leaverGuard(services, identify) },
    /** Accepts a member, admitted or not, by Bearer token only; cookies are ignored. */
    bearer: { security: [{ member: [] }], middleware: memberGuard(identify.byBearer) },
    /** An endpoint that the queue calls: no guard stands before it, and it checks the queue's signature over the raw body itself. */
    queue: { security: [{ queue: [] }] },
  };
}
export type Guards = ReturnType<typeof createGuards>;
