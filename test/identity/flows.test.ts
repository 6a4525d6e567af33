// What apps do with Supabase's unmodified client libraries, over real sockets: sign in at Supabase's Auth, begin a puntual session, read rows under
// row security, be recognised by SSR cookies. Supabase's Auth is a stand-in, and the gym is the pretend gym.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { createServerClient } from '@supabase/ssr';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { createApp } from '../../worker/app.ts';
import { openApp, type TestApp } from '../routes/open-app.ts';
import { type AuthServer, startAuthServer } from './auth-server.ts';

const sol = { id: randomUUID(), email: 'sol@example.test', password: 'right' };
const eva = { id: randomUUID(), email: 'eva@example.test', password: 'right' };
let app: TestApp;
let auth: AuthServer;
let server: ServerType;
let url: string;
beforeAll(async () => {
  app = await openApp(systemClock);
  auth = await startAuthServer(app.cloud, [sol, eva]);
  let answer: (request: Request, bindings: object) => Response | Promise<Response> = () =>
    new Response(null, { status: 503 });
  await new Promise<void>((resolve) => {
    server = serve({ fetch: (request, bindings) => answer(request, bindings), port: 0, hostname: '127.0.0.1' }, () =>
      resolve(),
    );
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const handler = createApp(app.services, {
    ...app.context,
    publicUrl: url,
    supabase: { ...app.context.supabase, url: auth.url },
  });
  answer = (request, bindings) => handler.fetch(request, bindings);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await auth.stop();
  await app.stop();
});

async function signedIn(person: typeof sol): Promise<{ client: SupabaseClient; token: string }> {
  const client = createClient(auth.url, app.cloud.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await client.auth.signInWithPassword(person);
  if (error || !data.session) throw error ?? new Error('no session');
  return { client, token: data.session.access_token };
}
const call = async (
  method: string,
  path: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
) => {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    json: text === '' ? undefined : JSON.parse(text),
    cookies: answer.headers.getSetCookie(),
  };
};
const sent = (cookies: readonly string[]): string => cookies.map((one) => one.split(';')[0]).join('; ');

describe('supabase-js', () => {
  test('signs in, bridges, lists the new session by its cookie, refreshes it, and leaves', async () => {
    const { token } = await signedIn(sol);
    const bridged = await call('POST', '/api/auth/session/bridge', { token });
    expect(bridged.json).toEqual({
      session: { id: expect.any(String), expiresAt: expect.any(String) },
      accessToken: expect.any(String),
    });
    const Cookie = sent(bridged.cookies);
    const listed = await call('GET', '/api/auth/sessions', { headers: { Cookie } });
    expect(listed.json.sessions).toMatchObject([{ id: bridged.json.session.id, current: true }]);
    const refreshed = await call('POST', '/api/auth/session/refresh', { headers: { Cookie, Origin: url } });
    expect([refreshed.status, refreshed.json.session.id]).toEqual([200, bridged.json.session.id]);
    const next = sent(refreshed.cookies);
    expect((await call('POST', '/api/auth/logout', { headers: { Cookie: next, Origin: url } })).json).toEqual({
      ended: 1,
    });
    expect((await call('GET', '/api/auth/sessions', { headers: { Cookie: next } })).status).toBe(401);
  });

  test('counts turns: by our endpoint and by its own insert, each seen by both', async () => {
    const { client, token } = await signedIn(sol);
    const { json } = await call('POST', '/api/session/create', { token });
    const { data: seen } = await client.from('sessions').select('id, user_id, turn_count').eq('id', json.sessionId);
    expect(seen).toEqual([{ id: json.sessionId, user_id: sol.id, turn_count: 0 }]);
    const own = await client.from('sessions').insert({ user_id: sol.id, turn_count: 0 }).select().single();
    expect(own.error).toBeNull();
    const { client: evas } = await signedIn(eva);
    expect((await evas.from('sessions').select()).data).toEqual([]);
    expect((await evas.from('sessions').insert({ user_id: sol.id, turn_count: 0 })).error?.code).toBe('42501');
  });

  test('holds a conversation that another cannot hear', async () => {
    const { client, token } = await signedIn(sol);
    const { json } = await call('POST', '/api/chat/session', { token });
    await call('POST', '/api/chat/message', { token, body: { sessionId: json.sessionId, content: 'hola' } });
    await client.from('chat_messages').insert({ session_id: json.sessionId, role: 'model', content: '¿qué tal?' });
    const read = await call('GET', `/api/chat?sessionId=${json.sessionId}`, { token });
    expect(read.json.messages).toMatchObject([
      { role: 'user', content: 'hola' },
      { role: 'model', content: '¿qué tal?' },
    ]);
    const { client: evas, token: evasToken } = await signedIn(eva);
    expect((await evas.from('chat_messages').select()).data).toEqual([]);
    expect((await call('GET', `/api/chat?sessionId=${json.sessionId}`, { token: evasToken })).status).toBe(404);
  });

  test('without anybody signed in is refused by the database and by us', async () => {
    const anonymous = createClient(auth.url, app.cloud.publishableKey, { auth: { persistSession: false } });
    for (const table of [
      'sessions',
      'chat_messages',
      'subscriptions',
      'auth_sessions',
      'my_sessions',
      'refresh_tokens',
    ])
      expect((await anonymous.from(table).select()).error?.code).toBe('42501');
    expect((await call('POST', '/api/session/create')).status).toBe(401);
    expect((await call('POST', '/api/session/create', { token: app.cloud.publishableKey })).status).toBe(401);
  });

  test('with a phantom Cookie header beside its Bearer is served all the same', async () => {
    const { token } = await signedIn(sol);
    for (const Cookie of ['=', 'sb-x-auth-token=base64-%%%', '__Host-puntual=broken', `a=${'b'.repeat(5000)}`])
      expect((await call('POST', '/api/session/create', { token, headers: { Cookie } })).status).toBe(200);
  });

  test('with an access token of ours reads what is the member’s own, and no secret', async () => {
    const login = await call('POST', '/api/auth/login', { body: { email: 'ana@example.test', password: 'right' } });
    const { accessToken, member } = login.json;
    const client = createClient(auth.url, app.cloud.publishableKey, { accessToken: async () => accessToken });
    const { data } = await client.from('my_sessions').select('session_type, status, user_id').order('session_type');
    expect(data).toEqual([
      { session_type: 'background', status: 'live', user_id: member.id },
      { session_type: 'device', status: 'live', user_id: member.id },
    ]);
    for (const [table, columns] of [
      ['auth_sessions', 'token_digest'],
      ['token_journal', '*'],
      ['user_keys', '*'],
      ['refresh_tokens', 'token_hash'],
    ] as const)
      expect((await client.from(table).select(columns)).error?.code).toBe('42501');
    expect((await client.rpc('read_background_session', { p_user_id: member.id })).error).not.toBeNull();
  });

  test('brings a Supabase member to the gym: bridge, log in there, book by hand with Supabase’s own token', async () => {
    const { token } = await signedIn(eva);
    expect((await call('GET', '/api/usage', { token })).json.error.code).toBe('subscription/missing');
    const login = await call('POST', '/api/auth/login', {
      token,
      body: { email: 'bea@example.test', password: 'right' },
    });
    expect(login.json.member.id).toBe(eva.id);
    const usage = await call('GET', '/api/usage', { token });
    expect(usage.json).toEqual({ tokens: { current: 30, max: 30, unlimited: false }, plan: 'Free', status: 'active' });
    const day = await call('GET', `/api/booking?day=20260302&boxId=${login.json.boxes[0].id}`, { token });
    expect([day.status, day.json.classes.length > 0]).toEqual([200, true]);
  });
});

describe('@supabase/ssr', () => {
  test('signs in on one server, and its cookies are known here, in chunks or whole', async () => {
    const jar = new Map<string, string>();
    const client = createServerClient(auth.url, app.cloud.publishableKey, {
      cookies: {
        getAll: () => [...jar].map(([name, value]) => ({ name, value })),
        setAll: (all) => {
          for (const { name, value } of all) jar.set(name, value);
        },
      },
    });
    const { data } = await client.auth.signInWithPassword(sol);
    const Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    expect((await call('GET', '/api/auth/sessions', { headers: { Cookie } })).status).toBe(200);
    const [[name = '', value = ''] = []] = [...jar];
    const thirds = [0, 1, 2].map((n) =>
      value.slice(n * Math.ceil(value.length / 3), (n + 1) * Math.ceil(value.length / 3)),
    );
    const chunked = thirds.map((part, n) => `${name}.${n}=${part}`).join('; ');
    expect((await call('GET', '/api/auth/sessions', { headers: { Cookie: chunked } })).status).toBe(200);
    // The bridge (the endpoint that makes a puntual session from a Supabase session) needs Supabase's access token itself, which the code in the
    // browser sends.
    const bridged = await call('POST', '/api/auth/session/bridge', {
      token: data.session?.access_token ?? '',
      headers: { Cookie },
    });
    expect(bridged.status).toBe(200);
  });

  test('finds its renewed cookies good after we renewed them', async () => {
    const stale = await auth.open(sol, -60);
    const name = 'sb-127-auth-token';
    const Cookie = `${name}=base64-${Buffer.from(JSON.stringify(stale)).toString('base64url')}`;
    const answer = await call('GET', '/api/auth/sessions', { headers: { Cookie } });
    expect(answer.status).toBe(200);
    const jar = new Map(
      answer.cookies.map((one) => (one.split(';')[0] ?? '').split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    const client = createServerClient(auth.url, app.cloud.publishableKey, {
      cookieOptions: { name },
      cookies: { getAll: () => [...jar].map(([key, value]) => ({ name: key, value })), setAll: () => {} },
    });
    expect((await client.auth.getUser()).data.user?.id).toBe(sol.id);
  });
});
