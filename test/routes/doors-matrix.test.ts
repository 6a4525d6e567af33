// Every endpoint against every kind of caller: the status is the status that is declared here, and no caller changes another member's rows. The
// endpoints come from the router itself; an endpoint that is not declared in this file fails the test.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { localDay } from '../../services/prebooking/opening-rule.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { createApp } from '../../worker/app.ts';
import { supabaseToken } from '../identity/supabase-token.ts';
import { type Ask, ask, type Login, openApp, type TestApp } from './open-app.ts';

const DAY = localDay(new Date(Date.now() + 2 * 24 * 60 * 60_000), 'Europe/Madrid');
const slot = (id: number) => ({ day: DAY, id, time: '18:00 - 19:00', classId: 5, className: 'WOD', limit: 12 });
const scenario: ScenarioInput = {
  boxes: [
    { slug: 'norte', boid: 77, name: 'Box Norte', slots: [slot(501)] },
    { slug: 'sur', boid: 88, name: 'Box Sur', slots: [slot(601), { ...slot(602), time: '19:00 - 20:00' }] },
  ],
  members: [
    { id: 1, name: 'Ana', email: 'ana@example.test', password: 'right', boxes: ['norte'] },
    { id: 2, name: 'Bea', email: 'bea@example.test', password: 'right', boxes: ['sur'] },
  ],
};

let app: TestApp;
/** The member Ana tries to reach what belongs to the member Bea. */
let ana: Login;
let bea: Login;
let beas: {
  channelId: string;
  prebookingId: string;
  sessionId: string;
  chatId: string;
  boxId: string;
  reservationId: string;
  watchId: string;
  ruleId: string;
  pauseId: string;
};
beforeAll(async () => {
  app = await openApp(systemClock, scenario);
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
  const as = { bearer: bea.bearer };
  const boxId = bea.boxes[0]?.id ?? '';
  const booked = await app.ask('POST', '/api/booking', { ...as, body: { boxId, day: DAY, classId: '601' } });
  const opensAt = new Date(Date.now() + 24 * 60 * 60_000).toISOString();
  const wish = { boxId, day: DAY, timeId: '1800_60', className: 'WOD', opensAt };
  const written = await app.ask('POST', '/api/prebookings', { ...as, body: wish });
  const watched = { boxId, day: DAY, timeId: '1900_60', className: 'WOD', then: 'tell' };
  const watch = await app.ask('POST', '/api/watches', { ...as, body: watched });
  const rule = await app.ask('POST', '/api/rules', { ...as, body: { boxId, weekday: 1, timeId: '0700_60' } });
  const pause = await app.ask('POST', '/api/pauses', { ...as, body: { from: '20990101', to: '20990107' } });
  const chat = await app.ask('POST', '/api/chat/session', as);
  await app.ask('PUT', '/api/notifications/webhook', { ...as, body: { url: 'https://hooks.example.com/bea' } });
  const { sessions } = (await app.ask('GET', '/api/auth/sessions', as)).json;
  const { channels } = (await app.ask('GET', '/api/notifications/channels', as)).json;
  beas = {
    prebookingId: written.json.prebooking.id,
    channelId: channels[0].id,
    sessionId: sessions[0].id,
    chatId: chat.json.sessionId,
    boxId,
    reservationId: booked.json.reservationId,
    watchId: watch.json.watch.id,
    ruleId: rule.json.rule.id,
    pauseId: pause.json.pause.id,
  };
});
afterAll(() => app.stop());

type Policy = 'open' | 'member' | 'bearer' | 'refresh' | 'cron' | 'operator' | 'queue';
interface Declared {
  readonly policy: Policy;
  /** The status that the other member, Ana, gets when she names rows that belong to Bea. */
  readonly other: number;
  readonly body?: () => Record<string, unknown>;
  /** Returns the path to request, for endpoints with a path that has an {id} or needs a query. */
  readonly at?: () => string;
}
const device = () => ({ fingerprint: bea.fingerprint });
const operatorOn = (at: () => string): Declared => ({ policy: 'operator', other: 401, at });
const DECLARED: Readonly<Record<string, Declared>> = {
  'GET /health': { policy: 'open', other: 200 },
  'GET /ready': { policy: 'open', other: 200 },
  'GET /openapi.json': { policy: 'open', other: 200 },
  'GET /docs': { policy: 'open', other: 200 },
  'GET /.well-known/jwks.json': { policy: 'open', other: 200 },
  'GET /.well-known/openid-configuration': { policy: 'open', other: 200 },
  'GET /api/auth/login': { policy: 'open', other: 200 },
  'POST /api/auth/login': { policy: 'open', other: 400, body: () => ({ email: 'bea@example.test', password: '' }) },
  'POST /api/auth/session/bridge': { policy: 'bearer', other: 401 },
  'POST /api/auth/session/refresh': { policy: 'refresh', other: 401 },
  'POST /api/auth/device-proof': { policy: 'refresh', other: 401, body: device },
  'GET /api/auth/sessions': { policy: 'member', other: 200 },
  'DELETE /api/auth/sessions/{id}': { policy: 'member', other: 404, at: () => `/api/auth/sessions/${beas.sessionId}` },
  'POST /api/auth/logout': { policy: 'member', other: 200 },
  'GET /api/auth/session': {
    policy: 'member',
    other: 404,
    at: () => `/api/auth/session?fingerprint=${bea.fingerprint}`,
  },
  // Neither of the two members of this test has a kept login, so this request is answered 404.
  'DELETE /api/auth/session/kept-login': { policy: 'member', other: 404 },
  'POST /api/auth/token-update': {
    policy: 'member',
    other: 403,
    body: () => ({ ...device(), token: bea.deviceToken }),
  },
  'POST /api/auth/sync-device-session': {
    policy: 'member',
    other: 403,
    body: () => ({ ...device(), currentToken: bea.deviceToken }),
  },
  'GET /api/booking': { policy: 'member', other: 404, at: () => `/api/booking?day=${DAY}&boxId=${beas.boxId}` },
  'GET /api/booking/attendees': {
    policy: 'member',
    other: 404,
    at: () => `/api/booking/attendees?day=${DAY}&boxId=${beas.boxId}&classId=601`,
  },
  'POST /api/booking': { policy: 'member', other: 404, body: () => ({ boxId: beas.boxId, day: DAY, classId: '601' }) },
  'DELETE /api/booking': {
    policy: 'member',
    other: 404,
    body: () => ({ boxId: beas.boxId, day: DAY, reservationId: beas.reservationId }),
  },
  'POST /api/prebookings': {
    policy: 'member',
    other: 404,
    body: () => ({ boxId: beas.boxId, day: DAY, timeId: '1800_60', opensAt: '2099-01-01T00:00:00Z' }),
  },
  'GET /api/prebookings': { policy: 'member', other: 200 },
  'GET /api/prebookings/{id}': { policy: 'member', other: 404, at: () => `/api/prebookings/${beas.prebookingId}` },
  'DELETE /api/prebookings/{id}': {
    policy: 'member',
    other: 404,
    at: () => `/api/prebookings/${beas.prebookingId}`,
  },
  'GET /api/watches': { policy: 'member', other: 200 },
  'POST /api/watches': {
    policy: 'member',
    other: 404,
    body: () => ({ boxId: beas.boxId, day: DAY, timeId: '1800_60', then: 'tell' }),
  },
  'DELETE /api/watches/{id}': { policy: 'member', other: 404, at: () => `/api/watches/${beas.watchId}` },
  'GET /api/rules': { policy: 'member', other: 200 },
  'POST /api/rules': {
    policy: 'member',
    other: 404,
    body: () => ({ boxId: beas.boxId, weekday: 2, timeId: '1800_60' }),
  },
  'PUT /api/rules/{id}': {
    policy: 'member',
    other: 404,
    at: () => `/api/rules/${beas.ruleId}`,
    body: () => ({ boxId: ana.boxes[0]?.id ?? '', weekday: 2, timeId: '1800_60' }),
  },
  'DELETE /api/rules/{id}': { policy: 'member', other: 404, at: () => `/api/rules/${beas.ruleId}` },
  'GET /api/rules/{id}/preview': { policy: 'member', other: 404, at: () => `/api/rules/${beas.ruleId}/preview` },
  'PUT /api/rules/{id}/exceptions': {
    policy: 'member',
    other: 404,
    at: () => `/api/rules/${beas.ruleId}/exceptions`,
    body: () => ({ day: '20990105', skip: true }),
  },
  'DELETE /api/rules/{id}/exceptions': {
    policy: 'member',
    other: 404,
    at: () => `/api/rules/${beas.ruleId}/exceptions`,
    body: () => ({ day: '20990105' }),
  },
  'GET /api/pauses': { policy: 'member', other: 200 },
  'POST /api/pauses': {
    policy: 'member',
    other: 404,
    body: () => ({ boxId: beas.boxId, from: '20990101', to: '20990107' }),
  },
  'DELETE /api/pauses/{id}': { policy: 'member', other: 404, at: () => `/api/pauses/${beas.pauseId}` },
  'GET /api/agenda': { policy: 'member', other: 200 },
  'GET /api/me': { policy: 'member', other: 200 },
  'PUT /api/me': { policy: 'member', other: 200, body: () => ({ language: 'es' }) },
  'GET /api/me/export': { policy: 'member', other: 200 },
  'DELETE /api/me': { policy: 'member', other: 200 },
  'GET /api/boxes': { policy: 'member', other: 200 },
  'GET /api/usage': { policy: 'member', other: 200 },
  // Ana has no webhook when she calls this endpoint, so she gets 404. Bea has a webhook, to which Ana's call must send nothing.
  'POST /api/notifications/webhook/test': { policy: 'member', other: 404 },
  'PUT /api/notifications/webhook': {
    policy: 'member',
    other: 200,
    body: () => ({ url: 'https://hooks.example.com/ana' }),
  },
  'GET /api/notifications/webhook': { policy: 'member', other: 200 },
  'DELETE /api/notifications/webhook': { policy: 'member', other: 200 },
  'GET /api/notifications/channels': { policy: 'member', other: 200 },
  'POST /api/notifications/channels': { policy: 'member', other: 404, body: () => ({ kind: 'telegram' }) },
  'DELETE /api/notifications/channels/{id}': {
    policy: 'member',
    other: 404,
    at: () => `/api/notifications/channels/${beas.channelId}`,
  },
  'POST /api/notifications/channels/{id}/test': {
    policy: 'member',
    other: 404,
    at: () => `/api/notifications/channels/${beas.channelId}/test`,
  },
  'GET /api/notices': { policy: 'member', other: 200 },
  'POST /api/notices/read': { policy: 'member', other: 200, body: () => ({ upTo: 1_000_000 }) },
  'GET /confirm/{code}': { policy: 'open', other: 404, at: () => '/confirm/no-such-code' },
  'POST /confirm/{code}': { policy: 'open', other: 404, at: () => '/confirm/no-such-code' },
  'POST /api/telegram': { policy: 'queue', other: 401, body: () => ({ message: {} }) },
  'POST /api/calendar': { policy: 'member', other: 200 },
  'DELETE /api/calendar': { policy: 'member', other: 200 },
  'GET /calendar/{secret}': { policy: 'open', other: 404, at: () => '/calendar/no-such-calendar.ics' },
  'POST /api/session/create': { policy: 'bearer', other: 200 },
  'POST /api/chat/session': { policy: 'bearer', other: 200 },
  'POST /api/chat/message': { policy: 'bearer', other: 404, body: () => ({ sessionId: beas.chatId, content: 'x' }) },
  'GET /api/chat': { policy: 'bearer', other: 404, at: () => `/api/chat?sessionId=${beas.chatId}` },
  'GET /cron/refresh-tokens': { policy: 'cron', other: 401 },
  'POST /cron/refresh-tokens': { policy: 'cron', other: 401 },
  'GET /api/cron/refresh-tokens': { policy: 'cron', other: 401 },
  'POST /api/cron/refresh-tokens': { policy: 'cron', other: 401 },
  'GET /cron/sweep-prebookings': { policy: 'cron', other: 401 },
  'POST /cron/sweep-prebookings': { policy: 'cron', other: 401 },
  'GET /cron/purge-device-sessions': { policy: 'cron', other: 401 },
  'POST /cron/purge-device-sessions': { policy: 'cron', other: 401 },
  'GET /metrics': { policy: 'operator', other: 401 },
  'GET /monitor': { policy: 'operator', other: 401 },
  'GET /api/operator/doctor': { policy: 'operator', other: 401 },
  'GET /api/operator/monitor': { policy: 'operator', other: 401 },
  'GET /api/operator/members': { policy: 'operator', other: 401 },
  'POST /api/operator/members/{id}/admit': operatorOn(() => `/api/operator/members/${bea.userId}/admit`),
  'POST /api/operator/members/{id}/refuse': operatorOn(() => `/api/operator/members/${bea.userId}/refuse`),
  'POST /api/operator/members/{id}/remove': operatorOn(() => `/api/operator/members/${bea.userId}/remove`),
  'GET /api/operator/boxes': { policy: 'operator', other: 401 },
  'PUT /api/operator/boxes/{id}': {
    ...operatorOn(() => `/api/operator/boxes/${beas.boxId}`),
    body: () => ({ timeZone: 'Atlantic/Canary' }),
  },
  'POST /api/operator/channels/test': { policy: 'operator', other: 401 },
  'GET /api/operator/invitations': { policy: 'operator', other: 401 },
  'POST /api/operator/invitations': { policy: 'operator', other: 401, body: () => ({}) },
  'DELETE /api/operator/invitations/{id}': operatorOn(() => `/api/operator/invitations/${randomUUID()}`),
  // The answer to this request is a page that says that there is no such invitation.
  'GET /invitation/{invitation}': { policy: 'open', other: 404, at: () => '/invitation/made-up' },
  'POST /api/queue-check': { policy: 'queue', other: 401, body: () => ({ runId: beas.sessionId }) },
  'POST /api/refresh-part': { policy: 'queue', other: 401, body: () => ({}) },
  'POST /api/execute-prebooking': { policy: 'queue', other: 401, body: () => ({ prebookingId: beas.prebookingId }) },
};

/** Endpoints that require a sign-in that is at most five minutes old. */
const FRESH = ['GET /api/me/export', 'DELETE /api/me'];

interface Caller {
  readonly ask: () => Ask | Promise<Ask>;
  readonly query?: () => string;
  /** Returns the forged fields that a caller of this kind adds to the request's body. */
  readonly forges?: () => Record<string, unknown>;
  readonly status: (declared: Declared, unsafe: boolean) => number;
}
/**
 * Returns the status for a caller with a Bearer token that proves no member. Of the open endpoints only /api/auth/login reads a Bearer token, and
 * that endpoint refuses this test's body before it reads the token.
 */
const bearerHeld = ({ policy, other }: Declared) => (policy === 'open' ? other : 401);
/** Returns the status for a caller that proves no right to use an endpoint. */
const stranger = ({ policy, other }: Declared) => (policy === 'open' ? other : 401);
const CALLERS: Readonly<Record<string, Caller>> = {
  nobody: { ask: () => ({}), status: stranger },
  'another member': { ask: () => ({ bearer: ana.bearer }), status: ({ other }) => other },
  'a forged header': {
    ask: () => ({
      headers: { 'x-user-email': 'bea@example.test', 'x-user-id': bea.userId, 'x-forwarded-user': bea.userId },
    }),
    status: stranger,
  },
  'a forged query': {
    ask: () => ({}),
    query: () => `userId=${bea.userId}&email=bea@example.test&sub=${bea.userId}`,
    status: stranger,
  },
  'a forged body': {
    ask: () => ({ bearer: ana.bearer }),
    forges: () => ({ userId: bea.userId, email: 'bea@example.test' }),
    // The schemas of bodies allow only the fields that they declare; an endpoint that takes no body refuses any field.
    status: ({ policy, other, body }, unsafe) => {
      if (policy === 'refresh') return body ? 400 : 401;
      if (policy === 'cron' || policy === 'operator' || policy === 'queue') return 401;
      return unsafe ? 400 : other;
    },
  },
  'an expired token': {
    ask: async () => ({ bearer: await supabaseToken(app.cloud, { sub: bea.userId, lifeS: -60 }) }),
    status: bearerHeld,
  },
  'an anon key': {
    ask: () => ({ bearer: app.cloud.publishableKey, headers: { apikey: app.cloud.publishableKey } }),
    status: bearerHeld,
  },
  'an anon JWT': {
    ask: async () => ({ bearer: await supabaseToken(app.cloud, { sub: bea.userId, more: { role: 'anon' } }) }),
    status: bearerHeld,
  },
  'a service key': {
    ask: () => ({ bearer: app.cloud.secretKey.reveal(), headers: { apikey: app.cloud.secretKey.reveal() } }),
    status: bearerHeld,
  },
  'a service JWT': {
    ask: async () => ({ bearer: await supabaseToken(app.cloud, { sub: bea.userId, more: { role: 'service_role' } }) }),
    status: bearerHeld,
  },
  'a cookie from another site': {
    ask: () => ({
      headers: {
        Cookie: `${bea.cookies.access}; ${bea.cookies.refresh}`,
        Origin: 'https://evil.example',
        'Sec-Fetch-Site': 'cross-site',
      },
    }),
    // A request that only reads what is the member's is answered, because the browser hides the answer from a page of another site. A request from
    // such a page is refused if the request would change something of the member.
    status: ({ policy, other }, unsafe) => {
      if (policy === 'open') return other;
      if (policy === 'refresh' || (policy === 'member' && unsafe)) return 403;
      return policy === 'member' ? 200 : 401;
    },
  },
  'a malformed cookie': {
    ask: () => ({
      headers: { Cookie: '__Host-puntual=%; sb-x-auth-token=base64-!!; =;;__proto__=1', Origin: 'http://puntual.test' },
    }),
    status: stranger,
  },
  'a malformed cookie beside another member’s Bearer': {
    ask: () => ({ bearer: ana.bearer, headers: { Cookie: '__Host-puntual=%; sb-x-auth-token=base64-!!; =;;' } }),
    status: ({ other }) => other,
  },
};

test('every endpoint of the router is declared, and nothing else is', async () => {
  const { json } = await app.ask('GET', '/openapi.json');
  const known = Object.entries<object>(json.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(known.sort()).toEqual(Object.keys(DECLARED).sort());
});

/** Returns everything that the database and the gym hold of Bea, except when she was last seen. */
async function everythingOfBea(): Promise<unknown> {
  const { rows } = await app.cloud.pool.query(
    `select (select jsonb_agg(to_jsonb(p) order by p.id) from prebookings p where p.user_id = $1) as prebookings,
       (select jsonb_agg(to_jsonb(s) - 'last_seen_at' order by s.id) from user_sessions s where s.user_id = $1) as sessions,
       (select jsonb_agg(to_jsonb(s) - 'last_seen_at' order by s.id) from auth_sessions s where s.user_id = $1) as gym,
       (select jsonb_agg(to_jsonb(m)) from members m where m.id = $1) as member,
       (select jsonb_agg(to_jsonb(w) order by w.id) from watches w where w.user_id = $1) as watches,
       (select jsonb_agg(to_jsonb(h)) from notice_channels h where h.user_id = $1) as channels,
       (select jsonb_agg(to_jsonb(o) order by o.id) from outbox o where o.user_id = $1) as notices,
       (select jsonb_agg(to_jsonb(r) - 'plan_at' order by r.id) from rules r where r.user_id = $1) as rules,
       (select jsonb_agg(to_jsonb(v) order by v.id) from rule_pauses v where v.user_id = $1) as pauses,
       (select jsonb_agg(to_jsonb(u)) from subscriptions u where u.user_id = $1) as subscription,
       (select jsonb_agg(to_jsonb(c)) from chat_messages c where c.session_id = $2) as chat,
       (select count(*) from sessions t where t.user_id = $1) as turns`,
    [bea.userId, beas.chatId],
  );
  const { reservations } = await app.gym.control.truth({ member: 'bea@example.test' });
  return { rows, reservations };
}

describe.each(Object.keys(CALLERS))('to %s', (name) => {
  test.each(Object.keys(DECLARED))('%s answers as declared, and nothing of Bea’s is touched', async (endpoint) => {
    const declared = DECLARED[endpoint] as Declared;
    const caller = CALLERS[name] as Caller;
    const [method = '', path = ''] = endpoint.split(' ');
    const isCookieRead = name === 'a cookie from another site' && declared.policy === 'member' && method === 'GET';
    const unsafe = method !== 'GET';
    const body = declared.body?.() ?? (caller.forges && unsafe ? {} : undefined);
    const asked: Ask = { ...(await caller.ask()), ...(body && unsafe && { body: { ...body, ...caller.forges?.() } }) };
    const to = `${declared.at?.() ?? path}${caller.query ? `${declared.at?.().includes('?') ? '&' : '?'}${caller.query()}` : ''}`;
    // The endpoints in `FRESH` need a sign-in of the last five minutes, and the whole test may take longer.
    if (FRESH.includes(endpoint)) await app.cloud.pool.query('update user_sessions set created_at = now()');
    const before = isCookieRead ? undefined : await everythingOfBea();
    // The rate limit of a new app with the same services has not counted any request with wrong credentials yet.
    const answer = await ask(createApp(app.services, app.context), method, to, asked);
    expect([answer.status, answer.text.slice(0, 200)]).toEqual([caller.status(declared, unsafe), expect.anything()]);
    if (before) expect(await everythingOfBea()).toEqual(before);
    // Ana, the other member, may sign out and may erase her own account.
    if (['POST /api/auth/logout', 'DELETE /api/me'].includes(endpoint) && answer.status === 200)
      ana = await app.login('ana@example.test');
  });
});

test('a token of a person without a row here opens only what is theirs alone', async () => {
  const bearer = await supabaseToken(app.cloud, { sub: randomUUID() });
  for (const [endpoint, status] of [
    ['/api/auth/session', 404],
    ['/api/usage', 404],
    [`/api/prebookings/${beas.prebookingId}`, 404],
    ['/api/prebookings', 200],
  ] as const)
    expect([endpoint, (await app.ask('GET', endpoint, { bearer })).status]).toEqual([endpoint, status]);
});
