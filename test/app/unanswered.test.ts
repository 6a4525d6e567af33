// What a member is told in a real Chromium when a part of the answers is missing: never that there is no class, never old data without its age.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { es } from '../../web/app/language/es.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown } from './busy-town.ts';
import { openPages, type Pages } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });

describe.skipIf(!hasChromium)('a missing answer', () => {
  const town = busyTown(Date.now());
  let browser: Browser;
  let page: Page;
  let pages: Pages;
  let boxId = '';
  beforeAll(async () => {
    pages = await openPages(town.scenario);
    const { boxes } = await pages.app.login('ana@example.test');
    boxId = boxes.find(({ subdomain }) => subdomain === 'norte')?.id ?? '';
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const viewport = { width: 360, height: 780 };
    page = await (await browser.newContext({ locale: 'es-ES', timezoneId: 'Europe/Madrid', viewport })).newPage();
    await page.goto(`${pages.url}/login`);
    await page.getByLabel(es.login.email).fill('ana@example.test');
    await page.getByLabel(es.login.password, { exact: true }).fill('right');
    await page.getByRole('button', { name: es.login.submit }).click();
    await page.getByText(es.next.none).waitFor();
  });
  afterEach(async () => {
    await page.unrouteAll();
    await pages.app.gym.control.clearKnobs({ kind: 'status' });
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  const refuse = (path: string, code: keyof typeof es.errors) =>
    page.route(path, (route) =>
      route.fulfill({ status: 503, json: { error: { code, message: 'Refused by a test.' } } }),
    );
  const forgetAgenda = () => page.evaluate(() => localStorage.removeItem('puntual.agenda'));
  const isTold = async (isNone: boolean) => {
    await page.getByText(es.next.noOpenings).waitFor();
    expect(await page.getByText(es.next.none).count()).toBe(isNone ? 1 : 0);
  };

  test('of the agenda is not told as a week without classes, and asking again mends it', async () => {
    await forgetAgenda();
    await refuse('**/api/agenda*', 'internal/unexpected');
    await page.reload();
    await page.getByText(es.errors['internal/unexpected']).waitFor();
    await isTold(false);
    await page.unrouteAll();
    await page.getByRole('button', { name: es.retry }).click();
    await page.getByText(es.next.none).waitFor();
  });

  test('of the gym is not told as a week without classes', async () => {
    await forgetAgenda();
    await pages.app.gym.control.setKnob({ kind: 'status', op: 'nextBookings', code: 503, page: 'html' });
    await page.reload();
    await page.getByText(es.bookings.partly).waitFor();
    await isTold(false);
    await pages.app.gym.control.clearKnobs({ kind: 'status' });
    await page.getByRole('button', { name: es.retry }).click();
    await page.getByText(es.next.none).waitFor();
  });

  test.each([
    '/',
    '/bookings',
  ])('of the service leaves on %s what is known, with its age and the reason', async (path) => {
    await page.goto(`${pages.url}${path}`);
    await page.getByText(es.next.find).waitFor();
    await refuse('**/api/agenda*', 'database/unavailable');
    await page.reload();
    const told = page.getByText(es.errors['database/unavailable']);
    await told.waitFor();
    expect([await told.count(), await told.textContent()]).toEqual([
      1,
      expect.stringMatching(/Actualizado: .*\d\d:\d\d\.$/),
    ]);
  });

  test('of the gym about a day leaves the day’s classes with their age and the reason', async () => {
    await page.goto(`${pages.url}/classes?box=${boxId}&day=${town.mixedDay}`);
    const yoga = page.getByRole('listitem', { name: 'Yoga 12:00' });
    await yoga.waitFor();
    await refuse('**/api/booking?*', 'gym/unreachable');
    await yoga.getByRole('button', { name: es.classes.book }).click();
    await page.getByText(es.errors['gym/unreachable']).waitFor();
    await page.getByText(/Actualizado: \d\d:\d\d\.$/).waitFor();
    await yoga.waitFor();
  });

  test('while there is no network says nothing of things that may have been done, and mends itself', async () => {
    await page.goto(`${pages.url}/`);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.context().setOffline(true);
    await page.getByRole('link', { name: es.nav.weekly }).click();
    await page
      .getByText(es.noNetwork)
      .first()
      .waitFor({ timeout: limitMs(30_000) });
    expect(await page.getByText(es.errors['client/unreachable']).count()).toBe(0);
    await page.context().setOffline(false);
    await page.getByText(es.weekly.none).waitFor();
    await page.getByText(es.noNetwork).waitFor({ state: 'detached' });
  });

  test('because the gym has ended this device’s login names the remedy', async () => {
    await page.goto(`${pages.url}/bookings`);
    await page.getByText(es.bookings.none).waitFor();
    await pages.app.cloud.pool.query("update auth_sessions set status = 'needs-login' where session_type = 'device'");
    for (const path of ['/bookings', '/']) {
      await page.goto(`${pages.url}${path}`);
      await page.getByText(es.errors['session/needs-login']).waitFor();
      await page.getByRole('link', { name: es.next.signInAgain }).waitFor();
    }
  });
});
