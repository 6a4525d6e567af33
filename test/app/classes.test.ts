// The list of a day's classes in a real Chromium, whose clock the test moves. At the opening of a class the app's list of classes shows, without a
// reload, that the class can be booked.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { en } from '../../web/app/language/en.ts';
import { instantAt } from '../../web/app/time.ts';
import { OPERATOR_TOKEN } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown } from './busy-town.ts';
import { openPages, type Pages } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });

describe.skipIf(!hasChromium)('the classes of a day', () => {
  let browser: Browser;
  let page: Page;
  let pages: Pages;
  const town = busyTown(Date.now());
  beforeAll(async () => {
    pages = await openPages(town.scenario);
    const { app } = pages;
    const { boxes } = await app.login('ana@example.test');
    const norte = boxes.find(({ subdomain }) => subdomain === 'norte')?.id;
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
    const opensAtMs = instantAt(town.mixedDay, '17:00', 'Europe/Madrid');
    await page.clock.fastForward(opensAtMs - Date.now() + 1_000);
    await row.getByRole('button', { name: en.classes.book, exact: true }).waitFor();
  });
});
