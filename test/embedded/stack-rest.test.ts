// The unmodified supabase-js against PostgREST and the gateway: rows, functions, row security by our own tokens, API keys.
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';

const SCHEMA = `
create table public.notes (id int generated always as identity primary key, user_id uuid not null, words text not null);
alter table public.notes enable row level security;
create policy own on public.notes for all to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
-- Our migrations revoke the privileges that Supabase grants by default.
grant select, insert on public.notes to anon, authenticated, service_role;
create function public.shout(words text) returns text language sql as $$ select upper(words) $$;
grant execute on function public.shout to service_role;`;
const ana = '11111111-1111-4111-8111-111111111111';
const bea = '22222222-2222-4222-8222-222222222222';

let cloud: Cloud;
const auth = { persistSession: false, autoRefreshToken: false };
const service = () => createClient(cloud.supabaseUrl, cloud.secretKey.reveal(), { auth });

async function tokenFor(sub: string, claims: { exp?: number } = {}, key?: string): Promise<string> {
  const jwk = JSON.parse(key ?? cloud.secrets.sessionSigningKey.reveal()) as JWK & { kid: string };
  const token = new SignJWT({ role: 'authenticated', email: 'ana@example.test' })
    .setProtectedHeader({ alg: 'ES256', kid: jwk.kid })
    .setSubject(sub)
    .setAudience('authenticated')
    .setIssuer(cloud.accessTokenIssuer)
    .setIssuedAt();
  return token.setExpirationTime(claims.exp ?? '10m').sign(await importJWK(jwk, 'ES256'));
}
const asMember = async (sub: string, claims?: { exp?: number }): Promise<SupabaseClient> =>
  createClient(cloud.supabaseUrl, cloud.publishableKey, {
    auth,
    global: { headers: { Authorization: `Bearer ${await tokenFor(sub, claims)}` } },
  });

beforeAll(async () => {
  cloud = await startCloud({ sql: SCHEMA });
});
afterAll(() => cloud?.stop());

test('the secret key reads and writes past row level security', async () => {
  const written = await service()
    .from('notes')
    .insert([
      { user_id: ana, words: 'mine' },
      { user_id: bea, words: 'hers' },
    ])
    .select();
  expect(written.error).toBeNull();
  const read = await service().from('notes').select('words', { count: 'exact' }).order('words');
  expect(read.data).toEqual([{ words: 'hers' }, { words: 'mine' }]);
  expect(read.count).toBe(2);
});

test('a function is called by rpc', async () => {
  expect((await service().rpc('shout', { words: 'ñandú' })).data).toBe('ÑANDÚ');
});

test('a member sees only the own rows through a token of ours', async () => {
  await service()
    .from('notes')
    .insert([
      { user_id: ana, words: 'a' },
      { user_id: bea, words: 'b' },
    ]);
  const { data } = await (await asMember(ana)).from('notes').select('user_id');
  expect(new Set(data?.map((row) => row.user_id))).toEqual(new Set([ana]));
  const foreign = await (await asMember(ana)).from('notes').insert({ user_id: bea, words: 'forged' });
  expect(foreign.error?.code).toBe('42501');
});

test('without a token no row is seen', async () => {
  const { data, error } = await createClient(cloud.supabaseUrl, cloud.publishableKey, { auth }).from('notes').select();
  expect({ data, error }).toEqual({ data: [], error: null });
});

test('an expired token is refused', async () => {
  const { status } = await (await asMember(ana, { exp: 2 })).from('notes').select();
  expect(status).toBe(401);
});

test('a token signed by a stranger is refused', async () => {
  const { makeSecrets } = await import('../../embedded/secrets.ts');
  const forged = await tokenFor(ana, {}, (await makeSecrets()).sessionSigningKey.reveal());
  const headers = { apikey: cloud.publishableKey, authorization: `Bearer ${forged}` };
  expect((await fetch(`${cloud.supabaseUrl}/rest/v1/notes`, { headers })).status).toBe(401);
});

test.each([
  ['none', {}],
  ['a wrong one', { apikey: 'sb_secret_guess' }],
  ['a role name', { apikey: 'constructor' }],
])('an API key that is %s is refused with 401', async (_name, headers) => {
  const answer = await fetch(`${cloud.supabaseUrl}/rest/v1/notes`, { headers });
  expect([answer.status, await answer.json()]).toMatchObject([401, { message: 'Invalid API key' }]);
});

test('the gateway publishes the public key and nothing private', async () => {
  const body = await (await fetch(`${cloud.supabaseUrl}/auth/v1/.well-known/jwks.json`)).json();
  expect(body).toEqual(cloud.jwks);
  expect(JSON.stringify(body)).not.toContain('"d"');
});
