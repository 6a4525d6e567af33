// Tests the one process of `npm start` against the pretend gym, with Supabase's own clients at the addresses that the process writes to stack.json. A
// program that uses Supabase's client libraries signs in with a member's gym e-mail and password, reads under row security, makes chat sessions and
// chats. The service recognises a member by the cookies of Supabase's SSR helper; a request without a token is anonymous.
import { randomUUID } from 'node:crypto';
import { createServerClient } from '@supabase/ssr';
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadOrMakeSecrets } from '../../embedded/secrets.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { limitMs } from '../support/limits.ts';
import { type Home, type MainProcess, makeHome, type StackFile, startMain } from '../support/main-process.ts';
import { town } from '../support/town.ts';
import { signTheirs } from './supabase-token.ts';

vi.setConfig({ testTimeout: limitMs(60_000) });
let home: Home;
let gym: Simulator;
let main: MainProcess;
let stack: StackFile;
beforeAll(async () => {
  home = await makeHome();
  gym = await startSimulator({ scenario: town });
  main = startMain(home, {
    AIMHARDER_LOGIN_URL: gym.loginUrl,
    AIMHARDER_URL: gym.mainUrl,
    AIMHARDER_BOX_URL: gym.boxUrlTemplate,
  });
  stack = await main.serving();
});
afterAll(async () => {
  await main.end('SIGTERM');
  await gym.stop();
  await home.remove();
});

const call = async (
  method: string,
  path: string,
  { token, body, cookie }: { token?: string; body?: unknown; cookie?: string } = {},
) => {
  const headers = {
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(cookie !== undefined && { Cookie: cookie, Origin: stack.url }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  };
  const answer = await fetch(`${stack.url}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: JSON.parse(await answer.text()), cookies: answer.headers.getSetCookie() };
};
/** Signs a token as Supabase's Auth would, with puntual's imported signing key. */
const theirs = async (sub: string): Promise<string> => {
  const { sessionSigningKey } = await loadOrMakeSecrets(home.dataDir);
  return signTheirs(sessionSigningKey, stack.accessTokenIssuer, { sub, email: 'sol@example.test' });
};
const clientOf = (token: string) =>
  createClient(stack.supabaseUrl, stack.publishableKey, { accessToken: async () => token });

test('a member of the gym signs in, and supabase-js reads what is theirs with our token', async () => {
  const { json } = await call('POST', '/api/auth/login', { body: { email: 'ana@example.test', password: 'right' } });
  const { data } = await clientOf(json.accessToken)
    .from('my_sessions')
    .select('session_type, user_id')
    .order('session_type');
  expect(data).toEqual([
    { session_type: 'background', user_id: json.member.id },
    { session_type: 'device', user_id: json.member.id },
  ]);
  expect((await clientOf(json.accessToken).from('token_journal').select()).error?.code).toBe('42501');
  expect((await call('GET', '/api/usage', { token: json.accessToken })).json).toMatchObject({
    plan: 'Free',
    tokens: { current: 30 },
  });
});

test('a member of Supabase bridges, counts turns, talks, and another hears nothing of it', async () => {
  const [sol, eva] = [randomUUID(), randomUUID()];
  const [token, evas] = [await theirs(sol), await theirs(eva)];
  const bridged = await call('POST', '/api/auth/session/bridge', { token });
  const cookie = bridged.cookies.map((one) => one.split(';')[0]).join('; ');
  expect((await call('GET', '/api/auth/sessions', { cookie })).json.sessions).toHaveLength(1);
  const turns = await call('POST', '/api/session/create', { token });
  expect((await clientOf(token).from('sessions').select('id, turn_count')).data).toEqual([
    { id: turns.json.sessionId, turn_count: 0 },
  ]);
  const { json: chat } = await call('POST', '/api/chat/session', { token });
  await call('POST', '/api/chat/message', { token, body: { sessionId: chat.sessionId, content: 'hola' } });
  expect((await call('GET', `/api/chat?sessionId=${chat.sessionId}`, { token })).json.messages).toMatchObject([
    { content: 'hola' },
  ]);
  expect((await call('GET', `/api/chat?sessionId=${chat.sessionId}`, { token: evas })).status).toBe(404);
  expect((await clientOf(evas).from('chat_messages').select()).data).toEqual([]);
  expect((await call('GET', '/api/usage', { token })).json.error.code).toBe('subscription/missing');
  const admin = createClient(stack.supabaseUrl, stack.secretKey, { auth: { persistSession: false } });
  await admin.from('subscriptions').insert({ user_id: sol, plan: 'pro', tokens: 0, status: 'active' });
  expect((await call('GET', '/api/usage', { token })).json).toMatchObject({ tokens: { max: -1, unlimited: true } });
});

test('SSR cookies of Supabase’s own helper are known, in whatever chunks it writes them', async () => {
  const access_token = await theirs(randomUUID());
  const session = {
    access_token,
    refresh_token: 'r',
    token_type: 'bearer',
    expires_in: 3600,
    expires_at: Math.floor(Date.now() / 1000) + 3600,
    user: { id: 'x', note: 'y'.repeat(4000) },
  };
  const jar = new Map([['sb-127-auth-token', `base64-${Buffer.from(JSON.stringify(session)).toString('base64url')}`]]);
  const client = createServerClient(stack.supabaseUrl, stack.publishableKey, {
    cookies: { getAll: () => [...jar].map(([name, value]) => ({ name, value })), setAll: () => {} },
  });
  expect((await client.auth.getSession()).data.session?.access_token).toBe(access_token);
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  expect((await call('GET', '/api/auth/sessions', { cookie })).status).toBe(200);
});

test('a request without a token is anonymous, at our door and at the database’s', async () => {
  expect((await call('POST', '/api/session/create')).status).toBe(401);
  const anonymous = createClient(stack.supabaseUrl, stack.publishableKey, { auth: { persistSession: false } });
  for (const table of ['sessions', 'chat_sessions', 'auth_sessions', 'members', 'subscriptions'])
    expect((await anonymous.from(table).select()).error?.code).toBe('42501');
});
