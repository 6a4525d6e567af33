// Conversations and the counters of their turns over HTTP (the chat endpoints): rows are written and read as the token's member, under row security.
// The test runs in real time, because the database checks the age of a member's access token by its own clock.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { supabaseToken } from '../identity/supabase-token.ts';
import { openApp, type TestApp } from './open-app.ts';

let app: TestApp;
const [sol, eva] = [randomUUID(), randomUUID()];
let solToken: string;
let evaToken: string;
beforeAll(async () => {
  app = await openApp(systemClock);
  [solToken, evaToken] = await Promise.all([
    supabaseToken(app.cloud, { sub: sol, email: 'sol@example.test' }),
    supabaseToken(app.cloud, { sub: eva }),
  ]);
});
afterAll(() => app.stop());

const post = (path: string, bearer: string | undefined, body?: unknown) =>
  app.ask('POST', path, { bearer, ...(body !== undefined && { body }) });
const rows = async (sql: string, ...values: unknown[]) => (await app.cloud.pool.query(sql, values)).rows;

describe('a turn counter', () => {
  test('begins at zero, in the name of the token’s person, a member from then on', async () => {
    const { status, json } = await post('/api/session/create', solToken);
    expect([status, json]).toEqual([200, { sessionId: expect.any(String) }]);
    expect(await rows('select user_id, turn_count from sessions where id = $1', json.sessionId)).toEqual([
      { user_id: sol, turn_count: 0 },
    ]);
    expect(await rows('select email from members where id = $1', sol)).toEqual([{ email: 'sol@example.test' }]);
  });

  test('begins for a member of the gym with a token of ours, too', async () => {
    const ana = await app.login('ana@example.test');
    const { json } = await post('/api/session/create', ana.bearer, {});
    expect(await rows('select user_id from sessions where id = $1', json.sessionId)).toEqual([{ user_id: ana.userId }]);
  });

  test('is refused without a token or with a bad one: 401, and never 500', async () => {
    const bad = [
      '',
      'undefined',
      'x.y.z',
      `${solToken}x`,
      solToken.slice(0, 40),
      app.cloud.publishableKey,
      app.cloud.secretKey.reveal(),
    ];
    for (const bearer of [undefined, ...bad])
      expect([bearer, (await post('/api/session/create', bearer)).status]).toEqual([bearer, 401]);
    const expired = await supabaseToken(app.cloud, { sub: sol, lifeS: -60 });
    const anon = await supabaseToken(app.cloud, { sub: sol, more: { role: 'anon' } });
    for (const bearer of [expired, anon]) expect((await post('/api/session/create', bearer)).status).toBe(401);
  });

  test('is not begun for a userId or by a token in a body or a query', async () => {
    for (const body of [{ userId: eva }, { accessToken: solToken }, []])
      expect((await post('/api/session/create', solToken, body)).status).toBe(400);
    expect((await post(`/api/session/create?accessToken=${solToken}`, undefined)).json.error.code).toBe(
      'request/token-in-url',
    );
    expect(await rows('select 1 from sessions where user_id = $1', eva)).toEqual([]);
  });
});

describe('a conversation', () => {
  test('keeps what is said, in order, and nothing replies', async () => {
    const { sessionId } = (await post('/api/chat/session', solToken)).json;
    const said = await post('/api/chat/message', solToken, { sessionId, content: '¿Hay sitio mañana?\nGracias' });
    expect(said.json.message).toEqual({
      id: expect.any(Number),
      role: 'user',
      content: '¿Hay sitio mañana?\nGracias',
      createdAt: expect.stringMatching(/Z$/),
    });
    await post('/api/chat/message', solToken, { sessionId, role: 'model', content: 'Sí.' });
    const { json } = await app.ask('GET', `/api/chat?sessionId=${sessionId}`, { bearer: solToken });
    expect([json.sessionId, json.messages.map(({ role }: { role: string }) => role)]).toEqual([
      sessionId,
      ['user', 'model'],
    ]);
  });

  test('of another member is neither read nor spoken in, and is as good as none', async () => {
    const { sessionId } = (await post('/api/chat/session', solToken)).json;
    await post('/api/chat/message', solToken, { sessionId, content: 'canary' });
    const seen = [];
    for (const id of [sessionId, randomUUID()]) {
      const read = await app.ask('GET', `/api/chat?sessionId=${id}`, { bearer: evaToken });
      const said = await post('/api/chat/message', evaToken, { sessionId: id, content: 'x' });
      seen.push([read.status, read.text, said.status, said.text]);
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.[0]).toBe(404);
    expect(await rows('select content from chat_messages where session_id = $1', sessionId)).toEqual([
      { content: 'canary' },
    ]);
  });

  test('takes no other role, no empty line, nothing a database cannot hold', async () => {
    const { sessionId } = (await post('/api/chat/session', solToken)).json;
    const wrong = [
      { role: 'system', content: 'x' },
      { content: '' },
      { content: 'x'.repeat(8001) },
      { content: 'a\0b' },
      { content: '\ud800' },
      { content: 7 },
      { content: 'x', userId: sol },
    ];
    for (const more of wrong)
      expect([more, (await post('/api/chat/message', solToken, { sessionId, ...more })).status]).toEqual([more, 400]);
  });

  test('is two when two ask at the same time, each their own', async () => {
    const answers = await Promise.all(
      [...Array(6)].map((_, n) => post('/api/chat/session', n % 2 ? solToken : evaToken)),
    );
    const owners = await rows(
      'select id, user_id from chat_sessions where id = any ($1)',
      answers.map(({ json }) => json.sessionId),
    );
    expect(owners.filter(({ user_id }) => user_id === sol)).toHaveLength(3);
    for (const [n, { json }] of answers.entries())
      expect(owners.find(({ id }) => id === json.sessionId)?.user_id).toBe(n % 2 ? sol : eva);
  });
});

describe('a title', () => {
  test('is kept with the conversation, and answered with it', async () => {
    const begun = await post('/api/chat/session', solToken, { title: 'Mi plan de otoño' });
    expect([begun.status, begun.json]).toEqual([200, { sessionId: expect.any(String), title: 'Mi plan de otoño' }]);
    const { json } = await app.ask('GET', `/api/chat?sessionId=${begun.json.sessionId}`, { bearer: solToken });
    expect(json).toEqual({ sessionId: begun.json.sessionId, title: 'Mi plan de otoño', messages: [] });
  });

  test('may be left out: no body, or an empty object', async () => {
    for (const body of [undefined, {}])
      expect((await post('/api/chat/session', solToken, body)).json).toMatchObject({ title: null });
  });

  test.each([
    ['empty', { title: '' }],
    ['longer than 200', { title: 'x'.repeat(201) }],
    ['a number', { title: 7 }],
    ['with a control character', { title: 'a\0b' }],
    ['beside a userId', { title: 'x', userId: eva }],
  ])('that is %s is 400', async (_what, body) => {
    const answer = await post('/api/chat/session', solToken, body);
    expect([answer.status, answer.json.error.code]).toEqual([400, 'request/invalid']);
  });
});

describe('P15: what a member writes is bounded in the database', () => {
  /** Inserts a row through PostgREST with a member's own token, without calling the service. */
  const insert = (token: string, table: string, body: unknown) =>
    fetch(`${app.cloud.supabaseUrl}/rest/v1/${table}`, {
      method: 'POST',
      headers: {
        apikey: app.cloud.publishableKey,
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(body),
    });
  const count = async (table: string, sub: string) =>
    Number((await rows(`select count(*) from ${table} where user_id = $1`, sub))[0].count);
  const somebody = async () => {
    const sub = randomUUID();
    return { sub, token: await supabaseToken(app.cloud, { sub }) };
  };

  test.each([
    'chat_sessions',
    'sessions',
  ])('one POST of 20,000 rows to %s is refused, and none is kept', async (table) => {
    const { sub, token } = await somebody();
    const answer = await insert(token, table, Array(20_000).fill({ user_id: sub }));
    expect([answer.status, await answer.json()]).toEqual([
      429,
      expect.objectContaining({ message: 'request/limited', details: expect.stringMatching(/^At most \d+ rows of/) }),
    ]);
    expect(await count(table, sub)).toBe(0);
    expect((await insert(token, table, { user_id: sub })).status).toBe(201);
  });

  test('so are 20,000 messages, and the lines that stood before stay', async () => {
    const { sub, token } = await somebody();
    const { sessionId } = (await post('/api/chat/session', token)).json;
    await post('/api/chat/message', token, { sessionId, content: 'hello' });
    const answer = await insert(
      token,
      'chat_messages',
      Array(20_000).fill({ session_id: sessionId, role: 'user', content: 'x' }),
    );
    expect(answer.status).toBe(429);
    expect(await count('chat_messages', sub)).toBe(1);
  });

  test('an hour’s rows are counted over statements that come at once, and another member’s are not', async () => {
    const [one, other] = [await somebody(), await somebody()];
    const twenty = Array(20).fill({});
    // Five statements, because the database answers 503 to a member's sixth at the same time.
    const answers = await Promise.all([...Array(5)].map(() => insert(one.token, 'chat_sessions', twenty)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(3).fill(201), ...Array(2).fill(429)]);
    expect(await count('chat_sessions', one.sub)).toBe(60);
    expect((await insert(other.token, 'chat_sessions', {})).status).toBe(201);
    const later = await post('/api/chat/session', one.token);
    expect([later.status, later.json.error.code, later.headers.get('retry-after')]).toEqual([
      429,
      'request/limited',
      '3600',
    ]);
  });

  test('rows of an hour ago make room, those of all time do not', async () => {
    const { sub, token } = await somebody();
    await insert(token, 'chat_sessions', Array(60).fill({}));
    await rows(`update chat_sessions set created_at = now() - interval '61 minutes' where user_id = $1`, sub);
    expect((await insert(token, 'chat_sessions', {})).status).toBe(201);
    await rows(
      `insert into chat_sessions (user_id, created_at) select $1, now() - interval '1 day' from generate_series(1, 2000)`,
      sub,
    );
    expect((await insert(token, 'chat_sessions', {})).status).toBe(429);
  });

  test('no member’s rows are counted by a row in another’s name', async () => {
    const [one, other] = [await somebody(), await somebody()];
    await insert(one.token, 'chat_sessions', Array(60).fill({}));
    expect((await insert(other.token, 'chat_sessions', { user_id: one.sub })).status).toBe(403);
  });
});

test('own sessions are found by when they began', async () => {
  const found = await rows(`select indexdef from pg_indexes where tablename = 'user_sessions'`);
  expect(found.map(({ indexdef }) => indexdef).join('\n')).toContain('(created_at)');
});
