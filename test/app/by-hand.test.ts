// Booking by hand in a real Chromium while the gym's list is slow or changes: the member sees each answer at once, and picks stay picked.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { es } from '../../web/app/language/es.ts';
import { OPERATOR_TOKEN } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown, LONG } from './busy-town.ts';
import { openPages, type Pages } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });

describe.skipIf(!hasChromium)('by hand', () => {
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
    await page.goto(`${pages.url}/login?to=/bookings`);
    await page.getByLabel(es.login.email).fill('ana@example.test');
    await page.getByLabel(es.login.password, { exact: true }).fill('right');
    await page.getByRole('button', { name: es.login.submit }).click();
    await page.getByText(es.bookings.none).waitFor();
  });
  afterEach(() => page.unrouteAll());
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  const show = () => page.goto(`${pages.url}/classes?box=${boxId}&day=${town.mixedDay}`);
  const row = (name: string) => page.getByRole('listitem', { name, exact: true });
  const press = (name: string, button: string) => row(name).getByRole('button', { name: button, exact: true }).click();

  const wishes = async () => {
    const sql = 'select status, time_id as "timeId", waitlist from prebookings order by created_at';
    return (await pages.app.cloud.pool.query(sql)).rows;
  };

  test('a place that was booked or given back is shown while the gym’s list does not come', async () => {
    const open = `${LONG} 07:00`;
    await show();
    await row(open).getByRole('button', { name: es.classes.book }).waitFor();
    // From here on the page's requests for a day's list get no answer.
    await page.route('**/api/booking?*', () => undefined);
    await press(open, es.classes.book);
    await row(open).getByText(es.outcomes.booked).waitFor();
    await row(open).getByText(es.classes.mine.booked, { exact: true }).waitFor();
    await press(open, es.classes.cancel);
    await row(open).getByText(es.outcomes.cancelled).waitFor();
    await row(open).getByRole('button', { name: es.classes.book }).waitFor();
  });

  test('a thumb that presses twice before a slow phone has drawn the button anew asks once', async () => {
    let asked = 0;
    page.on('request', (one) => one.method() === 'POST' && one.url().endsWith('/api/booking') && asked++);
    await show();
    const button = row(`${LONG} 07:00`).getByRole('button', { name: es.classes.book });
    await button.evaluate((one: HTMLButtonElement) => {
      one.click();
      one.click();
    });
    await row(`${LONG} 07:00`).getByRole('button', { name: es.classes.cancel }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(asked).toBe(1);
  });

  test('a picked class stays picked when another member takes a place in it', async () => {
    const openingRule = { kind: 'hours-before', hours: 1 };
    await pages.app.ask('PUT', `/api/operator/boxes/${boxId}`, { bearer: OPERATOR_TOKEN, body: { openingRule } });
    await show();
    await page.getByRole('button', { name: es.classes.several }).click();
    await row('WOD 18:00').getByRole('button').click();
    await row(`${LONG} 19:00`).getByRole('button').click();
    // The page reads a day again once it is back in view and the answer that it has is old.
    await page.route('**/api/booking?*', async (route) => {
      const answer = await route.fetch();
      const list = await answer.json();
      for (const one of list.classes) one.occupied = 7;
      await route.fulfill({ json: list });
    });
    await page.clock.setSystemTime(Date.now() + 60_000);
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
    await row('WOD 18:00').getByText(es.classes.places(7, 12)).waitFor();
    await row('WOD 18:00').getByText(es.classes.picked(1)).waitFor();
    await row(`${LONG} 19:00`).getByText(es.classes.picked(2)).waitFor();
  });

  test('several choices are prebooked with every warning, as one choice is', async () => {
    await pages.app.cloud.pool.query(
      "update auth_sessions set status = 'needs-login' where session_type = 'background'",
    );
    await page.getByRole('checkbox', { name: es.classes.orWaitlist }).check();
    await page.getByRole('button', { name: es.classes.prebookSeveral(2) }).click();
    await page.getByText(es.outcomes.prebooked).waitFor();
    await page.getByText(es.warnings['login-needed']).waitFor();
    await page.getByRole('button', { name: es.close }).click();
    await page.getByText(es.outcomes.prebooked).waitFor({ state: 'detached' });
    const { rows } = await pages.app.cloud.pool.query('select waitlist, alternatives from prebookings');
    expect(rows).toEqual([{ waitlist: true, alternatives: [{ timeId: '1900_60', className: LONG }] }]);
  });

  test('the choices of a prebooking are changed in one go', async () => {
    await show();
    await row('WOD 18:00').getByRole('link', { name: es.classes.see }).click();
    await page.getByRole('link', { name: es.prebooking.change }).click();
    await row('WOD 18:00').getByText(es.classes.picked(1)).waitFor();
    await row(`${LONG} 19:00`).getByText(es.classes.picked(2)).waitFor();
    const waitlist = page.getByRole('checkbox', { name: es.classes.orWaitlist });
    expect(await waitlist.isChecked()).toBe(true);
    // WOD 18:00 is left out and picked again, so that it becomes the second choice.
    await row('WOD 18:00').getByRole('button').click();
    await row('WOD 18:00').getByRole('button').click();
    await row('WOD 18:00').getByText(es.classes.picked(2)).waitFor();
    await waitlist.uncheck();
    await page.getByRole('button', { name: es.weekly.keep }).click();
    await page.getByText(es.outcomes.prebooked).waitFor();
    await row(`${LONG} 19:00`).getByRole('link', { name: es.classes.see }).waitFor();
    await row('WOD 18:00').getByRole('button', { name: es.classes.prebook }).waitFor();
    expect(await wishes()).toEqual([
      { status: 'withdrawn', timeId: '1800_60', waitlist: true },
      { status: 'scheduled', timeId: '1900_60', waitlist: false },
    ]);
  });

  test('choices that the service refuses leave the prebooking as it was', async () => {
    await row(`${LONG} 19:00`).getByRole('link', { name: es.classes.see }).click();
    await page.getByRole('link', { name: es.prebooking.change }).click();
    await page.getByRole('checkbox', { name: es.classes.orWaitlist }).check();
    let times = 0;
    const refused = { status: 503, json: { error: { code: 'database/unavailable', message: 'Refused by a test.' } } };
    await page.route('**/api/prebookings', (route) =>
      route.request().method() === 'POST' && times++ === 0 ? route.fulfill(refused) : route.continue(),
    );
    await page.getByRole('button', { name: es.weekly.keep }).click();
    await page.getByText(es.errors['database/unavailable']).waitFor();
    expect((await wishes()).slice(1)).toEqual([
      { status: 'withdrawn', timeId: '1900_60', waitlist: false },
      { status: 'scheduled', timeId: '1900_60', waitlist: false },
    ]);
  });

  test('changed choices whose answer is lost leave one prebooking, not two', async () => {
    await pages.app.cloud.pool.query('delete from rate_buckets');
    await show();
    await row(`${LONG} 19:00`).getByRole('link', { name: es.classes.see }).click();
    await page.getByRole('link', { name: es.prebooking.change }).click();
    await row(`${LONG} 19:00`).getByRole('button').click();
    await row('WOD 18:00').getByText(es.classes.picked(1)).waitFor();
    let times = 0;
    await page.route('**/api/prebookings', async (route) => {
      if (route.request().method() !== 'POST' || times++ > 0) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.getByRole('button', { name: es.weekly.keep }).click();
    await page.getByText(es.errors['client/unreachable']).waitFor();
    expect((await wishes()).filter(({ status }) => status === 'scheduled')).toEqual([
      { status: 'scheduled', timeId: '1800_60', waitlist: false },
    ]);
  });
});
