// supabase-js asks the embedded gateway which user a token names, as it asks Supabase: `auth.getUser()` with a token that puntual signed. The gateway
// also serves the public keys and the discovery document with which any program can check a token that puntual signed.
import { randomUUID } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSecrets } from '../../embedded/secrets.ts';
import { systemClock } from '../../services/clock.ts';
import { createAccess } from '../../services/identity/access.ts';
import { createApp } from '../../worker/app.ts';
import { signTheirs, supabaseToken } from '../identity/supabase-token.ts';
import { ask, type Login, openApp, PUBLIC_URL, type TestApp } from '../routes/open-app.ts';

let app: TestApp;
let ana: Login;
let bea: Login;
beforeAll(async () => {
  app = await openApp(systemClock);
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
});
afterAll(() => app.stop());

const auth = { persistSession: false, autoRefreshToken: false };
const client = (key = app.cloud.publishableKey) => createClient(app.cloud.supabaseUrl, key, { auth });
const who = (token: string) => client().auth.getUser(token);

describe('auth.getUser()', () => {
  test('answers the member, and names what is not carried here', async () => {
    const { data, error } = await who(ana.bearer);
    expect(error).toBeNull();
    expect(data.user).toEqual({
      id: ana.userId,
      aud: 'authenticated',
      role: 'authenticated',
      email: 'ana@example.test',
      app_metadata: {
        provider: 'puntual',
        providers: ['puntual'],
        not_carried: ['phone', 'identities', 'factors', 'email_confirmed_at', 'last_sign_in_at'],
      },
      user_metadata: { name: 'Ana' },
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      is_anonymous: false,
    });
  });

  test('answers each member themselves alone', async () => {
    const [anas, beas] = [await who(ana.bearer), await who(bea.bearer)];
    expect([anas.data.user?.email, beas.data.user?.email]).toEqual(['ana@example.test', 'bea@example.test']);
    expect(JSON.stringify(anas.data)).not.toContain(bea.userId);
  });

  test.each<[string, () => Promise<string>, number, string]>([
    ['is expired', () => supabaseToken(app.cloud, { sub: ana.userId, lifeS: -60 }), 403, 'bad_jwt'],
    [
      'another key signed',
      async () => signTheirs((await makeSecrets()).sessionSigningKey, app.cloud.accessTokenIssuer, { sub: ana.userId }),
      ...([403, 'bad_jwt'] as const),
    ],
    ['is the anon role’s', () => supabaseToken(app.cloud, { sub: ana.userId, more: { role: 'anon' } }), 403, 'bad_jwt'],
    [
      'is for another audience',
      () => supabaseToken(app.cloud, { sub: ana.userId, more: { aud: 'x' } }),
      403,
      'bad_jwt',
    ],
    ['names no person', () => supabaseToken(app.cloud, { sub: 'me' }), 403, 'bad_jwt'],
    ['names a stranger', () => supabaseToken(app.cloud, { sub: randomUUID() }), 403, 'user_not_found'],
    ['is an API key', async () => app.cloud.publishableKey, 403, 'bad_jwt'],
  ])('refuses a token that %s', async (_, token, status, code) => {
    const { data, error } = await who(await token());
    expect([data.user, error?.status, error?.code]).toEqual([null, status, code]);
  });

  test('knows when a session has ended', async () => {
    const again = await app.login('ana@example.test');
    expect((await who(again.bearer)).data.user?.id).toBe(ana.userId);
    await app.ask('POST', '/api/auth/logout', { bearer: again.bearer });
    // supabase-js must handle the gateway's answer about an ended puntual session in the same way as Supabase's own `session_not_found`.
    expect((await who(again.bearer)).error?.name).toBe('AuthSessionMissingError');
    expect((await who(ana.bearer)).error).toBeNull();
  });

  test('asks for an API key of this stack', async () => {
    expect((await client('sb_publishable_other').auth.getUser(ana.bearer)).error?.status).toBe(401);
  });

  test('lets a page of another origin ask', async () => {
    const reply = await fetch(`${app.cloud.supabaseUrl}/auth/v1/user`, { method: 'OPTIONS' });
    expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  });
});

test.each([
  ['POST', '/auth/v1/token?grant_type=password'],
  ['POST', '/auth/v1/signup'],
  ['PUT', '/auth/v1/user'],
])('%s %s is said by its name to be missing here', async (method, path) => {
  const reply = await fetch(app.cloud.supabaseUrl + path, { method, headers: { apikey: app.cloud.publishableKey } });
  const [name] = path.split('?');
  expect([reply.status, await reply.json()]).toEqual([
    404,
    { code: 404, error_code: 'not_carried', msg: expect.stringContaining(`does not carry ${method} ${name}`) },
  ]);
});

describe('below our issuer', () => {
  test('discovery names the issuer of our tokens and where its keys are', async () => {
    const { json, headers } = await app.ask('GET', '/.well-known/openid-configuration');
    expect(json).toMatchObject({ issuer: decodeJwt(ana.bearer).iss, jwks_uri: `${PUBLIC_URL}/.well-known/jwks.json` });
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  test('the keys are public ones, and verify a token of ours', async () => {
    const { json, text } = await app.ask('GET', '/.well-known/jwks.json');
    expect(text).not.toContain('"d"');
    const { payload } = await jwtVerify(ana.bearer, createLocalJWKSet(json), { issuer: PUBLIC_URL });
    expect(payload.sub).toBe(ana.userId);
  });

  test('a path of the issuer comes before, and a foreign issuer publishes them itself', async () => {
    const signingKey = app.cloud.secrets.sessionSigningKey;
    const withIssuer = async (issuer: string) => {
      const access = await createAccess({ signingKey, issuer, authUrl: app.cloud.accessTokenIssuer });
      return createApp({ ...app.services, access }, app.context);
    };
    const own = await withIssuer(`${PUBLIC_URL}/auth/v1`);
    expect((await ask(own, 'GET', '/auth/v1/.well-known/openid-configuration')).json.jwks_uri).toBe(
      `${PUBLIC_URL}/auth/v1/.well-known/jwks.json`,
    );
    const foreign = await withIssuer('https://project.supabase.co/auth/v1');
    expect((await ask(foreign, 'GET', '/auth/v1/.well-known/jwks.json')).status).toBe(404);
  });
});
