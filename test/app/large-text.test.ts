// Long names and large text in a real Chromium on a phone: a name keeps to two lines, and with letters of twice the size nothing is cut or covered.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { es } from '../../web/app/language/es.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown, LONG } from './busy-town.ts';
import { openPages, type Pages } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });
const RIGHT_TO_LEFT = 'تمرين القوة المتقدم لجميع الأعضاء';

describe.skipIf(!hasChromium)('on a phone', () => {
  const town = busyTown(Date.now());
  let browser: Browser;
  let page: Page;
  let pages: Pages;
  let classes = '';
  beforeAll(async () => {
    pages = await openPages(town.scenario);
    const slot = { box: 'norte', day: town.mixedDay, classId: 5, limit: 12 };
    await pages.app.gym.control.addSlot({ ...slot, time: '20:00 - 21:00', className: RIGHT_TO_LEFT });
    const { boxes } = await pages.app.login('ana@example.test');
    classes = `/classes?box=${boxes.find(({ subdomain }) => subdomain === 'norte')?.id}&day=${town.mixedDay}`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const viewport = { width: 360, height: 780 };
    page = await (await browser.newContext({ locale: 'es-ES', timezoneId: 'Europe/Madrid', viewport })).newPage();
    await page.goto(`${pages.url}/login`);
    await page.getByLabel(es.login.email).fill('ana@example.test');
    await page.getByLabel(es.login.password, { exact: true }).fill('right');
    await page.getByRole('button', { name: es.login.submit }).click();
    await page.getByText(es.next.none).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  const row = (name: string) => page.getByRole('listitem', { name, exact: true });
  /** Gives how many lines of text a row's `.row-name` takes; `name` is the row's accessible name. */
  const linesOf = (name: string) =>
    row(name)
      .locator('.row-name')
      .evaluate((one) =>
        Math.round(one.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(one).lineHeight)),
      );
  /** Gives the parts of rows that cover another part of the same row. */
  const covered = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('.row')].flatMap((one) => {
        const boxes = [...one.children].map((part) => part.getBoundingClientRect()).filter(({ height }) => height > 0);
        const isOver = (a: DOMRect, b: DOMRect) =>
          a !== b && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
        return boxes.some((a) => boxes.some((b) => isOver(a, b))) ? [one.textContent] : [];
      }),
    );
  const spill = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  test('a name of forty letters takes two lines, and a name from right to left starts at the right', async () => {
    await page.goto(`${pages.url}${classes}`);
    await row('Yoga 12:00').waitFor();
    expect([await linesOf(`${LONG} 07:00`), await linesOf(`${LONG} 19:00`), await linesOf('WOD 08:00')]).toEqual([
      2, 2, 1,
    ]);
    const name = row(`${RIGHT_TO_LEFT} 20:00`).locator('.row-name');
    expect(await name.evaluate((one) => getComputedStyle(one).direction)).toBe('rtl');
    expect(await covered()).toEqual([]);
  });

  test('letters of twice the size leave every screen within its width, and no part covers another', async () => {
    for (const path of ['/', classes, '/bookings', '/weekly', '/account']) {
      await page.goto(`${pages.url}${path}`);
      await page.waitForLoadState('networkidle');
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '200%';
      });
      expect([path, await spill(), await covered()]).toEqual([path, 0, []]);
      if (path === classes) expect(await linesOf(`${LONG} 07:00`)).toBeLessThanOrEqual(4);
    }
  });
});
