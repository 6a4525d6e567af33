// The socket as a page uses it: the bridge from Supabase's session comes first, broken connections are reopened, and no event during a break is lost.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, expectTypeOf, test } from 'vitest';
import { ACCESS_LIFE_MS } from '../../services/identity/access.ts';
import type { Client } from '../../web/client/client.ts';
import { reconnectDelayMs } from '../../web/client/reconnect-delay.ts';
import type { LiveListeners, LiveStatus } from '../../web/client/socket.ts';
import type { ServerEvents } from '../../web/client/socket-messages.ts';
import type { ServerEvents as Spoken } from '../../worker/realtime/message.ts';
import { supabaseToken } from '../identity/supabase-token.ts';
import { handClock } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { type Browser, openBrowser } from './browser-in-node.ts';
import { openService, type WebService } from './open-service.ts';

const clock = handClock(SUNDAY_NOON);
const ANA = { email: 'ana@example.test', password: 'right' };

let service: WebService;
let browser: Browser;
let feeds: { close(): void }[] = [];
beforeAll(async () => {
  service = await openService(clock);
});
afterAll(() => service.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await service.app.gym.control.reset(town);
  await service.app.cloud.pool.query('delete from members');
  browser = openBrowser(service.url, () => clock.now().getTime());
});
afterEach(() => {
  for (const feed of feeds) feed.close();
  feeds = [];
  browser.stop();
});

const soon = (read: () => unknown) => expect.poll(read, { timeout: limitMs(15_000) });

interface Heard {
  readonly statuses: LiveStatus[];
  readonly kinds: string[];
  /** The states of each prebooking, in the order in which the page's socket received them. */
  readonly states: Map<string, string[]>;
  caughtUp: number;
}
function listen(client: Client): Heard {
  const heard: Heard = { statuses: [], kinds: [], states: new Map(), caughtUp: 0 };
  const note = (id: string, status: string) => heard.states.set(id, [...(heard.states.get(id) ?? []), status]);
  const listeners: LiveListeners = {
    status: (status) => heard.statuses.push(status),
    prebooking: ({ id, status }) => note(id, status),
    sessionHealth: ({ sessionType }) => heard.kinds.push(sessionType),
    box: ({ name }) => heard.kinds.push(name),
    caughtUp: (prebookings) => {
      heard.caughtUp += 1;
      for (const { id, status } of prebookings) note(id, status);
    },
  };
  feeds.push(client.listen(listeners));
  return heard;
}
const wish = async (client: Client, boxId: string) => {
  const body = { boxId, day: '20260302', timeId: '1800_60', className: 'WOD', opensAt: '2026-03-01T20:00:00Z' };
  return (await client.call('post', '/api/prebookings', { body })).prebooking.id;
};

test('waits for the bridge, and hears of the member from then on', async () => {
  const { client } = browser.tab();
  const sub = randomUUID();
  const heard = listen(client);
  await client.start();
  expect(heard.statuses).toEqual([]);
  await client.bridge(await supabaseToken(service.app.cloud, { sub, sessionId: randomUUID() }, clock.now()));
  await soon(() => heard.statuses.at(-1)).toBe('connected');
  expect(heard.statuses).toEqual(['connecting', 'connected']);
  const { boxes } = await client.signIn({ ...ANA, link: true });
  await soon(() => heard.kinds.includes('Box Norte') && heard.kinds.includes('device')).toBe(true);
  const id = await wish(client, boxes[0]?.id ?? '');
  await soon(() => heard.states.get(id)).toContain('scheduled');
});

test('fetches what it missed while the service was away, finished things too', async () => {
  const { client } = browser.tab();
  const { boxes } = await client.signIn(ANA);
  const heard = listen(client);
  await soon(() => heard.statuses.at(-1)).toBe('connected');
  const id = await wish(client, boxes[0]?.id ?? '');
  await soon(() => heard.states.get(id)).toContain('scheduled');
  const bearer = await bearerFor(client);
  await service.restart(() => service.app.ask('DELETE', `/api/prebookings/${id}`, { bearer }));
  await soon(() => heard.states.get(id)?.at(-1)).toBe('withdrawn');
  await soon(() => heard.statuses.slice(-2)).toEqual(['connecting', 'connected']);
  expect(heard.caughtUp).toBe(2);
});

test('is cut off at its token’s end and comes back with another', async () => {
  browser.stop();
  browser = openBrowser(service.url, () => SUNDAY_NOON.getTime());
  const { client } = browser.tab();
  await client.signIn(ANA);
  // The service's clock is moved on until the access token has a second and a half left, while the page's clock stands still.
  clock.advance(ACCESS_LIFE_MS - 1_500);
  const heard = listen(client);
  await soon(() => heard.caughtUp).toBe(2);
  expect(heard.statuses).toEqual(['connecting', 'connected', 'connecting', 'connected']);
  expect(browser.requests).toContain('POST /api/auth/session/refresh');
});

test('of a session that is revoked elsewhere tells every tab, and waits', async () => {
  const tabs = [browser.tab(), browser.tab(), browser.tab()];
  await tabs[0]?.client.signIn(ANA);
  for (const { client } of tabs) await client.start();
  const all = tabs.map(({ client }) => listen(client));
  await soon(() => all.map(({ statuses }) => statuses.at(-1))).toEqual(['connected', 'connected', 'connected']);
  await service.app.cloud.pool.query('update user_sessions set revoked_at = now()');
  await soon(() => tabs.map(({ client }) => client.state().session.status)).toEqual(Array(3).fill('signed-out'));
  await soon(() => all.map(({ statuses }) => statuses.at(-1))).toEqual(['waiting', 'waiting', 'waiting']);
});

test('is another member’s after another sign-in, and nothing of the first is heard in it', async () => {
  const { client } = browser.tab();
  const { boxes } = await client.signIn(ANA);
  const other = browser.tab().client;
  await other.start();
  const heard = listen(other);
  await soon(() => heard.statuses.at(-1)).toBe('connected');
  const anas = await bearerFor(client);
  await client.signIn({ ...ANA, email: 'cleo@example.test' });
  await soon(() => heard.kinds.includes('Box Sur')).toBe(true);
  const body = {
    boxId: boxes[0]?.id,
    day: '20260302',
    timeId: '1800_60',
    className: 'WOD',
    opensAt: '2026-03-01T20:00:00Z',
  };
  const { json } = await service.app.ask('POST', '/api/prebookings', { bearer: anas, body });
  const hers = await service.app.cloud.pool.query('select id from prebookings where id = $1', [json.prebooking.id]);
  expect(hers.rowCount).toBe(1);
  const { sessions } = await other.call('get', '/api/auth/sessions', {});
  expect(sessions).toHaveLength(1);
  expect(heard.states.has(json.prebooking.id)).toBe(false);
});

test('comes back in its own time: later with each failure, half a minute at most, never with all others', () => {
  const spans = [0, 1, 2, 3, 4, 5, 50].map((failures) =>
    [0, 0.5, 0.999].map((at) => Math.round(reconnectDelayMs(failures, at))),
  );
  expect(spans[0]).toEqual([200, 600, 999]);
  expect(spans[3]?.[1]).toBe(4_800);
  expect(Math.max(...spans.flat())).toBeLessThanOrEqual(30_000);
  expect(spans.at(-1)?.[0]).toBe(6_000);
});

test('speaks in the server’s own words', () => {
  expectTypeOf<ServerEvents>().toEqualTypeOf<Spoken>();
});

/** Gives another access token of the client's puntual session, as another tab with that session would hold one. */
async function bearerFor(client: Client): Promise<string> {
  const { session } = client.state();
  if (session.status !== 'signed-in') throw new Error('Expected a session.');
  return (await service.app.services.access.sign(session, clock.now())).token.reveal();
}
