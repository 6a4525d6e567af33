// Access tokens: the service's own and Supabase's are accepted; a token that only looks like an access token is refused.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSecrets, publicJwks } from '../../embedded/secrets.ts';
import { type Access, createAccess } from '../../services/identity/access.ts';
import { Secret } from '../../services/secret.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const nowS = NOW.getTime() / 1000;
const ANA = 'f47ac10b-58cc-4372-a567-0e02b2c3d479';
const SESSION = '9b2d9d3e-6a0c-4c0b-8b5e-2d7c3f7e1a11';
const ISSUER = 'http://puntual.test/auth/v1';
const signingKey = (await makeSecrets()).sessionSigningKey;
const theirs = await generateKeyPair('ES256', { extractable: true });
const strangers = await generateKeyPair('ES256', { extractable: true });
const theirRsa = await generateKeyPair('RS256', { extractable: true });
const publishedJwk = { ...(await exportJWK(theirs.publicKey)), kid: 'theirs', alg: 'ES256' };
const publishedRsa = { ...(await exportJWK(theirRsa.publicKey)), kid: 'rsa', alg: 'RS256' };

let keys: { status: number; body: unknown };
let asked = 0;
const server = createServer((_req, res) => {
  asked += 1;
  res.writeHead(keys.status, { 'content-type': 'application/json' }).end(JSON.stringify(keys.body));
});
let authUrl: string;
let access: Access;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  authUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth/v1`;
  keys = { status: 200, body: { keys: [publishedJwk, publishedRsa] } };
  access = await createAccess({ signingKey, issuer: ISSUER, authUrl });
});
afterAll(() => void server.close());

const verify = (token: string, at = NOW) => access.verify(new Secret(token), at);
const good = () => ({
  sub: ANA,
  role: 'authenticated',
  aud: 'authenticated',
  iss: authUrl,
  iat: nowS,
  exp: nowS + 3600,
  email: 'ana@example.test',
});
const signed = (claims: object, header: object = {}, key: Parameters<SignJWT['sign']>[0] = theirs.privateKey) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'theirs', ...header }).sign(key);

describe('our own token', () => {
  test('speaks for the member and the session it was signed for', async () => {
    const { token, expiresAt } = await access.sign({ userId: ANA, sessionId: SESSION, email: 'ana@example.test' }, NOW);
    expect(await access.verify(token, NOW)).toEqual({
      source: 'puntual',
      userId: ANA,
      sessionId: SESSION,
      email: 'ana@example.test',
    });
    expect(expiresAt).toEqual(new Date('2026-03-01T12:10:00Z'));
  });

  test('is what row security expects: an authenticated role, audience and subject', async () => {
    const { token } = await access.sign({ userId: ANA, sessionId: SESSION }, NOW);
    const [, payload = ''] = token.reveal().split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      iss: ISSUER,
      aud: 'authenticated',
      role: 'authenticated',
      sub: ANA,
      session_id: SESSION,
    });
  });

  test('holds for ten minutes and no longer', async () => {
    const { token } = await access.sign({ userId: ANA, sessionId: SESSION }, NOW);
    await expect(access.verify(token, new Date('2026-03-01T12:09:59Z'))).resolves.toMatchObject({ userId: ANA });
    await expect(access.verify(token, new Date('2026-03-01T12:10:06Z'))).rejects.toMatchObject({
      code: 'auth/refused',
    });
  });

  test('needs no published keys', async () => {
    const before = asked;
    const { token } = await access.sign({ userId: ANA, sessionId: SESSION }, NOW);
    await access.verify(token, NOW);
    expect(asked).toBe(before);
  });

  describe('of another type, signed by the same key,', () => {
    const ours = { sub: ANA, role: 'authenticated', aud: 'authenticated', iss: ISSUER, exp: nowS + 600 };
    const mine = { ...ours, session_id: SESSION, provider: 'puntual' };
    async function signedByUs(claims: object, typ: string | undefined): Promise<string> {
      const jwk: JWK = JSON.parse(signingKey.reveal());
      return signed(claims, { kid: jwk.kid, ...(typ !== undefined && { typ }) }, await importJWK(jwk, 'ES256'));
    }
    test('is what it is only as an access token', async () => {
      await expect(verify(await signedByUs(mine, 'JWT'))).resolves.toMatchObject({ source: 'puntual', userId: ANA });
    });
    test.each(['dpop+jwt', 'refresh+jwt', 'at+jwt', 'id+jwt', '', undefined])('%j is refused', async (typ) => {
      await expect(verify(await signedByUs(mine, typ))).rejects.toMatchObject({ code: 'auth/refused' });
    });
    test('is refused as one of Supabase’s, too', async () => {
      const { iss: _, ...rest } = ours;
      const lent = { ...rest, iss: authUrl };
      await expect(verify(await signedByUs(lent, 'dpop+jwt'))).rejects.toMatchObject({ code: 'auth/refused' });
      await expect(verify(await signedByUs(lent, 'JWT'))).resolves.toMatchObject({ source: 'supabase' });
    });
  });

  test('of another deployment is refused', async () => {
    const other = await createAccess({ signingKey: (await makeSecrets()).sessionSigningKey, issuer: ISSUER, authUrl });
    const { token } = await other.sign({ userId: ANA, sessionId: SESSION }, NOW);
    await expect(access.verify(token, NOW)).rejects.toMatchObject({ code: 'auth/refused' });
  });
});

describe('a token of Supabase', () => {
  test('speaks for its subject, with no session of ours', async () => {
    expect(await verify(await signed({ ...good(), session_id: SESSION }))).toEqual({
      source: 'supabase',
      userId: ANA,
      supabaseSessionId: SESSION,
      email: 'ana@example.test',
      issuedAt: NOW,
      provedAt: undefined,
    });
  });

  test.each([
    ['auth_time', { auth_time: 1_000 }, 1_000],
    [
      'the latest way of signing in',
      {
        amr: [
          { method: 'otp', timestamp: 5 },
          { method: 'password', timestamp: 7 },
        ],
      },
      7,
    ],
    ['auth_time before any amr', { auth_time: 1_000, amr: [{ method: 'otp', timestamp: 2_000 }] }, 1_000],
    [
      'no renewal',
      {
        amr: [
          { method: 'password', timestamp: 7 },
          { method: 'token_refresh', timestamp: 9 },
        ],
      },
      7,
    ],
    ['nothing by renewals alone', { amr: [{ method: 'token_refresh', timestamp: 9 }] }, undefined],
    ['nothing by an odd list', { amr: ['pwd'] }, undefined],
  ])('proves its person by %s', async (_, claims, seconds) => {
    const who = await verify(await signed({ ...good(), ...claims }));
    expect(who).toMatchObject({ provedAt: seconds === undefined ? undefined : new Date(seconds * 1000) });
  });

  test('may be signed by RSA, too', async () => {
    expect(await verify(await signed(good(), { alg: 'RS256', kid: 'rsa' }, theirRsa.privateKey))).toMatchObject({
      userId: ANA,
    });
  });

  test('signed with the key we lent Supabase is Supabase’s', async () => {
    const jwk = JSON.parse(signingKey.reveal()) as JWK & { kid: string };
    const token = await new SignJWT(good())
      .setProtectedHeader({ alg: 'ES256', kid: jwk.kid })
      .sign(await importJWK(jwk, 'ES256'));
    expect(await verify(token)).toMatchObject({ source: 'supabase', userId: ANA });
  });
});

describe('refused', () => {
  const publicText = JSON.stringify(publicJwks(signingKey).keys[0]);
  const hs = new TextEncoder().encode(publicText);
  const unsigned = (claims: object) =>
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
  test.each<[string, () => string | Promise<string>]>([
    ['nothing', () => ''],
    ['a word', () => 'undefined'],
    ['an anon key', () => signed({ ...good(), role: 'anon', sub: undefined })],
    ['a service key', () => signed({ ...good(), role: 'service_role' })],
    ['no role', () => signed({ ...good(), role: undefined })],
    ['another audience', () => signed({ ...good(), aud: 'anon' })],
    ['another issuer', () => signed({ ...good(), iss: 'https://evil.example/auth/v1' })],
    ['no issuer', () => signed({ ...good(), iss: undefined })],
    ['no subject', () => signed({ ...good(), sub: undefined })],
    ['a subject that is no UUID', () => signed({ ...good(), sub: 'ana@example.test' })],
    ['no expiry', () => signed({ ...good(), exp: undefined })],
    ['an expired one', () => signed({ ...good(), exp: nowS - 6 })],
    ['one from the future', () => signed({ ...good(), nbf: nowS + 60 })],
    ['a stranger’s signature', () => signed(good(), {}, strangers.privateKey)],
    ['an unknown key', () => signed(good(), { kid: 'nobody' }, strangers.privateKey)],
    ['a key id that is a path', () => signed(good(), { kid: '../../theirs' }, strangers.privateKey)],
    ['our key id on their signature', () => signed(good(), { kid: publicJwks(signingKey).keys[0]?.kid })],
    ['no algorithm', () => unsigned(good())],
    ['a public key taken for an HMAC secret', () => signed(good(), { alg: 'HS256' }, hs)],
    ['ten kilobytes', () => signed({ ...good(), much: 'x'.repeat(10_000) })],
    ['their token that says it is ours', () => signed({ ...good(), provider: 'puntual', session_id: SESSION })],
    ['their token in our name', () => signed({ ...good(), provider: 'puntual', session_id: SESSION, iss: ISSUER })],
    [
      'our key under their name, said to be ours',
      async () => {
        const jwk = JSON.parse(signingKey.reveal()) as JWK & { kid: string };
        return signed(
          { ...good(), provider: 'puntual', session_id: SESSION },
          { kid: jwk.kid },
          await importJWK(jwk, 'ES256'),
        );
      },
    ],
    ['a session that is none, said to be ours', () => signed({ ...good(), provider: 'puntual' })],
  ])('%s', async (_what, make) => {
    await expect(verify(await make())).rejects.toMatchObject({ code: 'auth/refused' });
  });

  test.each([
    ['the secret that Supabase projects signed with in former times', 'HS256'],
    ['a hash of another length', 'HS512'],
    ['another curve than the two that are taken', 'ES384'],
  ])('by %s says which algorithms are taken, and how to come by them', async (_what, alg) => {
    const key = alg === 'ES384' ? (await generateKeyPair(alg)).privateKey : new TextEncoder().encode('x'.repeat(64));
    await expect(signed(good(), { alg, kid: undefined }, key).then((token) => verify(token))).rejects.toMatchObject({
      code: 'auth/refused',
      message: expect.stringMatching(/ES256 or RS256.*JWT signing keys/),
    });
  });

  test('says nothing of the token', async () => {
    const token = await signed({ ...good(), role: 'anon' });
    await expect(verify(token)).rejects.toSatisfy((error) => !JSON.stringify(error).includes(token.slice(0, 12)));
  });
});

test('keys that cannot be fetched are an outage, not a refusal', async () => {
  keys = { status: 500, body: {} };
  const fresh = await createAccess({ signingKey, issuer: ISSUER, authUrl });
  await expect(fresh.verify(new Secret(await signed(good())), NOW)).rejects.toMatchObject({ code: 'auth/unavailable' });
  keys = { status: 200, body: { keys: [publishedJwk, publishedRsa] } };
});
