// Publishes the public keys that verify our tokens, and the address of these keys, at the paths below our issuer's address where OpenID clients look
// for them. If another service is the issuer (a hosted Supabase that has our key), that service publishes the keys, and puntual has no endpoints at
// the paths for OpenID clients.
import { createRoute, z } from '@hono/zod-openapi';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const jwksShape = z
  .object({
    keys: z.array(
      z.object({
        kty: z.string(),
        crv: z.string(),
        x: z.string(),
        y: z.string(),
        kid: z.string(),
        alg: z.literal('ES256'),
        use: z.literal('sig'),
      }),
    ),
  })
  .openapi('JsonWebKeySet');
const discoveryShape = z
  .object({
    issuer: z.string(),
    jwks_uri: z.string(),
    response_types_supported: z.array(z.string()),
    subject_types_supported: z.array(z.string()),
    id_token_signing_alg_values_supported: z.array(z.string()),
    claims_supported: z.array(z.string()),
  })
  .openapi('Discovery');
const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { 'application/json': { schema } },
});
/** The claims in our own access tokens. */
const CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'role', 'email', 'session_id'];

/** The endpoints `<issuer>/.well-known/jwks.json` and `/.well-known/openid-configuration`, if this service is the issuer. */
export function discoveryRoutes({ access }: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const { origin, pathname } = new URL(access.issuer);
  if (![context.publicUrl, ...context.sameOrigins].includes(origin)) return router;
  const below = pathname.replace(/\/$/, '');
  const jwks = createRoute({
    method: 'get',
    path: `${below}/.well-known/jwks.json`,
    ...guards.open,
    summary: 'The keys our access tokens are signed with',
    responses: { 200: json('A key set', jwksShape) },
  });
  router.openapi(jwks, (c) => c.json(jwksShape.parse(access.jwks), 200, PUBLISHED));

  const discovery = createRoute({
    method: 'get',
    path: `${below}/.well-known/openid-configuration`,
    ...guards.open,
    summary: 'Who signs our access tokens, and where the keys are',
    responses: { 200: json('OpenID discovery', discoveryShape) },
  });
  router.openapi(discovery, (c) =>
    c.json(
      {
        issuer: access.issuer,
        jwks_uri: `${access.issuer.replace(/\/$/, '')}/.well-known/jwks.json`,
        response_types_supported: ['token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
        claims_supported: CLAIMS,
      },
      200,
      PUBLISHED,
    ),
  );
  return router;
}

/** Lets pages of any origin read the answer, because the keys are public. */
const PUBLISHED = { 'Access-Control-Allow-Origin': '*' };
