// Admission (who may use this installation) in each of its four modes (`ADMISSION_MODES`) and by every way in: login, bridge, SSR cookies, socket,
// invitation. For a person without admission the service makes one login at the gym, which proves their identity, and stores no gym session and no
// puntual session.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { purgeDeviceSessions } from '../../jobs/purge-device-sessions.ts';
import { ADMISSION_MODES, type AdmissionMode } from '../../services/store/admission-store.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { createApp } from '../../worker/app.ts';
import { type Door, openDoor } from '../realtime/open-door.ts';
import { type Answer, ask, OPERATOR_TOKEN, PUBLIC_URL } from '../routes/open-app.ts';
import { supabaseToken } from './supabase-token.ts';

const person = (id: number, name: string, boxes: string[]) => ({
  id,
  name,
  email: `${name}@example.test`,
  password: 'right',
  boxes,
});
const scenario: ScenarioInput = {
  boxes: [
    { slug: 'norte', boid: 77, name: 'Box Norte', slots: [] },
    { slug: 'sur', boid: 88, name: 'Box Sur', slots: [] },
  ],
  members: [
    person(1, 'ana', ['norte']),
    person(2, 'bea', ['norte']),
    person(3, 'cleo', ['norte']),
    person(4, 'dora', ['sur']),
  ],
};
const operator = { bearer: OPERATOR_TOKEN };
const codeOf = ({ status, json }: Answer) => [status, json?.error?.code ?? null];
const IN = [200, null];
const OUT = [403, 'auth/not-admitted'];

let door: Door;
const sql = async (text: string, ...values: unknown[]) => (await door.app.cloud.pool.query(text, values)).rows;
const signIn = (email: string, more: object = {}, bearer?: string) =>
  door.app.ask('POST', '/api/auth/login', { body: { email, password: 'right', ...more }, bearer });
const logins = async () => (await door.app.gym.control.history({ op: 'login' })).length;
const invite = async (body: object = {}): Promise<{ id: string; secret: string; link: string }> => {
  const { status, json } = await door.app.ask('POST', '/api/operator/invitations', { ...operator, body });
  expect(status).toBe(201);
  return { ...json, secret: json.link.split('/').at(-1) };
};
const theirs = (sub: string) => supabaseToken(door.app.cloud, { sub, email: 'sol@example.test' });
const ssrCookie = (token: string): string => {
  const session = { access_token: token, refresh_token: 'x', expires_in: 3600, token_type: 'bearer' };
  return `sb-abc-auth-token=base64-${Buffer.from(JSON.stringify(session)).toString('base64url')}`;
};
/** Counts the stored rows that could give access, by kind. */
const kept = async () =>
  (
    await sql(`select (select count(*)::int from auth_sessions) as gym, (select count(*)::int from user_keys) as keys,
      (select count(*)::int from user_sessions) as own, (select count(*)::int from token_journal) as journal`)
  )[0];
const NOTHING = { gym: 0, keys: 0, own: 0, journal: 0 };
const standings = async () => (await sql('select display_name as name, admission from members')) as unknown[];

const start = (mode: AdmissionMode, boxes: readonly string[] = []) =>
  openDoor({}, { scenario, admission: { mode, boxes } });
const clean = async () => {
  await door.app.gym.control.reset(scenario);
  await sql('delete from members');
  await sql('delete from invitations');
  await sql('delete from login_limits');
};

/** Makes a prebooking and moves it through the given states, for tests of what losing admission does to it. */
async function wishOf(userId: string, boxId: string, ...states: string[]): Promise<void> {
  const id = randomUUID();
  await sql(
    `insert into prebookings (id, user_id, box_id, day, time_id, status, opens_at, starts_at, created_at, updated_at)
     values ($1, $2, $3, '20990101', '1800_60', 'scheduling', now(), now(), now(), now())`,
    ...[id, userId, boxId],
  );
  for (const state of states) await sql('update prebookings set status = $2 where id = $1', id, state);
}

/** How each admission mode answers the login of a new member with a right password, and which admission the member has after the login. */
const NEWCOMER: Readonly<Record<AdmissionMode, { answer: unknown[]; stands: string | undefined }>> = {
  open: { answer: IN, stands: 'admitted' },
  invite: { answer: OUT, stands: undefined },
  approve: { answer: OUT, stands: 'waiting' },
  closed: { answer: OUT, stands: undefined },
};

describe.each(ADMISSION_MODES)('with ADMISSION=%s', (mode) => {
  const { answer: expected, stands } = NEWCOMER[mode];
  const isIn = expected === IN;
  beforeAll(async () => {
    door = await start(mode);
  });
  afterAll(() => door.stop());
  beforeEach(clean);

  test('a newcomer at the login costs the gym the one login that proves it, unless they are let in', async () => {
    const before = await logins();
    const answer = await signIn('ana@example.test');
    expect(codeOf(answer)).toEqual(expected);
    expect((await logins()) - before).toBe(isIn ? 2 : 1);
    expect(await kept()).toEqual(isIn ? { gym: 2, keys: 1, own: 1, journal: 2 } : NOTHING);
    expect(await standings()).toEqual(stands ? [{ name: 'ana', admission: stands }] : []);
    if (isIn) return;
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(answer.json.error.message).toMatch(/operator|invitation|no new members/);
    expect(Object.keys(answer.json)).toEqual(['error']);
  });

  test('an invitation opens the login once, where the mode knows invitations', async () => {
    if (mode === 'closed') {
      const answer = await door.app.ask('POST', '/api/operator/invitations', { ...operator, body: {} });
      expect(codeOf(answer)).toEqual([409, 'invitation/not-honoured']);
      expect(codeOf(await signIn('ana@example.test', { invitation: 'anything' }))).toEqual(OUT);
      return;
    }
    const { secret } = await invite();
    expect(codeOf(await signIn('ana@example.test', { invitation: secret }))).toEqual(IN);
    expect(codeOf(await signIn('bea@example.test', { invitation: secret }))).toEqual(expected);
    expect(codeOf(await signIn('ana@example.test', { invitation: secret }))).toEqual(IN);
  });

  test('a newcomer over the bridge gets a session with its cookies, or neither', async () => {
    const sub = randomUUID();
    const answer = await door.app.ask('POST', '/api/auth/session/bridge', { bearer: await theirs(sub) });
    expect(codeOf(answer)).toEqual(expected);
    expect(answer.headers.getSetCookie()).toHaveLength(isIn ? 2 : 0);
    expect((await kept())?.own).toBe(isIn ? 1 : 0);
    expect(await sql('select id, admission from members')).toEqual(stands ? [{ id: sub, admission: stands }] : []);
  });

  test('SSR cookies and the Bearer of a newcomer open what needs no admission, and the rest only with admission', async () => {
    const bearer = await theirs(randomUUID());
    const byCookie = { headers: { Cookie: ssrCookie(bearer) } };
    for (const by of [byCookie, { bearer }]) {
      expect(codeOf(await door.app.ask('GET', '/api/prebookings', by))).toEqual(expected);
      expect(codeOf(await door.app.ask('GET', '/api/usage', by))).toEqual([404, 'subscription/missing']);
    }
    const chat = await door.app.ask('POST', '/api/chat/session', { bearer });
    const say = { sessionId: chat.json.sessionId, content: 'hola' };
    expect((await door.app.ask('POST', '/api/session/create', { bearer })).status).toBe(200);
    expect((await door.app.ask('POST', '/api/chat/message', { bearer, body: say })).status).toBe(200);
    expect((await door.app.ask('GET', `/api/chat?sessionId=${say.sessionId}`, { bearer })).status).toBe(200);
    // A person without a gym login becomes a guest by calling /api/session/create or by writing in a conversation, and a guest is not admitted.
    expect(codeOf(await door.app.ask('GET', '/api/prebookings', byCookie))).toEqual(expected);
    expect(await standings()).toEqual([{ name: '', admission: 'guest' }]);
  });

  test('a Bearer of Supabase at the login admits no member by itself', async () => {
    const sub = randomUUID();
    expect(codeOf(await signIn('ana@example.test', {}, await theirs(sub)))).toEqual(expected);
    const rows = await sql('select id, admission, platform_user_id as account from members');
    expect(rows).toEqual(stands ? [{ id: sub, admission: stands, account: '1' }] : []);
  });

  test('a socket and our own cookie open to an admitted member, and to a waiting one only where all are', async () => {
    await sql(
      `insert into members (platform_user_id, email, created_at, admission) values ('1', 'x', now(), 'admitted')`,
    );
    const login = await door.app.login('ana@example.test');
    const own = { headers: { Cookie: login.cookies.access, Origin: PUBLIC_URL } };
    expect(codeOf(await door.app.ask('GET', '/api/prebookings', own))).toEqual(IN);
    expect(await door.connect({ token: login.bearer }).outcome).toBe('in');
    await sql(`update members set admission = 'waiting'`);
    // The app caches a puntual session for two seconds, so the test asks a new app, whose cache is empty.
    const fresh = createApp(door.app.services, door.app.context);
    expect(codeOf(await ask(fresh, 'GET', '/api/prebookings', own))).toEqual(isIn ? IN : OUT);
    expect(await door.connect({ token: login.bearer }).outcome).toBe(isIn ? 'in' : 'auth/not-admitted');
    await sql(`update members set admission = 'refused'`);
    expect(codeOf(await ask(createApp(door.app.services, door.app.context), 'GET', '/api/prebookings', own))).toEqual(
      OUT,
    );
    expect(await door.connect({ token: login.bearer }).outcome).toBe('auth/not-admitted');
  });

  test('an admitted member stays in through every door, and a refused one finds none', async () => {
    const sub = randomUUID();
    for (const [admission, answer] of [
      ['admitted', IN],
      ['refused', OUT],
    ] as const) {
      await clean();
      await sql(
        `insert into members (id, platform_user_id, email, created_at, admission) values ($1, '1', 'x', now(), $2)`,
        sub,
        admission,
      );
      const bearer = await theirs(sub);
      const more = mode === 'closed' ? {} : { invitation: (await invite()).secret };
      expect(codeOf(await signIn('ana@example.test', more))).toEqual(answer);
      expect(codeOf(await door.app.ask('POST', '/api/auth/session/bridge', { bearer }))).toEqual(answer);
      expect(codeOf(await door.app.ask('GET', '/api/prebookings', { headers: { Cookie: ssrCookie(bearer) } }))).toEqual(
        answer,
      );
      expect(await standings()).toEqual([{ name: admission === 'admitted' ? 'ana' : '', admission }]);
      // An invitation is not used up by a person admitted without it.
      expect((await sql('select used_at from invitations')).every(({ used_at }) => used_at === null)).toBe(true);
    }
  });
});

describe('the operator', () => {
  beforeAll(async () => {
    door = await start('approve');
  });
  afterAll(() => door.stop());
  beforeEach(clean);
  const list = async (query = '') => (await door.app.ask('GET', `/api/operator/members${query}`, operator)).json;
  const word = (id: string, what: string) => door.app.ask('POST', `/api/operator/members/${id}/${what}`, operator);

  test('sees the waiting members and their boxes, lets one in, and they are in at their next login', async () => {
    await signIn('ana@example.test');
    const { members } = await list('?state=waiting');
    expect(members).toMatchObject([
      {
        name: 'ana',
        state: 'waiting',
        wishes: 0,
        lastSeenAt: null,
        boxes: [{ subdomain: 'norte' }],
      },
    ]);
    const [{ id }] = members;
    expect((await word(id, 'admit')).json).toEqual({ id, state: 'admitted' });
    expect(codeOf(await signIn('ana@example.test'))).toEqual(IN);
    expect((await list('?state=admitted')).members[0].lastSeenAt).toEqual(expect.any(String));
  });

  test('goes through many members page by page', async () => {
    await sql(
      `insert into members (platform_user_id, created_at) select 'm' || n, now() from generate_series(1, 25) n`,
    );
    const seen: string[] = [];
    for (let query = '?limit=10'; query !== ''; ) {
      const { members, next } = await list(query);
      seen.push(...members.map(({ id }: { id: string }) => id));
      query = next === null ? '' : `?limit=10&after=${next}`;
    }
    expect(new Set(seen).size).toBe(25);
    expect((await door.app.ask('GET', '/api/operator/members?limit=501', operator)).status).toBe(400);
  });

  test('refuses an admitted member: sessions, socket, wishes and logins at the gym are over', async () => {
    await signIn('ana@example.test');
    const [{ id }] = (await list()).members;
    await word(id, 'admit');
    const login = await door.app.login('ana@example.test');
    await wishOf(id, login.boxes[0]?.id ?? '', 'scheduled');
    expect((await door.app.ask('POST', '/api/calendar', { bearer: login.bearer })).status).toBe(200);
    const client = door.connect({ token: login.bearer });
    expect(await client.outcome).toBe('in');
    expect(await word(id, 'refuse')).toMatchObject({ status: 200, json: { id, state: 'refused' } });
    expect(codeOf(await door.app.ask('GET', '/api/prebookings', { bearer: login.bearer }))).toEqual([
      401,
      'auth/session-revoked',
    ]);
    await client.cutOff;
    expect(await sql('select distinct status from auth_sessions')).toEqual([{ status: 'revoked' }]);
    expect(await sql('select distinct state from token_journal')).toEqual([{ state: 'dead' }]);
    expect(await sql('select 1 from calendars')).toEqual([]);
    expect(await sql('select status, reason from prebookings')).toEqual([
      { status: 'withdrawn', reason: 'the operator' },
    ]);
    expect(codeOf(await signIn('ana@example.test'))).toEqual(OUT);
  });

  test('shuts the doors while a race runs, and the rest ends after it', async () => {
    await signIn('ana@example.test');
    const [{ id, boxes }] = (await list()).members;
    await word(id, 'admit');
    await door.app.login('ana@example.test');
    await wishOf(id, boxes[0].id, 'scheduled', 'claimed', 'armed');
    expect(await word(id, 'remove')).toMatchObject({ status: 202, json: { id, state: 'refused' } });
    expect(await sql('select distinct status from auth_sessions')).toEqual([{ status: 'live' }]);
    expect((await kept())?.own).toBe(1);
    await purgeDeviceSessions(door.app.services);
    expect(await sql('select distinct status from auth_sessions')).toEqual([{ status: 'live' }]);
    await sql(`update prebookings set status = 'booked', settled_at = now()`);
    await purgeDeviceSessions(door.app.services);
    expect(await sql('select distinct status from auth_sessions')).toEqual([{ status: 'revoked' }]);
    expect(await word(id, 'remove')).toMatchObject({ status: 200, json: { id, state: 'removed' } });
    expect(await kept()).toEqual(NOTHING);
    expect(codeOf(await word(id, 'remove'))).toEqual([404, 'member/missing']);
  });

  test('answers 404 for a member that does not exist', async () => {
    for (const what of ['admit', 'refuse', 'remove'])
      expect(codeOf(await word(randomUUID(), what))).toEqual([404, 'member/missing']);
  });

  test('is known by Bearer alone: what a browser sends along by itself changes nothing', async () => {
    await signIn('ana@example.test');
    const [{ id }] = (await list()).members;
    const Authorization = `Basic ${Buffer.from(`me:${OPERATOR_TOKEN}`).toString('base64')}`;
    const answer = await door.app.ask('POST', `/api/operator/members/${id}/admit`, { headers: { Authorization } });
    expect(codeOf(answer)).toEqual([401, 'auth/missing']);
    expect((await standings())[0]).toMatchObject({ admission: 'waiting' });
  });
});

describe('an invitation', () => {
  beforeAll(async () => {
    door = await start('invite');
  });
  afterAll(() => door.stop());
  beforeEach(clean);
  const look = (secret: string) => door.app.ask('GET', `/invitation/${secret}`);

  test('is kept as a hash, shown once, and named in no log', async () => {
    const { id, secret, link } = await invite({ note: 'for Ana' });
    expect(link).toBe(`${PUBLIC_URL}/invitation/${secret}`);
    await look(secret);
    await signIn('ana@example.test', { invitation: secret });
    const dump = JSON.stringify([
      await sql('select * from invitations'),
      await sql('select * from members'),
      door.app.log,
    ]);
    expect(dump).not.toContain(secret);
    expect(door.app.log.some((line) => line.includes('/invitation/'))).toBe(true);
    const { json } = await door.app.ask('GET', '/api/operator/invitations', operator);
    expect(json.invitations).toMatchObject([{ id, note: 'for Ana', state: 'used', usedBy: expect.any(String) }]);
    expect(JSON.stringify(json)).not.toContain(secret);
  });

  test('is not used up, nor anything else changed, however often its link is looked at', async () => {
    const { secret } = await invite();
    const before = await sql('select * from invitations');
    for (let n = 0; n < 3; n++) {
      const page = await look(secret);
      expect([page.status, page.headers.getSetCookie(), page.headers.get('cache-control')]).toEqual([
        200,
        [],
        'no-store',
      ]);
      expect(page.text).toContain(`/login#invitation=${secret}`);
    }
    expect(await sql('select * from invitations')).toEqual(before);
    expect(codeOf(await signIn('ana@example.test', { invitation: secret }))).toEqual(IN);
    expect((await look(secret)).status).toBe(404);
  });

  test('that is made up, used, withdrawn or over opens nothing and costs nothing more', async () => {
    const [used, revoked, over] = [await invite(), await invite(), await invite({ days: 1 })];
    await signIn('bea@example.test', { invitation: used.secret });
    expect((await door.app.ask('DELETE', `/api/operator/invitations/${revoked.id}`, operator)).status).toBe(200);
    expect(codeOf(await door.app.ask('DELETE', `/api/operator/invitations/${revoked.id}`, operator))).toEqual([
      404,
      'invitation/missing',
    ]);
    await sql(`update invitations set expires_at = now() - interval '1 second' where id = $1`, over.id);
    for (const secret of [used.secret, revoked.secret, over.secret, 'x'.repeat(43)]) {
      expect(codeOf(await signIn('ana@example.test', { invitation: secret }))).toEqual(OUT);
      expect((await look(secret)).status).toBe(404);
    }
    expect(await standings()).toEqual([{ name: 'bea', admission: 'admitted' }]);
  });

  test('lets one in of two members that use it at the same time', async () => {
    const { secret } = await invite();
    const both = await Promise.all(
      ['ana', 'bea'].map((name) => signIn(`${name}@example.test`, { invitation: secret })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect(await standings()).toHaveLength(1);
  });

  test('is refused with a lifetime that is none', async () => {
    for (const body of [{ days: 0 }, { days: 91 }, { days: 1.5 }, { secret: 'mine' }])
      expect((await door.app.ask('POST', '/api/operator/invitations', { ...operator, body })).status).toBe(400);
  });
});

describe('ADMIT_BOXES', () => {
  beforeAll(async () => {
    door = await start('open', ['norte']);
  });
  afterAll(() => door.stop());
  beforeEach(clean);

  test('lets in newcomers of those boxes alone, and writes nothing down of others', async () => {
    expect(codeOf(await signIn('ana@example.test'))).toEqual(IN);
    expect(codeOf(await signIn('dora@example.test'))).toEqual(OUT);
    expect(await standings()).toEqual([{ name: 'ana', admission: 'admitted' }]);
  });

  test('is not needed by a member here already, and is by a gym account that joins', async () => {
    const sub = randomUUID();
    await sql(`insert into members (platform_user_id, created_at, admission) values ('4', now(), 'admitted')`);
    expect(codeOf(await signIn('dora@example.test'))).toEqual(IN);
    await sql('delete from members');
    const bearer = await theirs(sub);
    await door.app.ask('POST', '/api/auth/session/bridge', { bearer });
    expect(codeOf(await signIn('dora@example.test', {}, bearer))).toEqual(OUT);
    expect(await sql('select platform_user_id as account from members')).toEqual([{ account: null }]);
    expect(codeOf(await signIn('ana@example.test', {}, bearer))).toEqual(IN);
  });
});
