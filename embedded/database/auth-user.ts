// `GET /auth/v1/user` of the embedded stack, as supabase-js calls it: the person that a valid token names. The embedded stack has no Supabase Auth,
// so this file makes the user's data from the token and puntual's own rows. The answer's `not_carried` names the fields that only Supabase's answer
// has. This file signs no member in.
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';

export interface UserAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface UserParts {
  readonly signingJwks: JSONWebKeySet;
  /** Reads rows through PostgREST with the rights of the person that the token names; undefined if PostgREST refused the token. */
  readonly rows: (path: string, token: string) => Promise<unknown>;
}

/** The fields that a user of Supabase has and the embedded stack's answer lacks. */
const NOT_CARRIED = ['phone', 'identities', 'factors', 'email_confirmed_at', 'last_sign_in_at'] as const;

const claimShape = z.object({ sub: z.guid(), email: z.string().optional(), session_id: z.guid().optional() });
const memberRows = z.array(
  z.object({ email: z.string().nullable(), display_name: z.string(), created_at: z.string() }),
);
const sessionRows = z.array(z.object({ revoked_at: z.string().nullable() }));

const refusal = (status: number, error_code: string, msg: string): UserAnswer => ({
  status,
  body: { code: status, error_code, msg },
});

/** The 404 answer for an endpoint of Supabase's Auth that the embedded stack lacks. */
export const notCarried = (method: string, path: string): UserAnswer =>
  refusal(
    404,
    'not_carried',
    `The embedded stack does not carry ${method} ${path}: sign in at puntual, /docs says how.`,
  );

/** Makes a function that answers which member a bearer token names, in the form of Supabase's answer. */
export function createUserAnswer({ signingJwks, rows }: UserParts): (token: string | undefined) => Promise<UserAnswer> {
  const keys = createLocalJWKSet(signingJwks);
  return async (token) => {
    if (token === undefined) return refusal(401, 'no_authorization', 'This endpoint requires a valid Bearer token');
    const payload = await verified(keys, token);
    const claims = claimShape.safeParse(payload).data;
    if (!payload || !claims) return refusal(403, 'bad_jwt', 'invalid JWT: unable to parse or verify signature');
    const [members, sessions] = await Promise.all([
      rows(`/members?id=eq.${claims.sub}&select=email,display_name,created_at`, token),
      rows(`/user_sessions?id=eq.${claims.session_id ?? claims.sub}&select=revoked_at`, token),
    ]);
    const session = sessionRows.safeParse(sessions).data?.[0];
    // A token that puntual signed is valid only while its puntual session has a row in user_sessions that is not revoked; a Supabase token has no
    // such row.
    const hasEnded = payload['provider'] === 'puntual' && (!session || session.revoked_at !== null);
    if (hasEnded) return refusal(403, 'session_not_found', 'Session from session_id claim in JWT does not exist');
    const member = memberRows.safeParse(members).data?.[0];
    if (!member) return refusal(403, 'user_not_found', 'User from sub claim in JWT does not exist');
    const email = member.email ?? claims.email ?? '';
    return { status: 200, body: userOf(claims.sub, { ...member, email }) };
  };
}

async function verified(keys: ReturnType<typeof createLocalJWKSet>, token: string): Promise<JWTPayload | undefined> {
  const how = { algorithms: ['ES256'], audience: 'authenticated', requiredClaims: ['exp', 'sub', 'role'] };
  const answer = await jwtVerify(token, keys, how).catch(() => undefined);
  return answer?.payload['role'] === 'authenticated' ? answer.payload : undefined;
}

const userOf = (id: string, { email, display_name: name, created_at }: z.infer<typeof memberRows>[number]) => ({
  id,
  aud: 'authenticated',
  role: 'authenticated',
  email,
  app_metadata: { provider: 'puntual', providers: ['puntual'], not_carried: NOT_CARRIED },
  user_metadata: { name },
  created_at,
  is_anonymous: false,
});
