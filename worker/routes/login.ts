// Signing in at the gym, which also opens a puntual session for the member. The password is passed on to the gym. The service stores the password,
// sealed, only if the member asks for that.
import { createRoute, z } from '@hono/zod-openapi';
import { type SignedIn, signIn } from '../../jobs/sign-in.ts';
import { ACCESS_LIFE_MS } from '../../services/identity/access.ts';
import { sessionCookies } from '../../services/identity/cookies.ts';
import type { LiveSessions } from '../../services/identity/live-session.ts';
import { Secret } from '../../services/secret.ts';
import type { AppContext, Router } from '../app-context.ts';
import { boxShape, toBox } from '../box-shape.ts';
import type { Guards } from '../guards.ts';
import { hasBearer, type Identify, refuseStrangePage } from '../identify.ts';
import { originOf } from '../request.ts';
import { answers, instant, jsonBody, label, newRouter } from '../router.ts';
import type { Services } from '../services.ts';
import { CONSENT, keptLoginField, keptLoginShape } from './kept-login.ts';

/**
 * A loose check of an e-mail address, because the gym decides which addresses it accepts: text before and behind one @, no blanks or control
 * characters.
 */
const LOOKS_LIKE_EMAIL = /^[^\s@\p{Cc}\p{Cs}]+@[^\s@\p{Cc}\p{Cs}]+$/u;
const email = z
  .string()
  .trim()
  .max(254)
  .regex(LOOKS_LIKE_EMAIL, 'expected an e-mail address')
  .openapi({ pattern: LOOKS_LIKE_EMAIL.source, example: 'lola@example.com' });
const bodyShape = z
  .strictObject({
    email,
    password: z.string().min(1).max(1000),
    fingerprint: label.optional(),
    keepLogin: z
      .boolean()
      .optional()
      .openapi({
        description: `True: the member agrees to “${CONSENT.en}”. False: forget it. Left out: none is begun.`,
      }),
    invitation: label.optional(),
    withdrawRequest: z.literal(true).optional().openapi({
      description:
        'A person who waits to be let in takes that back: all that is kept of them goes. Others sign in as ever.',
    }),
  })
  .openapi('Login');
const answerShape = z.object({
  member: z.object({ id: z.string(), email: z.string().nullable(), name: z.string() }),
  boxes: z.array(boxShape),
  /** Boxes that the gym names and that the service cannot identify, each with the reason. */
  unplaced: z.array(z.object({ name: z.string(), reason: z.string() })),
  device: z.object({ fingerprint: z.string(), token: z.string() }),
  keptLogin: keptLoginShape.optional(),
  accessToken: z.string(),
  expiresAt: instant,
});

const offersShape = z
  .object({
    /**
     * The terms that a member accepts with the request field `keepLogin`, and that a page shows where it offers to keep the login; null if this
     * service keeps no login.
     */
    keptLogin: z.object({ words: z.object({ en: z.string(), es: z.string() }) }).nullable(),
  })
  .openapi('SignInOffers');

export function loginRoutes(
  services: Services,
  context: AppContext,
  guards: Guards,
  identify: Identify,
  live: LiveSessions,
): Router {
  const router = newRouter();
  const offers = createRoute({
    method: 'get',
    path: '/api/auth/login',
    ...guards.open,
    summary: 'What a sign-in may ask for here, before there is one',
    responses: answers('The same for all', offersShape),
  });
  const keptLogin = services.allowKeptLogin === false ? null : { words: { ...CONSENT } };
  router.openapi(offers, (c) => c.json({ keptLogin }, 200));

  const route = createRoute({
    method: 'post',
    path: '/api/auth/login',
    ...guards.open,
    summary: 'Sign in with the gym account',
    request: jsonBody(bodyShape),
    responses: answers('Signed in; sets the session cookies', answerShape),
  });
  router.openapi(route, async (c) => {
    refuseStrangePage(c, context);
    const { email, password, invitation, ...rest } = c.req.valid('json');
    // Only a Bearer token permanently links this login's gym account to the member that the token names. A cookie links no gym account to a member,
    // because another person may have planted the cookie or left it in the browser.
    const asking = hasBearer(c) ? await identify.byBearer(c) : undefined;
    const secrets = { password: new Secret(password), ...(invitation && { invitation: new Secret(invitation) }) };
    const request = { email, ...rest, ...secrets, ...originOf(c, context), asking };
    const signedIn = await signIn(services, request);
    // Cached puntual sessions made from the caller's Supabase session may lack the device of this sign-in, so the cache is emptied.
    live.forget();
    for (const cookie of sessionCookies({ ...signedIn, accessLifeMs: ACCESS_LIFE_MS }))
      c.header('Set-Cookie', cookie, { append: true });
    return c.json(toAnswer(signedIn), 200);
  });
  return router;
}

const toAnswer = ({
  member,
  boxes,
  unplaced,
  device,
  keptLogin,
  accessToken,
  expiresAt,
}: SignedIn): z.infer<typeof answerShape> => ({
  member: { id: member.id, email: member.email ?? null, name: member.name },
  boxes: boxes.map(toBox),
  unplaced: [...unplaced],
  // A sign-in returns the gym token to the device for which the gym made it.
  device: { fingerprint: device.fingerprint, token: device.token.reveal() },
  ...keptLoginField(keptLogin),
  accessToken: accessToken.reveal(),
  expiresAt: expiresAt.toISOString(),
});
