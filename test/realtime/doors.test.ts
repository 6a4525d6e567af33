// Which Socket.IO connections are accepted: those with a puntual session's access token, or with its access cookie from the service's own pages
// (T25). The tests connect by polling, by WebSocket, and by a change from polling to WebSocket.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCESS_LIFE_MS } from '../../services/identity/access.ts';
import { supabaseToken } from '../identity/supabase-token.ts';
import { type Login, PUBLIC_URL } from '../routes/open-app.ts';
import { type Door, openDoor, TRANSPORTS } from './open-door.ts';

let door: Door;
let ana: Login;
beforeAll(async () => {
  door = await openDoor();
  ana = await door.app.login('ana@example.test');
});
afterAll(() => door.stop());

const FOREIGN = [
  'https://evil.test',
  'null',
  `${PUBLIC_URL}.evil.test`,
  'http://sub.puntual.test',
  'https://puntual.test',
  '',
];
const polled = (headers: Record<string, string>, query = '') =>
  fetch(`${door.url}/socket.io/?EIO=4&transport=polling${query}`, { headers });

describe.each(TRANSPORTS)('over %s', (transport) => {
  const transports = [transport];
  test.each(FOREIGN)('a page of %j is refused, whatever it brings', async (origin) => {
    const headers = { Origin: origin, Cookie: ana.cookies.access };
    const client = door.connect({ transports, token: ana.bearer, headers });
    expect(await client.outcome).toMatch(/^refused: (xhr poll|websocket) error$/);
    expect(client.heard).toEqual([]);
  });

  test('a token opens it, with our Origin or with none', async () => {
    expect(await door.connect({ transports, token: ana.bearer }).outcome).toBe('in');
    expect(await door.connect({ transports, token: ana.bearer, headers: { Origin: PUBLIC_URL } }).outcome).toBe('in');
  });

  test('our cookie opens it with our Origin, and is not even read without', async () => {
    const cookie = { Cookie: ana.cookies.access };
    expect(await door.connect({ transports, headers: { ...cookie, Origin: PUBLIC_URL } }).outcome).toBe('in');
    expect(await door.connect({ transports, headers: cookie }).outcome).toBe('auth/missing');
    expect(await door.connect({ transports, headers: { ...cookie, 'Sec-Fetch-Site': 'same-origin' } }).outcome).toBe(
      'in',
    );
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(await door.connect({ transports, headers: { ...cookie, 'Sec-Fetch-Site': site } }).outcome).toMatch(
        /^refused/,
      );
  });

  test('without a token, with a broken one, or with one that has run out there is no way in', async () => {
    const { services } = door.app;
    const sessionId = JSON.parse(Buffer.from(ana.bearer.split('.')[1] ?? '', 'base64url').toString()).session_id;
    const past = new Date(Date.now() - ACCESS_LIFE_MS - 60_000);
    const expired = (await services.access.sign({ userId: ana.userId, sessionId }, past)).token.reveal();
    const nobodys = (
      await services.access.sign({ userId: ana.userId, sessionId: randomUUID() }, new Date())
    ).token.reveal();
    expect(await door.connect({ transports }).outcome).toBe('auth/missing');
    for (const token of [
      `${ana.bearer}x`,
      'x',
      expired,
      door.app.cloud.publishableKey,
      door.app.cloud.secretKey.reveal(),
    ])
      expect(await door.connect({ transports, token }).outcome).toBe('auth/refused');
    expect(await door.connect({ transports, token: nobodys }).outcome).toBe('auth/session-revoked');
  });

  test('a token of Supabase’s opens none: the bridge comes first', async () => {
    const token = await supabaseToken(door.app.cloud, { sub: ana.userId, sessionId: randomUUID() });
    expect((await door.app.ask('GET', '/api/auth/sessions', { bearer: token })).status).toBe(200);
    expect(await door.connect({ transports, token }).outcome).toBe('auth/refused');
  });

  test.each(['token', 'accessToken', 'access_token'])('`%s` in the address is refused', async (name) => {
    const client = door.connect({ transports, query: { [name]: ana.bearer }, token: ana.bearer });
    expect(await client.outcome).toMatch(/^refused/);
  });
});

describe('on the way from polling to WebSocket', () => {
  test('a client of ours changes over', async () => {
    const client = door.connect({ transports: TRANSPORTS, token: ana.bearer });
    const upgraded = new Promise((resolve) => client.socket.io.engine.once('upgrade', resolve));
    expect(await client.outcome).toBe('in');
    expect(await upgraded).toMatchObject({ name: 'websocket' });
  });

  test('a page of another site cannot take over what was begun, by upgrade or by poll', async () => {
    const opened = await polled({ Origin: PUBLIC_URL });
    const { sid } = JSON.parse((await opened.text()).slice(1));
    expect((await polled({ Origin: 'https://evil.test' }, `&sid=${sid}`)).status).toBe(400);
    const socket = new WebSocket(`${door.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket&sid=${sid}`, {
      headers: { Origin: 'https://evil.test' },
    } as never);
    expect(
      await new Promise((resolve) => {
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('refused');
      }),
    ).toBe('refused');
  });

  test('the older protocol is refused, and no client is handed out', async () => {
    const old = await fetch(`${door.url}/socket.io/?EIO=3&transport=polling`);
    expect(old.status).toBe(400);
    expect((await fetch(`${door.url}/socket.io/socket.io.js`)).status).toBe(400);
  });

  test('no answer may be kept by a cache', async () => {
    const answer = await polled({});
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a connected member', () => {
  test('is cut off for a message beyond the size, and for talking without end', async () => {
    const big = door.connect({ token: ana.bearer });
    expect(await big.outcome).toBe('in');
    big.socket.emit('tell-all', 'x'.repeat(64 * 1024));
    expect(await big.cutOff).toMatch(/transport/);
    const loud = door.connect({ token: ana.bearer });
    expect(await loud.outcome).toBe('in');
    for (let n = 0; n < 200; n++) loud.socket.emit('nothing we know', n);
    expect(await loud.cutOff).toMatch(/transport/);
  });
});
