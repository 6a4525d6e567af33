// Tests that all tabs of a browser with a device session hold that session's token in force. The service hands the token in force only to a browser
// that proves that the device session is its own.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Client, DEVICE_KEY } from '../../web/client/client.ts';
import type { DeviceRecord } from '../../web/client/device-record.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { type Browser, openBrowser, type Tab } from './browser-in-node.ts';
import { openService, type WebService } from './open-service.ts';

const clock = handClock(SUNDAY_NOON);
const ANA = { email: 'ana@example.test', password: 'right' };
const SECOND_MS = 1_000;

let service: WebService;
let browser: Browser;
beforeAll(async () => {
  service = await openService(clock);
});
afterAll(() => service.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  service.instead = undefined;
  await service.app.gym.control.reset(town);
  await service.app.cloud.pool.query('delete from members');
  browser = openBrowser(service.url, () => clock.now().getTime());
});
afterEach(() => browser.stop());

const soon = expect.poll;
const asked = (path: string) => browser.requests.filter((request) => request === `POST /api/auth/${path}`).length;
const record = (): DeviceRecord => JSON.parse(browser.shelf.getItem(DEVICE_KEY) ?? 'null');
const userOf = (client: Client): string => {
  const { session } = client.state();
  return session.status === 'signed-in' ? session.userId : '';
};
async function signedIn(): Promise<Tab> {
  const tab = browser.tab();
  await tab.client.signIn(ANA);
  await tab.client.start();
  return tab;
}
/** Lets the service renew the gym token of the client's device session without a call from the client; returns the token that is then in force. */
async function renewElsewhere(client: Client): Promise<string> {
  clock.advance(MINUTE_MS);
  const { freshener } = service.app.services;
  const renewed = await freshener.device(userOf(client), record().fingerprint, { staleAt: clock.now() });
  if (renewed.trouble) throw renewed.trouble;
  return renewed.session.key.token.reveal();
}

describe('a look', () => {
  test('fetches the token that another hand had renewed, and says so to every tab', async () => {
    const { client, wake } = await signedIn();
    const other = browser.tab();
    await other.client.start();
    const token = await renewElsewhere(client);
    expect(record().token).not.toBe(token);
    wake();
    await soon(() => record()).toMatchObject({
      token,
      status: 'fresh',
      refreshedAt: expect.stringMatching(/^2026-03-01T/),
    });
    await soon(() => other.client.state().device.refreshedAt).toBe(record().refreshedAt);
  });

  test('comes at most every thirty seconds, whichever tab is looked at', async () => {
    const { client, wake } = await signedIn();
    const other = browser.tab();
    await other.client.start();
    expect(asked('sync-device-session')).toBe(0);
    clock.advance(31 * SECOND_MS);
    const before = record().checkedAtMs;
    for (let times = 0; times < 5; times++) {
      wake();
      other.wake();
    }
    await soon(() => record().checkedAtMs).toBeGreaterThan(before);
    // A call of `syncSession` that comes last waits for the calls before it.
    clock.advance(SECOND_MS);
    await client.syncSession();
    expect(asked('sync-device-session')).toBe(2);
    clock.advance(28 * SECOND_MS);
    wake();
    other.wake();
    clock.advance(SECOND_MS);
    await client.syncSession();
    expect(asked('sync-device-session')).toBe(3);
  });

  test('by hand in several tabs at once is one', async () => {
    const { client } = await signedIn();
    const others = [browser.tab(), browser.tab()];
    for (const other of others) await other.client.start();
    clock.advance(SECOND_MS);
    await Promise.all([client, ...others.map((other) => other.client)].map((one) => one.syncSession()));
    expect(asked('sync-device-session')).toBe(1);
  });

  test('comes again when the machine’s clock was set back', async () => {
    const { client, wake } = await signedIn();
    const token = await renewElsewhere(client);
    const kept = record();
    browser.shelf.setItem(DEVICE_KEY, JSON.stringify({ ...kept, checkedAtMs: clock.now().getTime() + 60 * MINUTE_MS }));
    wake();
    await soon(() => record().token).toBe(token);
  });

  test('finds a login that the gym has ended, and the session goes on', async () => {
    const { client } = await signedIn();
    await service.app.cloud.pool.query(`update auth_sessions set status = 'needs-login' where session_type = 'device'`);
    clock.advance(SECOND_MS);
    expect(await client.syncSession()).toMatchObject({ status: 'needs-login' });
    expect(client.state().session.status).toBe('signed-in');
  });

  test('is none where the member has no device here, or the shelf holds something else', async () => {
    const { client, wake } = await signedIn();
    for (const other of [
      '',
      '{',
      'null',
      '[]',
      '{"userId":1}',
      JSON.stringify({ ...record(), userId: randomUUID() }),
    ]) {
      browser.shelf.setItem(DEVICE_KEY, other);
      clock.advance(MINUTE_MS);
      wake();
      expect(await client.syncSession()).toBeDefined();
    }
    expect(asked('sync-device-session')).toBe(0);
  });
});

describe('a tab that slept over two renewals', () => {
  test('has the token in force after one look, without a password', async () => {
    const { client, wake } = await signedIn();
    await renewElsewhere(client);
    clock.advance(25 * MINUTE_MS);
    const token = await renewElsewhere(client);
    await service.app.gym.control.clearHistory();
    wake();
    await soon(() => record()).toMatchObject({ token, status: 'fresh' });
    expect(client.state().session.status).toBe('signed-in');
    expect([asked('device-proof'), asked('login')]).toEqual([1, 1]);
    expect(await service.app.gym.control.history({})).toEqual([]);
    // The page uses the refresh cookie that the endpoint device-proof set, so the next exchange of this cookie does not end the puntual session.
    clock.advance(15 * MINUTE_MS);
    expect((await client.call('get', '/api/auth/sessions', {})).sessions).toHaveLength(1);
  });

  test('recovers as well where the page has lost its token altogether', async () => {
    const { client } = await signedIn();
    const kept = record();
    browser.shelf.setItem(DEVICE_KEY, JSON.stringify({ ...kept, token: '' }));
    clock.advance(SECOND_MS);
    expect(await client.syncSession()).toMatchObject({ status: 'fresh' });
    expect(record().token).toBe(kept.token);
  });

  test('on a device that this session was not opened on is told that it is unproven, and stays signed in', async () => {
    const { client } = await signedIn();
    browser.shelf.setItem(DEVICE_KEY, JSON.stringify({ ...record(), fingerprint: 'somebody-elses' }));
    clock.advance(SECOND_MS);
    expect(await client.syncSession()).toMatchObject({ status: 'unproven' });
    expect(client.state().session.status).toBe('signed-in');
  });
});

describe('a renewal by hand', () => {
  test('puts the new token on the shelf', async () => {
    const { client } = await signedIn();
    const before = record().token;
    clock.advance(MINUTE_MS);
    expect(await client.renewDevice()).toMatchObject({ status: 'fresh' });
    expect(record().token).not.toBe(before);
    clock.advance(SECOND_MS);
    await client.syncSession();
    expect(await service.app.gym.control.history({ op: 'tokenUpdate' })).toHaveLength(1);
  });

  test('whose answer was lost is made good by the next look, and the gym is asked once', async () => {
    const { client } = await signedIn();
    const before = record().token;
    clock.advance(MINUTE_MS);
    service.instead = async (request) => {
      service.instead = undefined;
      await service.app.handler.fetch(request);
      return new Response('', { status: 502 });
    };
    await expect(client.renewDevice()).rejects.toMatchObject({ code: 'client/unreadable' });
    expect(record().token).toBe(before);
    expect(await client.syncSession()).toMatchObject({ status: 'fresh' });
    expect(record().token).not.toBe(before);
    expect(await service.app.gym.control.history({ op: 'tokenUpdate' })).toHaveLength(1);
  });

  test('without a device is refused before anything is sent', async () => {
    const { client } = browser.tab();
    await expect(client.renewDevice()).rejects.toMatchObject({ code: 'session/missing' });
    expect(browser.requests).toEqual([]);
  });
});
