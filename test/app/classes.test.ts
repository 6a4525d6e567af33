// The list of a day's classes in a real Chromium. The test moves the phone's clock, and the service's clock with it, or the phone's clock alone. At the opening of a class the app's list of classes shows, without a
// reload, that the class can be booked.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { en } from '../../web/app/language/en.ts';
import { clockOf, dayIn, instantAt } from '../../web/app/time.ts';
import { OPERATOR_TOKEN } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown } from './busy-town.ts';
import { openPages, type Pages } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });

const ZONE = 'Europe/Madrid';
const MINUTE_MS = 60_000;

describe.skipIf(!hasChromium)('the classes of a day', () => {
  let browser: Browser;
  let page: Page;
  let pages: Pages;
  let norte = '';
  const town = busyTown(Date.now());
  beforeAll(async () => {
    pages = await openPages(town.scenario);
    const { app } = pages;
    const { boxes } = await app.login('ana@example.test');
    norte = boxes.find(({ subdomain }) => subdomain === 'norte')?.id ?? '';
    const openingRule = { kind: 'hours-before', hours: 1 };
    await app.ask('PUT', `/api/operator/boxes/${norte}`, { bearer: OPERATOR_TOKEN, body: { openingRule } });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Madrid' });
    page = await context.newPage();
    await page.clock.install();
    await page.goto(`${pages.url}/login?to=/account`);
    await page.getByLabel(en.login.email).fill('ana@example.test');
    await page.getByLabel(en.login.password, { exact: true }).fill('right');
    await page.getByRole('button', { name: en.login.submit }).click();
    await page.getByRole('heading', { level: 1, name: en.titles.account }).waitFor();
    await page.goto(`${pages.url}/classes?box=${norte}&day=${town.mixedDay}`);
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  test('offer to prebook until booking opens, and from that instant to book', async () => {
    const row = page.getByRole('listitem', { name: 'WOD 18:00' });
    await row.getByRole('button', { name: en.classes.prebook }).waitFor();
    const aheadMs = instantAt(town.mixedDay, '17:00', ZONE) - Date.now() + 1_000;
    // The `Date` of the service's answers is moved ahead as far as the page's clock.
    await page.route('**/api/**', async (route) => {
      const response = await route.fetch();
      const date = new Date(Date.now() + aheadMs).toUTCString();
      await route.fulfill({ response, headers: { ...response.headers(), date } });
    });
    await page.clock.fastForward(aheadMs);
    await row.getByRole('button', { name: en.classes.book, exact: true }).waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  test.each([
    { skew: 'ahead', minutes: 45 },
    { skew: 'behind', minutes: -45 },
  ])('offer by the service’s clock what a phone $skew by most of an hour would not', async ({ minutes }) => {
    const { app } = pages;
    const [soonMs, openMs] = [90, 40].map((left) => Date.now() + left * MINUTE_MS) as [number, number];
    for (const [className, atMs] of [
      ['Soon', soonMs],
      ['Open', openMs],
    ] as const) {
      const time = `${clockOf(atMs, ZONE)} - 23:59`;
      const slot = { day: dayIn(atMs, ZONE), time, classId: 5, className: `${className} ${minutes}`, limit: 12 };
      await app.gym.control.addSlot({ box: 'norte', ...slot });
    }
    await page.clock.setSystemTime(Date.now() + minutes * MINUTE_MS);
    const button = (className: string, atMs: number, name: string) =>
      page
        .getByRole('listitem', { name: `${className} ${minutes} ${clockOf(atMs, ZONE)}` })
        .getByRole('button', { name, exact: true });
    // The class that begins in ninety minutes opens in thirty; the one that begins in forty minutes has opened twenty minutes ago.
    await page.goto(`${pages.url}/classes?box=${norte}&day=${dayIn(soonMs, ZONE)}`);
    await button('Soon', soonMs, en.classes.prebook).waitFor();
    await page.goto(`${pages.url}/classes?box=${norte}&day=${dayIn(openMs, ZONE)}`);
    await button('Open', openMs, en.classes.book).waitFor();
  });
});
