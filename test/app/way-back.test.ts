// The way back to a screen in a real Chromium: a member who has to sign in first comes to the very screen, box and day that the link named.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { es } from '../../web/app/language/es.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown } from './busy-town.ts';
import { openPages, type Pages } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });

describe.skipIf(!hasChromium)('the way back', () => {
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
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  const enter = async () => {
    await page.getByLabel(es.login.email).fill('ana@example.test');
    await page.getByLabel(es.login.password, { exact: true }).fill('right');
    await page.getByRole('button', { name: es.login.submit }).click();
  };
  const linked = () => `/classes?box=${boxId}&day=${town.mixedDay}`;
  const isLinked = ({ pathname, search }: URL) => `${pathname}${search}` === linked();

  test('of a link to a box and a day leads through the sign-in to that box and day', async () => {
    await page.goto(`${pages.url}${linked()}`);
    await enter();
    await page.waitForURL(isLinked);
    await page.getByRole('listitem', { name: 'WOD 18:00' }).waitFor();
  });

  test('of a member whose login at the gym has ended leads back to the class that was pressed', async () => {
    await pages.app.cloud.pool.query("update auth_sessions set status = 'needs-login' where session_type = 'device'");
    const row = page.getByRole('listitem', { name: 'WOD 18:00' });
    await row.getByRole('button', { name: es.classes.book }).click();
    await row.getByText(es.errors['session/needs-login']).waitFor();
    await row.getByRole('link', { name: es.next.signInAgain }).click();
    await enter();
    await page.waitForURL(isLinked);
  });

  test('never leads to another site', async () => {
    for (const to of ['//evil.test', 'https://evil.test', '/%5Cevil.test', '/classes?box=//evil.test', '/?a=%23b']) {
      await page.goto(`${pages.url}/login?to=${to}`);
      await enter();
      await page.getByRole('heading', { level: 1, name: es.titles.next, exact: true }).waitFor();
      expect(page.url()).toBe(`${pages.url}/`);
    }
  });
});
