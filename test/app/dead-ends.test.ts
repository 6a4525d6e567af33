// No screen is a dead end in a real Chromium: each leads on to the class, the day or the box that the member wants next.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { es } from '../../web/app/language/es.ts';
import { operatorEs } from '../../web/app/language/operator-es.ts';
import { addDays, instantAt, todayIn } from '../../web/app/time.ts';
import { OPERATOR_TOKEN } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown } from './busy-town.ts';
import { expectAccessible, expectPressable } from './looks.ts';
import { openPages, type Pages } from './open-pages.ts';
import { settleRace } from './settled-race.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });
const ZONE = 'Europe/Madrid';
const PICTURES = process.env['LOOK'] ? fileURLToPath(new URL('../../screenshots', import.meta.url)) : undefined;

describe.skipIf(!hasChromium)('a member goes on', () => {
  const town = busyTown(Date.now());
  const today = todayIn(ZONE);
  let browser: Browser;
  let page: Page;
  let pages: Pages;
  let userId = '';
  let boxId = '';
  beforeAll(async () => {
    pages = await openPages(town.scenario);
    const login = await pages.app.login('ana@example.test');
    userId = login.userId;
    boxId = login.boxes.find(({ subdomain }) => subdomain === 'norte')?.id ?? '';
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const viewport = { width: 360, height: 780 };
    page = await (await browser.newContext({ locale: 'es-ES', timezoneId: ZONE, viewport })).newPage();
    await page.goto(`${pages.url}/login?to=/bookings`);
    await page.getByLabel(es.login.email).fill('ana@example.test');
    await page.getByLabel(es.login.password, { exact: true }).fill('right');
    await page.getByRole('button', { name: es.login.submit }).click();
    await page.getByText(es.bookings.none).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  const goTo = (screen: string) =>
    page.getByRole('navigation', { name: es.nav.label }).getByRole('link', { name: screen }).click();
  const strip = () => page.getByRole('navigation', { name: es.classes.days }).getByRole('link');

  test.each(['nowhere', randomUUID()])('from the address of no prebooking (%s), which is said in words', async (id) => {
    await page.goto(`${pages.url}/bookings/${id}`);
    await page.getByText(es.prebooking.missing).waitFor();
    expect(await page.getByRole('button', { name: es.retry }).count()).toBe(0);
    await page.getByRole('link', { name: es.back }).click();
    await page.getByText(es.bookings.none).waitFor();
  });

  test('from an address of no screen, which is said in words, with a sign-in or without', async () => {
    const stranger = await (
      await browser.newContext({ locale: 'es-ES', viewport: { width: 360, height: 780 } })
    ).newPage();
    for (const one of [stranger, page]) {
      const answer = await one.goto(`${pages.url}/nothing/here`);
      expect(answer?.status()).toBe(404);
      await one.getByRole('heading', { level: 1, name: es.noPage.title }).waitFor();
      await expectAccessible(one, 'no-page');
      await expectPressable(one, 'no-page');
      if (PICTURES) await one.screenshot({ path: join(PICTURES, 'no-page.png') });
      await one.getByRole('link', { name: es.noPage.back }).click();
    }
    await stranger.getByRole('button', { name: es.login.submit }).waitFor();
    await stranger.context().close();
    await page.getByRole('heading', { level: 1, name: es.titles.next, exact: true }).waitFor();
  });

  test.each([true, false])('from a race (won: %s) to the class, while it is still to come', async (isWon) => {
    const { pool } = pages.app.cloud;
    const startsAt = new Date(instantAt(town.mixedDay, '18:00', ZONE));
    const race = { userId, boxId, day: town.mixedDay, isWon };
    const coming = await settleRace(pool, { ...race, id: randomUUID(), startsAt });
    await page.goto(`${pages.url}/bookings/${coming}`);
    await page.getByRole('link', { name: es.next.seeClass }).click();
    await page.getByRole('listitem', { name: 'WOD 18:00' }).waitFor();
    const over = await settleRace(pool, { ...race, id: randomUUID(), day: isWon ? '20260302' : '20260303' });
    await page.goto(`${pages.url}/bookings/${over}`);
    await page.getByRole('img').waitFor();
    expect(await page.getByRole('link', { name: es.next.seeClass }).count()).toBe(0);
  });

  test('to the classes of the box that was looked at last', async () => {
    await page.goto(`${pages.url}/classes`);
    const box = page.getByRole('combobox', { name: es.classes.box });
    for (const name of ['Box Norte, Madrid', 'Box Isla de los Nombres Larguísimos, Las Palmas', 'Box Norte, Madrid']) {
      await box.selectOption(name);
      await page.waitForURL(/box=/);
      await goTo(es.nav.next);
      await goTo(es.nav.classes);
      await expect.poll(() => box.locator('option:checked').textContent()).toBe(name);
    }
    await page.goto(`${pages.url}/classes`);
    await expect.poll(() => box.locator('option:checked').textContent()).toBe('Box Norte, Madrid');
  });

  test('to the days after the last day of the strip, and from a day far away to the present', async () => {
    await page.goto(`${pages.url}/classes`);
    await expect.poll(() => strip().count()).toBe(14);
    await strip().last().click();
    await expect.poll(() => strip().count()).toBe(21);
    expect(await strip().last().getAttribute('href')).toContain(addDays(today, 20));
    await page.goto(`${pages.url}/classes?box=${boxId}&day=${addDays(today, 200)}`);
    await expect.poll(() => strip().count()).toBe(15);
    expect(await strip().last().getAttribute('aria-current')).toBe('date');
  });

  test('from the first screen to all that waits, where it shows only the next openings', async () => {
    const opensAt = new Date(Date.now() + 3 * 3_600_000).toISOString();
    const { bearer } = await pages.app.login('ana@example.test');
    // The tests above opened days in the app, and each opened day counts towards the member's limit on requests by hand.
    await pages.app.cloud.pool.query('delete from rate_buckets');
    for (const at of [0, 1, 2, 3, 4, 5, 6]) {
      const body = { boxId, day: addDays(today, 10 + at), timeId: '1800_60', className: 'WOD', opensAt };
      expect((await pages.app.ask('POST', '/api/prebookings', { bearer, body })).status).toBe(201);
    }
    await page.goto(`${pages.url}/`);
    await page.getByRole('link', { name: es.next.more(2) }).click();
    await expect.poll(() => page.getByRole('button', { name: es.bookings.withdraw }).count()).toBe(7);
  });

  test('from an address that the browser does not copy to copying it by hand', async () => {
    // A page that was not loaded over https has no clipboard.
    await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await page.goto(`${pages.url}/account`);
    await page.getByRole('button', { name: es.calendar.make }).click();
    await page.getByRole('button', { name: es.calendar.copy, exact: true }).click();
    await page.getByText(es.calendar.notCopied).waitFor();
  });

  test('from the operator’s screen back to the app, with an invitation to copy', async () => {
    await page.goto(`${pages.url}/account`);
    await page.getByRole('link', { name: es.account.operator }).click();
    await page.getByLabel(operatorEs.token).fill(OPERATOR_TOKEN);
    await page.getByRole('button', { name: operatorEs.open }).click();
    await page.getByRole('button', { name: operatorEs.invite }).click();
    await page.getByRole('button', { name: es.calendar.copy, exact: true }).waitFor();
    await page.getByRole('link', { name: es.back, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: es.titles.account }).waitFor();
  });
});
