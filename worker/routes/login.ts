// Signing in at the gym, and getting puntual's own session for it. The password passes through and is kept nowhere.
import { createHash } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { type SignedIn, signIn } from '../../jobs/sign-in.ts';
import { asFailure } from '../../services/failures.ts';
import { ACCESS_LIFE_MS } from '../../services/identity/access.ts';
import { sessionCookies } from '../../services/identity/cookies.ts';
import { Secret } from '../../services/secret.ts';
import type { Services } from '../../services/services.ts';
import type { Guards } from '../guards.ts';
import { createLimiter, type Limiter } from '../limits.ts';
import { answers, instant, jsonBody, label, newRouter } from '../router.ts';
import type { Router, Shell, ShellEnv } from '../shell.ts';

/** The gym locks an account after some number of wrong passwords that nobody knows; three are thought safe. */
const WRONG_A_MEMBER = { most: 3, windowMs: 15 * 60_000 };
const WRONG_AN_ADDRESS = { most: 20, windowMs: 15 * 60_000 };

const bodyShape = z
  .strictObject({ email: z.email().max(254), password: z.string().min(1).max(1000), fingerprint: label.optional() })
  .openapi('Login');
const boxShape = z
  .object({ id: z.string(), aimharderBoxId: z.string(), subdomain: z.string(), name: z.string(), timeZone: z.string() })
  .openapi('Box');
const answerShape = z.object({
  member: z.object({ id: z.string(), email: z.string().nullable(), name: z.string() }),
  boxes: z.array(boxShape),
  device: z.object({ fingerprint: z.string(), token: z.string() }),
  accessToken: z.string(),
  expiresAt: instant,
});

export function loginRoutes(services: Services, shell: Shell, guards: Guards): Router {
  const router = newRouter();
  const byMember = createLimiter(services.clock, WRONG_A_MEMBER);
  const byAddress = createLimiter(services.clock, WRONG_AN_ADDRESS);
  const route = createRoute({
    method: 'post',
    path: '/api/auth/login',
    ...guards.open,
    summary: 'Sign in with the gym account',
    request: jsonBody(bodyShape),
    responses: answers('Signed in; sets the session cookies', answerShape),
  });
  router.openapi(route, async (c) => {
    const { email, password, fingerprint } = c.req.valid('json');
    const ip = addressOf(c, shell);
    const userAgent = c.req.header('user-agent')?.slice(0, 300);
    const request = { email, password: new Secret(password), fingerprint, userAgent, ip };
    const tries = [
      { limiter: byMember, key: keyOf(email) },
      { limiter: byAddress, key: ip ?? 'unknown' },
    ];
    const signedIn = await counted(tries, () => signIn(services, request));
    for (const cookie of sessionCookies({ ...signedIn, accessLifeMs: ACCESS_LIFE_MS }))
      c.header('Set-Cookie', cookie, { append: true });
    return c.json(toAnswer(signedIn), 200);
  });
  return router;
}

/** The limiter needs to tell addresses apart, not to know them. */
const keyOf = (email: string): string => createHash('sha256').update(email.trim().toLowerCase()).digest('hex');

/** Every try counts as wrong from its start, so that a thousand at once are still three; one that was not wrong is forgiven. */
async function counted<T>(tries: readonly { limiter: Limiter; key: string }[], work: () => Promise<T>): Promise<T> {
  for (const { limiter, key } of tries) limiter.take(key);
  const forgive = () => {
    for (const { limiter, key } of tries) limiter.forgive(key);
  };
  try {
    const done = await work();
    forgive();
    return done;
  } catch (error) {
    const { code } = asFailure(error);
    if (code !== 'gym/wrong-credentials' && code !== 'gym/account-locked') forgive();
    throw error;
  }
}

/** Who is at the other end of the connection; the header only where the platform itself writes it. */
function addressOf(c: Context<ShellEnv>, shell: Shell): string | undefined {
  const forwarded = c.req.header('x-forwarded-for')?.split(',')[0]?.trim();
  return (shell.trustForwarded ? forwarded : undefined) ?? c.env?.incoming?.socket?.remoteAddress;
}

const toAnswer = ({ member, boxes, device, accessToken, expiresAt }: SignedIn): z.infer<typeof answerShape> => ({
  member: { id: member.id, email: member.email ?? null, name: member.name },
  boxes: boxes.map(({ id, aimharderBoxId, subdomain, name, timeZone }) => ({
    id,
    aimharderBoxId,
    subdomain,
    name,
    timeZone,
  })),
  // The one place where a gym token leaves: to the device it was made for.
  device: { fingerprint: device.fingerprint, token: device.token.reveal() },
  accessToken: accessToken.reveal(),
  expiresAt: expiresAt.toISOString(),
});
