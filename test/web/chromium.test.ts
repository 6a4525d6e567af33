// Tests of the web client's sign-ins and tokens in a real browser, with its cookies, locks, BroadcastChannel and localStorage, and several tabs.
import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { getDeviceSession } from '../../services/renewal/open-session.ts';
import type { DeviceRecord } from '../../web/client/device-record.ts';
import { supabaseToken } from '../identity/supabase-token.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type BuiltPages, buildPages, lacksChromium, launchChromium, openTab } from './chromium.ts';
import { openService, type WebService } from './open-service.ts';

const clock = handClock(SUNDAY_NOON);
const ANA = { email: 'ana@example.test', password: 'right' };
const KEY = 'puntual.device';
/** The API promises that within this time a tab learns that its puntual session was ended. */
const KNOWN_WITHIN_MS = 5_000;

let pages: BuiltPages;
let service: WebService;
let chromium: Browser;
let context: BrowserContext;

describe.skipIf(lacksChromium)('in Chromium', () => {
  beforeAll(async () => {
    pages = await buildPages();
    service = await openService(clock, pages.folder);
    chromium = await launchChromium();
  }, limitMs(90_000));
  afterAll(async () => {
    await chromium?.close();
    await service?.stop();
    await pages?.remove();
  });
  beforeEach(async () => {
    clock.set(SUNDAY_NOON);
    Object.assign(service.rotations, { count: 0, inFlight: 0, mostInFlight: 0, gate: undefined });
    await service.app.gym.control.reset(town);
    await service.app.gym.control.freeze(SUNDAY_NOON.getTime());
    await service.app.cloud.pool.query('delete from members');
    context = await chromium.newContext();
    await context.clock.install({ time: SUNDAY_NOON });
  });
  afterEach(() => context.close());

  /** Moves the clocks of the service, the gym and the browser. */
  const later = async (ms: number) => {
    clock.advance(ms);
    await service.app.gym.control.advance(ms);
    await context.clock.setSystemTime(clock.now());
  };
  const signIn = (page: Page) => page.evaluate(async (ana) => void (await window.client.signIn(ana)), ANA);
  const three = async () => [
    await openTab(context, service.url),
    await openTab(context, service.url),
    await openTab(context, service.url),
  ];
  const stateOf = (page: Page) => page.evaluate(() => window.client.state());
  const statuses = (tabs: readonly Page[]) => Promise.all(tabs.map(async (tab) => (await stateOf(tab)).session.status));
  const soon = (read: () => unknown, ms = 15_000) => expect.poll(read, { timeout: limitMs(ms) });
  const recordIn = (page: Page): Promise<DeviceRecord> =>
    page.evaluate((key) => JSON.parse(localStorage.getItem(key) ?? 'null'), KEY);
  /** Tells the page that its window has the focus again. */
  const focus = (page: Page) => page.evaluate(() => void window.dispatchEvent(new Event('focus')));
  const tokenInForce = async ({ userId, fingerprint }: DeviceRecord) =>
    (await getDeviceSession(service.app.services, userId, fingerprint)).key.token.reveal();
  /** Lets the service renew the device's gym token while no page learns of it; a booking by hand may renew that token in the same way. */
  const renewElsewhere = async ({ userId, fingerprint }: DeviceRecord) => {
    const renewed = await service.app.services.freshener.device(userId, fingerprint, { staleAt: clock.now() });
    if (renewed.trouble) throw renewed.trouble;
  };
  /**
   * Calls the service from all tabs at once. Each request that exchanges the refresh cookie of the puntual session calls `until` and waits for the
   * promise that `until` returns. `until` gets a promise that resolves when all tabs have called.
   */
  const everywhere = async (tabs: readonly Page[], until: (begun: Promise<void>) => Promise<void>) => {
    const begun = Promise.withResolvers<void>();
    service.rotations.gate = () => until(begun.promise);
    await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(() => {
          window.pending = window.client.call('get', '/api/auth/sessions', {});
        }),
      ),
    );
    begun.resolve();
    await Promise.all(tabs.map((tab) => tab.evaluate(async () => void (await window.pending))));
    service.rotations.gate = undefined;
  };

  test('three tabs, an hour of rotations, cron runs and renewals by hand: nobody is signed out, one rotation at a time, the token in force within one focus', {
    timeout: limitMs(120_000),
  }, async () => {
    const tabs = await three();
    const [first, second, third] = tabs as [Page, Page, Page];
    await signIn(first);
    await soon(() => statuses(tabs)).toEqual(['signed-in', 'signed-in', 'signed-in']);
    const looks: boolean[] = [];
    for (let minute = 5; minute <= 60; minute += 5) {
      await later(5 * MINUTE_MS);
      if (minute % 20 === 0) await service.runCron();
      if (minute % 30 === 0) await third.evaluate(async () => void (await window.client.renewDevice()));
      else if (minute % 15 === 0) await renewElsewhere(await recordIn(first));
      await everywhere(tabs, (begun) => begun);
      await later(MINUTE_MS);
      await focus(second);
      const inForce = await tokenInForce(await recordIn(first));
      await soon(async () => (await recordIn(third)).token).toBe(inForce);
      looks.push((await stateOf(first)).device.status === 'fresh');
    }
    expect(looks).toEqual(Array(12).fill(true));
    expect(await Promise.all(tabs.map((tab) => tab.evaluate(() => window.signOuts)))).toEqual([[], [], []]);
    expect(await statuses(tabs)).toEqual(['signed-in', 'signed-in', 'signed-in']);
    expect(service.rotations.mostInFlight).toBe(1);
    expect(service.rotations.count).toBeGreaterThanOrEqual(7);
    const sessions = await service.app.cloud.pool.query('select revoked_at from user_sessions');
    expect(sessions.rows).toEqual([{ revoked_at: null }]);
    const background = await service.app.cloud.pool.query(
      `select token_success_count from auth_sessions where session_type = 'background'`,
    );
    expect(background.rows).toEqual([{ token_success_count: 3 }]);
  });

  test('the same tabs without locks are seen to rotate side by side: the eye that counts is open', async () => {
    await context.addInitScript(() => {
      const request = (_name: string, work: () => Promise<unknown>) => work();
      Object.defineProperty(navigator, 'locks', { value: { request } });
    });
    const tabs = await three();
    await signIn(tabs[0] as Page);
    await soon(() => statuses(tabs)).toEqual(['signed-in', 'signed-in', 'signed-in']);
    await later(20 * MINUTE_MS);
    const two = Promise.withResolvers<void>();
    await everywhere(tabs, () => {
      if (service.rotations.inFlight >= 2) two.resolve();
      return two.promise;
    });
    expect(service.rotations.mostInFlight).toBeGreaterThanOrEqual(2);
  });

  test('a tab that slept over two renewals recovers in one focus, without a password', async () => {
    const page = await openTab(context, service.url);
    await signIn(page);
    for (let times = 0; times < 2; times++) {
      await later(26 * MINUTE_MS);
      await renewElsewhere(await recordIn(page));
    }
    const before = await recordIn(page);
    const inForce = await tokenInForce(before);
    expect(before.token).not.toBe(inForce);
    const logins = (await service.app.gym.control.history({ op: 'login' })).length;
    expect(logins).toBe(2);
    await later(MINUTE_MS);
    await page.evaluate(() => void document.dispatchEvent(new Event('visibilitychange')));
    await soon(async () => await recordIn(page)).toMatchObject({ token: inForce, status: 'fresh' });
    expect(await page.evaluate(() => window.signOuts)).toEqual([]);
    expect(await service.app.gym.control.history({ op: 'login' })).toHaveLength(logins);
  });

  test('revoked elsewhere: all tabs know within five seconds, and keep no token', async () => {
    const tabs = await three();
    const [first] = tabs as [Page, Page, Page];
    await signIn(first);
    for (const tab of tabs)
      await tab.evaluate(() => {
        window.feed = window.client.listen({});
      });
    const { session } = await stateOf(first);
    const sessionId = session.status === 'signed-in' ? session.sessionId : '';
    const elsewhere = await service.app.login(ANA.email, { fingerprint: 'another-phone' });
    const lines = () => Promise.all(tabs.map((tab) => tab.evaluate(() => window.feed.status())));
    await soon(lines).toEqual(Array(3).fill('connected'));
    const path = `/api/auth/sessions/${sessionId}`;
    expect((await service.app.ask('DELETE', path, { bearer: elsewhere.bearer })).status).toBe(200);
    await soon(() => statuses(tabs), KNOWN_WITHIN_MS).toEqual(Array(3).fill('signed-out'));
    expect(await recordIn(first)).toMatchObject({ token: '', status: 'signed-out' });
    // Each tab signed out because the service had answered with the error auth/refused, and not of its own accord.
    const proofs = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.signOuts)));
    expect(proofs).toEqual(Array(3).fill(['auth/refused']));
  });

  test('three tabs that come back after an hour and ask for the classes at once cost the gym one renewal, and have its token', async () => {
    const tabs = await three();
    const [first, second] = tabs as [Page, Page, Page];
    const boxId = await first.evaluate(async (ana) => (await window.client.signIn(ana)).boxes[0]?.id ?? '', ANA);
    await soon(() => statuses(tabs)).toEqual(['signed-in', 'signed-in', 'signed-in']);
    await later(60 * MINUTE_MS);
    const read = async (query: { day: string; boxId: string }) =>
      (await window.client.call('get', '/api/booking', { query })).classes.length;
    const counts = await Promise.all(tabs.map((tab) => tab.evaluate(read, { day: MONDAY, boxId })));
    expect(counts).toEqual([3, 3, 3]);
    expect(await service.app.gym.control.history({ op: 'tokenUpdate' })).toHaveLength(1);
    await focus(second);
    const inForce = await tokenInForce(await recordIn(first));
    await soon(async () => (await recordIn(first)).token).toBe(inForce);
    expect(service.rotations.mostInFlight).toBe(1);
  });

  test('the bridge comes first, the socket second, and a prebooking is heard in it', async () => {
    const page = await openTab(context, service.url);
    const order: string[] = [];
    page.on('request', (request) => order.push(new URL(request.url()).pathname));
    page.on('websocket', (socket) => order.push(new URL(socket.url()).pathname));
    const token = await supabaseToken(service.app.cloud, { sub: randomUUID(), sessionId: randomUUID() }, clock.now());
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      window.client.listen({
        status: (status) => heard.push(status),
        prebooking: ({ status }) => heard.push(status),
      });
    });
    const heard = () => page.evaluate(() => Reflect.get(window, 'heard') as string[]);
    expect(await heard()).toEqual([]);
    await page.evaluate((bearer) => window.client.bridge(bearer), token);
    await soon(heard).toEqual(['connecting', 'connected']);
    const at = (path: string) => order.findIndex((one) => one.startsWith(path));
    expect(at('/api/auth/session/bridge')).toBeGreaterThanOrEqual(0);
    expect(at('/socket.io/')).toBeGreaterThan(at('/api/auth/session/bridge'));
    await page.evaluate(
      async ({ ana, day }) => {
        const { boxes } = await window.client.signIn({ ...ana, link: true });
        const body = {
          boxId: boxes[0]?.id ?? '',
          day,
          timeId: '1800_60',
          className: 'WOD',
          opensAt: '2026-03-01T20:00:00Z',
        };
        await window.client.call('post', '/api/prebookings', { body });
      },
      { ana: ANA, day: MONDAY },
    );
    await soon(heard).toContain('scheduled');
  });

  test('the plain page signs in, shows the device, and signs out', async () => {
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (line) => line.type() === 'error' && errors.push(line.text()));
    await page.goto(`${service.url}/example/index.html`);
    const status = page.getByRole('status');
    await soon(() => status.textContent()).toBe('You are signed out.');
    await page.getByLabel('E-mail').fill(ANA.email);
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await soon(() => status.textContent()).toContain('does not accept');
    await page.getByLabel('E-mail').fill(ANA.email);
    await page.getByLabel('Password').fill(ANA.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await soon(() => status.textContent()).toBe('You are signed in.');
    await soon(() => page.locator('#device').textContent()).toBe('fresh');
    await soon(() => page.locator('#live').textContent()).toBe('connected');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await soon(() => status.textContent()).toBe('You are signed out.');
    // A browser logs a line for each answer of 400 or more; no other error may be logged.
    expect(errors.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
  });

  test('the hook renders what the client knows, and syncs when it is told to', async () => {
    const page = await context.newPage();
    await page.goto(`${service.url}/hook-page.html`);
    const shown = () => page.locator('output').textContent();
    await soon(shown).toBe('signed-out none ');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await soon(shown).toBe('signed-in fresh ');
    await later(MINUTE_MS);
    await renewElsewhere(await recordIn(page));
    await page.getByRole('button', { name: 'Sync' }).click();
    await soon(shown).toMatch(/^signed-in fresh 2026-03-01T12:01/);
    expect((await recordIn(page)).token).toBe(await tokenInForce(await recordIn(page)));
  });
});
