// Watches in a real Chromium: the member says until when a class is watched, and undoing a stop brings back all that was asked for.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { es } from '../../web/app/language/es.ts';
import { clockOf, dayIn } from '../../web/app/time.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown, LONG } from './busy-town.ts';
import { openPages, type Pages } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });
const ZONE = 'Europe/Madrid';
const MINUTE_MS = 60_000;

describe.skipIf(!hasChromium)('a watch', () => {
  const town = busyTown(Date.now());
  const soonMs = Date.now() + 40 * MINUTE_MS;
  const soon = { day: dayIn(soonMs, ZONE), hour: clockOf(soonMs, ZONE) };
  let browser: Browser;
  let page: Page;
  let pages: Pages;
  let boxId = '';
  let bearer = '';
  beforeAll(async () => {
    pages = await openPages(town.scenario);
    const time = `${soon.hour} - 23:59`;
    const full = { limit: 1, rivals: { count: 1 } };
    await pages.app.gym.control.addSlot({ box: 'norte', day: soon.day, time, classId: 5, className: 'WOD', ...full });
    const login = await pages.app.login('ana@example.test');
    bearer = login.bearer;
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

  const show = (day: string) => page.goto(`${pages.url}/classes?box=${boxId}&day=${day}`);
  const row = (name: string) => page.getByRole('listitem', { name, exact: true });
  const press = (name: string, button: string) => row(name).getByRole('button', { name: button, exact: true }).click();
  const dialog = () => page.getByRole('dialog');
  const begin = () => dialog().getByRole('button', { name: es.watches.watch, exact: true }).click();
  const watches = async () => (await pages.app.ask('GET', '/api/watches', { bearer })).json.watches;

  test('of a class that begins in forty minutes is not too late: it ends half an hour before', async () => {
    await show(soon.day);
    await press(`WOD ${soon.hour}`, es.watches.watch);
    const until = dialog().getByRole('combobox', { name: es.watches.until });
    expect(await until.locator('option').allTextContents()).toEqual([0, 15, 30].map(es.watches.ends));
    expect(await until.inputValue()).toBe('30');
    await begin();
    await row(`WOD ${soon.hour}`).getByRole('button', { name: es.watches.stop }).waitFor();
    expect(await watches()).toMatchObject([{ notAfter: 30, status: 'watching' }]);
  });

  test('goes on as long as the member says, and undoing a stop keeps the end and what is given back', async () => {
    await show(town.mixedDay);
    await press(`${LONG} 07:00`, es.classes.book);
    await row(`${LONG} 07:00`).getByRole('button', { name: es.classes.cancel }).waitFor();
    await press('WOD 09:00', es.watches.watch);
    await dialog().getByRole('combobox', { name: es.watches.instead }).selectOption(`${LONG} 07:00`);
    await dialog().getByRole('combobox', { name: es.watches.until }).selectOption(es.watches.ends(15));
    await begin();
    await row('WOD 09:00').getByRole('button', { name: es.watches.stop }).waitFor();
    const [asked] = await watches();
    expect(asked).toMatchObject({ notAfter: 15, instead: expect.any(String) });
    await page.goto(`${pages.url}/bookings`);
    await press('WOD 09:00', es.watches.stop);
    await press('WOD 09:00', es.bookings.undo);
    await row('WOD 09:00').getByRole('button', { name: es.watches.stop }).waitFor();
    const { notAfter, instead, endsAt } = asked;
    expect(await watches()).toMatchObject([
      { notAfter, instead, endsAt, status: 'watching' },
      { status: 'withdrawn' },
      { status: 'watching' },
    ]);
  });
});
