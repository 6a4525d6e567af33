// `GET /auth/v1/user` of the embedded stack, as supabase-js calls it: the person a valid token names. There is no Supabase Auth here, so the user
// is made from the token and our own rows, and missing fields are listed. It does not sign in.
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';

export interface UserAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface UserParts {
  readonly signingJwks: JSONWebKeySet;
  /** Reads rows as the person whose token it is, through PostgREST. Undefined: the token was not taken there. */
  readonly rows: (path: string, token: string) => Promise<unknown>;
}

/** Fields that Supabase's user has and this one lacks. */
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

/** The answer for a part of Auth that is missing here, by its name. */
export const notCarried = (method: string, path: string): UserAnswer =>
  refusal(
    404,
    'not_carried',
    `The embedded stack does not carry ${method} ${path}: sign in at puntual, /docs says how.`,
  );

/** Makes a function that returns which member a bearer token names. */
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
    // Only our own tokens depend on a row of ours.
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
