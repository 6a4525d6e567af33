// Identifies the caller by a signed access token: ours (ES256, ten minutes) or Supabase's (its published keys). Verified means signature,
// algorithm, issuer, audience, role, subject and expiry. It does not check whether the session was revoked meanwhile.
import {
  createRemoteJWKSet,
  errors,
  importJWK,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose';
import { z } from 'zod';
import { Failure } from '../failures.ts';
import { Secret } from '../secret.ts';

export const ACCESS_LIFE_MS = 10 * 60_000;
const AUDIENCE = 'authenticated';
/** Says that a token is one of ours, valid only while its row of user_sessions is. */
const OURS = 'puntual';
/** By public keys alone: a shared secret (HS256) would let any service that checks tokens make them, too. */
const ALGORITHMS = ['ES256', 'RS256'];
/** In the head of every access token. The same key may sign other kinds (a DPoP proof, an id token): none of them is accepted here. */
const TYPE = 'JWT';
const CLOCK_TOLERANCE_S = 5;
/** Real ones are about 1 KB. Longer ones are refused unread. */
const MAX_TOKEN = 8 * 1024;

/** The person that a verified token speaks for. Only our tokens name a session of ours. */
export type Identity =
  | {
      readonly source: 'puntual';
      readonly userId: string;
      readonly sessionId: string;
      readonly email: string | undefined;
    }
  | {
      readonly source: 'supabase';
      readonly userId: string;
      /** Supabase's own session, where its token names one. */
      readonly supabaseSessionId: string | undefined;
      readonly email: string | undefined;
      readonly issuedAt: Date | undefined;
      /** When the person last proved their identity to Supabase, where its token says so. */
      readonly provedAt: Date | undefined;
    };

export interface Access {
  /** The issuer that our tokens name. */
  readonly issuer: string;
  /** The public keys they are signed with. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, string>>[] };
  /** A fresh access token for one of our sessions. */
  sign(
    who: { userId: string; sessionId: string; email?: string | undefined },
    now: Date,
  ): Promise<{ token: Secret; expiresAt: Date }>;
  /** Throws auth/refused, or auth/unavailable when the keys cannot be fetched. */
  verify(token: Secret, now: Date): Promise<Identity>;
}

export interface AccessParts {
  /** Private ES256 JWK as JSON. */
  readonly signingKey: Secret;
  readonly issuer: string;
  /** Supabase's Auth; its tokens name `${authUrl}` as issuer and its keys lie below it. */
  readonly authUrl: string;
}

const claims = z.object({
  sub: z.guid(),
  role: z.literal('authenticated'),
  email: z.string().optional(),
  session_id: z.guid().optional(),
  iat: z.number().optional(),
  auth_time: z.number().optional(),
  amr: z
    .array(z.object({ method: z.string(), timestamp: z.number() }))
    .optional()
    .catch(undefined),
});

/** `auth_time`, or the latest of the ways of signing in that Supabase lists; a renewed token is no proof of anything. */
function provedAtOf({ auth_time: said, amr = [] }: z.infer<typeof claims>): Date | undefined {
  const latest = Math.max(...amr.filter(({ method }) => method !== 'token_refresh').map(({ timestamp }) => timestamp));
  const seconds = said ?? latest;
  return Number.isFinite(seconds) ? new Date(seconds * 1000) : undefined;
}

type SigningKey = JWK & Readonly<Record<'kty' | 'crv' | 'x' | 'y' | 'd' | 'kid', string>>;

/** Reads a private ES256 JWK. Throws config/invalid; never quotes it. */
export function parseSigningKey(text: Secret): SigningKey {
  const shape = z.object({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string(),
    y: z.string(),
    d: z.string(),
    kid: z.string().min(1),
  });
  try {
    return { ...shape.parse(JSON.parse(text.reveal())), alg: 'ES256' };
  } catch {
    throw new Failure('config/invalid', 'SESSION_SIGNING_KEY: expected a private ES256 key as a JWK with a kid.');
  }
}

export async function createAccess({ signingKey, issuer, authUrl }: AccessParts): Promise<Access> {
  const jwk = parseSigningKey(signingKey);
  const { d: _private, ...publicJwk } = jwk;
  const privateKey = await importJWK(jwk, 'ES256');
  const publicKey = await importJWK(publicJwk, 'ES256');
  const remote = createRemoteJWKSet(new URL(`${authUrl}/.well-known/jwks.json`), {
    cooldownDuration: 30_000,
    timeoutDuration: 5_000,
  });
  // Our own key needs no look-up, so our sessions work while Supabase's keys cannot be fetched.
  const keyFor: JWTVerifyGetKey = async (header, token) =>
    header.kid === jwk.kid && header.alg === 'ES256' ? publicKey : remote(header, token).catch(refuseOrRaise);
  const verify = async (token: Secret, now: Date): Promise<Identity> => {
    if (token.reveal().length > MAX_TOKEN) throw refused();
    try {
      const { payload, protectedHeader } = await jwtVerify(token.reveal(), keyFor, {
        algorithms: ALGORITHMS,
        issuer: [issuer, authUrl],
        audience: AUDIENCE,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: now,
      });
      // If Supabase signs with the key we lent it, only the claim distinguishes its tokens from ours: key and issuer must match ours then, too.
      const isOurs = payload['provider'] === OURS;
      if (isOurs && (protectedHeader.kid !== jwk.kid || payload.iss !== issuer)) throw refused();
      if (!isAccessToken(protectedHeader.typ, isOurs)) throw refused();
      return isOurs ? ourIdentity(payload) : theirIdentity(payload);
    } catch (error) {
      if (error instanceof errors.JOSEAlgNotAllowed) throw wrongAlgorithm();
      if (error instanceof Failure) throw error;
      // The signature is checked first, so a token that fails only here was right in everything else.
      throw refused(error instanceof errors.JWTExpired);
    }
  };
  const sign = async (who: { userId: string; sessionId: string; email?: string | undefined }, now: Date) => {
    const expiresAt = new Date(now.getTime() + ACCESS_LIFE_MS);
    const token = await new SignJWT({
      role: AUDIENCE,
      session_id: who.sessionId,
      provider: OURS,
      ...(who.email && { email: who.email }),
    })
      .setProtectedHeader({ alg: 'ES256', typ: TYPE, kid: jwk.kid })
      .setIssuer(issuer)
      .setAudience(AUDIENCE)
      .setSubject(who.userId)
      .setIssuedAt(now)
      .setExpirationTime(expiresAt)
      .sign(privateKey);
    return { token: new Secret(token), expiresAt };
  };
  const { kty, crv, x, y, kid } = jwk;
  const published = { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' };
  return { issuer, jwks: { keys: [published] }, sign, verify };
}

/** Ours always name their type. A token of Supabase's without a type is accepted, and one of another type is refused. */
const isAccessToken = (type: string | undefined, isOurs: boolean): boolean =>
  type === undefined ? !isOurs : type.toUpperCase() === TYPE;

const refused = (expired = false): Failure =>
  new Failure('auth/refused', 'Expected a valid access token.', { details: { expired } });

/** Was this token valid, but for its age? */
export const hasExpired = ({ code, details }: Failure): boolean =>
  code === 'auth/refused' && details['expired'] === true;

/** Reveals nothing that the contract does not say, and helps a person with an older Supabase project. */
const wrongAlgorithm = (): Failure =>
  new Failure(
    'auth/refused',
    `Expected an access token signed by ${ALGORITHMS.join(' or ')}: a project that still signs by a shared secret (HS256) migrates to JWT signing keys first.`,
  );

/** A key that is not published is the token's fault; any other error means that the key set did not come, or came broken. */
function refuseOrRaise(error: unknown): never {
  const theirs = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];
  if (theirs.some((kind) => error instanceof kind)) throw refused();
  throw new Failure('auth/unavailable', 'The keys of the sign-in service cannot be fetched just now.', {
    cause: error,
  });
}

function ourIdentity(payload: JWTPayload): Identity {
  const { sub: userId, email, session_id: sessionId } = claims.parse(payload);
  if (sessionId === undefined) throw refused();
  return { source: 'puntual', userId, sessionId, email };
}

function theirIdentity(payload: JWTPayload): Identity {
  const theirs = claims.parse(payload);
  const { sub: userId, email, session_id: supabaseSessionId, iat } = theirs;
  const issuedAt = iat === undefined ? undefined : new Date(iat * 1000);
  return { source: 'supabase', userId, supabaseSessionId, email, issuedAt, provedAt: provedAtOf(theirs) };
}
