// Access tokens as Supabase's Auth signs them, with the key of which the embedded gateway publishes the public half.
import { importJWK, type JWK, SignJWT } from 'jose';
import type { Secret } from '../../services/secret.ts';
import type { Cloud } from '../support/cloud.ts';

export interface TheirClaims {
  readonly sub: string;
  readonly sessionId?: string;
  readonly email?: string;
  readonly lifeS?: number;
  /** Claims, valid or invalid, that replace or join the token's usual claims; a usual claim set to undefined here is left out of the token. */
  readonly more?: Record<string, unknown>;
}

export const supabaseToken = (cloud: Cloud, claims: TheirClaims, now = new Date()): Promise<string> =>
  signTheirs(cloud.secrets.sessionSigningKey, cloud.accessTokenIssuer, claims, now);

export async function signTheirs(
  signingKey: Secret,
  issuer: string,
  { sub, sessionId, email, lifeS = 3600, more = {} }: TheirClaims,
  now = new Date(),
): Promise<string> {
  const jwk = JSON.parse(signingKey.reveal()) as JWK & { kid: string };
  const iat = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: issuer,
    aud: 'authenticated',
    role: 'authenticated',
    sub,
    iat,
    exp: iat + lifeS,
    ...(email && { email }),
    ...(sessionId && { session_id: sessionId }),
    app_metadata: { provider: 'email' },
    ...more,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: jwk.kid, typ: 'JWT' })
    .sign(await importJWK(jwk, 'ES256'));
}
