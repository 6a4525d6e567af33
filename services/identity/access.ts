// Identifies the caller by a signed access token: puntual's own (ES256, valid for ten minutes) or Supabase's (verified with Supabase's published
// keys). `verify` checks signature, algorithm, issuer, audience, role, subject and expiry. This file does not check whether the session was revoked
// since the token was issued.
import { createECDH } from 'node:crypto';
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
/** The value of the claim `provider` in puntual's own tokens. A token of puntual is valid only while its session's row in user_sessions is valid. */
const OURS = 'puntual';
/** The accepted signature algorithms; all use a public key. With a shared secret (HS256), any service that checks tokens could also make them. */
const ALGORITHMS = ['ES256', 'RS256'];
/** The `typ` in the header of an access token. The signing key may also sign other tokens (a DPoP proof, an id token), which are refused here. */
const TYPE = 'JWT';
const CLOCK_TOLERANCE_S = 5;
/** The most characters that a token may have: real tokens have about 1,000, and a token with more than `MAX_TOKEN` is refused unread. */
const MAX_TOKEN = 8 * 1024;

/**
 * The person that a verified token identifies. A token of puntual also names a puntual session (a row of user_sessions); a token of Supabase names
 * none.
 */
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
      /** The id of Supabase's session, if the token names one. */
      readonly supabaseSessionId: string | undefined;
      readonly email: string | undefined;
      readonly issuedAt: Date | undefined;
      /** When the person last proved their identity to Supabase, if the token says so. */
      readonly provedAt: Date | undefined;
    };

export interface Access {
  /** The issuer that puntual's own tokens name. */
  readonly issuer: string;
  /** The public keys that verify puntual's own tokens. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, string>>[] };
  /** Signs a fresh access token for one of puntual's own sessions. */
  sign(
    who: { userId: string; sessionId: string; email?: string | undefined },
    now: Date,
  ): Promise<{ token: Secret; expiresAt: Date }>;
  /** Verifies a token and returns its identity. Throws auth/refused, or auth/unavailable when Supabase's keys cannot be fetched. */
  verify(token: Secret, now: Date): Promise<Identity>;
}

export interface AccessParts {
  /** A private ES256 key, as a JWK in JSON. */
  readonly signingKey: Secret;
  readonly issuer: string;
  /** The address of Supabase's Auth. Supabase's tokens name `authUrl` as issuer, and Supabase's keys are published below it. */
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

/**
 * When the person last signed in: `auth_time`, or else the latest entry of Supabase's `amr`. A refresh of Supabase's token does not count as signing
 * in.
 */
function provedAtOf({ auth_time: said, amr = [] }: z.infer<typeof claims>): Date | undefined {
  const latest = Math.max(...amr.filter(({ method }) => method !== 'token_refresh').map(({ timestamp }) => timestamp));
  const seconds = said ?? latest;
  return Number.isFinite(seconds) ? new Date(seconds * 1000) : undefined;
}

type SigningKey = JWK & Readonly<Record<'kty' | 'crv' | 'x' | 'y' | 'd' | 'kid', string>>;

/**
 * Reads a private ES256 JWK. Throws config/invalid if the text is no private ES256 JWK with a `kid`, or if the key's public half does not
 * belong to its private half; the failure's message never quotes the text.
 */
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
    const key = shape.parse(JSON.parse(text.reveal()));
    if (isPair(key)) return { ...key, alg: 'ES256' };
  } catch {
    // The caught error is not passed on, because it may quote the key.
  }
  throw new Failure('config/invalid', 'SESSION_SIGNING_KEY: expected a private ES256 key as a JWK with a kid.');
}

const COORDINATE_BYTES = 32;
const UNCOMPRESSED = Buffer.from([4]);

/** Whether the public half, the point (x, y), belongs to the private half d. */
function isPair(key: Readonly<Record<'x' | 'y' | 'd', string>>): boolean {
  const [x, y, d] = [key.x, key.y, key.d].map((text) => Buffer.from(text, 'base64url')) as [Buffer, Buffer, Buffer];
  if ([x, y, d].some(({ length }) => length !== COORDINATE_BYTES)) return false;
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(d);
  return pair.getPublicKey('base64url') === Buffer.concat([UNCOMPRESSED, x, y]).toString('base64url');
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
  // Puntual's own key is not looked up at Supabase, so puntual's own sessions work while Supabase's keys cannot be fetched.
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
      // Supabase's tokens, too, can be signed with puntual's key, because the operator imports that key into Supabase. A token with puntual's
      // `provider` claim is accepted only with puntual's key and puntual's issuer.
      const isOurs = payload['provider'] === OURS;
      if (isOurs && (protectedHeader.kid !== jwk.kid || payload.iss !== issuer)) throw refused();
      if (!isAccessToken(protectedHeader.typ, isOurs)) throw refused();
      return isOurs ? ourIdentity(payload) : theirIdentity(payload);
    } catch (error) {
      if (error instanceof errors.JOSEAlgNotAllowed) throw wrongAlgorithm();
      if (error instanceof Failure) throw error;
      // `jwtVerify` checks the signature before the expiry, so a token that it rejects for its expiry has a valid signature.
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

/** Puntual's own tokens always have a `typ` in their header. A Supabase token without a `typ` is accepted; a `typ` other than `JWT` is refused. */
const isAccessToken = (type: string | undefined, isOurs: boolean): boolean =>
  type === undefined ? !isOurs : type.toUpperCase() === TYPE;

const refused = (expired = false): Failure =>
  new Failure('auth/refused', 'Expected a valid access token.', { details: { expired } });

/** Says whether a token was refused only because it had expired. */
export const hasExpired = ({ code, details }: Failure): boolean =>
  code === 'auth/refused' && details['expired'] === true;

/**
 * The failure for a token that is signed by an algorithm not in `ALGORITHMS`; its message tells the owner of an older Supabase project what to
 * change.
 */
const wrongAlgorithm = (): Failure =>
  new Failure(
    'auth/refused',
    `Expected an access token signed by ${ALGORITHMS.join(' or ')}: a project that still signs by a shared secret (HS256) migrates to JWT signing keys first.`,
  );

/**
 * Throws auth/refused if the look-up of a token's key failed because of the token: no published key is usable for that token, or several are. After
 * any other failed look-up (Supabase's key set did not come or came broken), auth/unavailable is thrown.
 */
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
