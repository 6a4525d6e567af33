// The agenda screen in a real Chromium: one request loads it, changes from another device appear in it, and undo restores a withdrawn prebooking or
// watch.
import { randomUUID } from 'node:crypto';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { es } from '../../web/app/language/es.ts';
import { addDays, instantAt, todayIn } from '../../web/app/time.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown, LONG } from './busy-town.ts';
import { openPages, type Pages } from './open-pages.ts';
import { settleRace } from './settled-race.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });
const ZONE = 'Europe/Madrid';

describe.skipIf(!hasChromium)('the bookings', () => {
  const { scenario, mixedDay: day } = busyTown(Date.now());
  let browser: Browser;
  let page: Page;
  let pages: Pages;
  let bearer = '';
  let boxId = '';
  /** Method and path of each request that the page has sent. */
  const asked: string[] = [];
  beforeAll(async () => {
    pages = await openPages(scenario);
    const login = await pages.app.login('ana@example.test');
    ({ bearer } = login);
    boxId = login.boxes.find(({ subdomain }) => subdomain === 'norte')?.id ?? '';
    const old = addDays(todayIn(ZONE), -20);
    const startsAt = new Date(instantAt(old, '18:00', ZONE));
    const { userId } = login;
    await settleRace(pages.app.cloud.pool, { id: randomUUID(), userId, boxId, day: old, isWon: false, startsAt });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const viewport = { width: 360, height: 780 };
    page = await (await browser.newContext({ locale: 'es-ES', timezoneId: ZONE, viewport })).newPage();
    page.on('request', (one) => asked.push(`${one.method()} ${new URL(one.url()).pathname}`));
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

  const rows = async (sql: string) => (await pages.app.cloud.pool.query(sql)).rows;
  const row = (name: string) => page.getByRole('listitem', { name, exact: true });
  const press = (name: string, button: string) => row(name).getByRole('button', { name: button }).click();
  const countOf = (request: string) => asked.filter((one) => one === request).length;
  const byAnother = (path: string, body: object) => pages.app.ask('POST', path, { bearer, body });

  test('are filled by one request, and no day of the gym is read for them', () => {
    expect([countOf('GET /api/agenda'), countOf('GET /api/booking'), countOf('GET /api/watches')]).toEqual([1, 0, 0]);
  });

  test('show at once what another device asks for, without asking again', async () => {
    const opensAt = new Date(Date.now() + 3 * 3_600_000).toISOString();
    const second = { timeId: '1900_60', className: LONG };
    const wish = { boxId, day, timeId: '1800_60', className: 'WOD', opensAt, alternatives: [second], waitlist: true };
    expect((await byAnother('/api/prebookings', wish)).status).toBe(201);
    await row('WOD 18:00').getByText(es.states.scheduled, { exact: true }).waitFor();
    expect(countOf('GET /api/agenda')).toBe(1);
  });

  test('undo a withdrawal with all that was wished for, second choices too', async () => {
    await press('WOD 18:00', es.bookings.withdraw);
    await row('WOD 18:00').getByText(es.states.withdrawn, { exact: true }).waitFor();
    await press('WOD 18:00', es.bookings.undo);
    await row('WOD 18:00').getByText(es.states.scheduled, { exact: true }).waitFor();
    const wishes = await rows('select status, waitlist, alternatives from prebookings order by created_at');
    const whole = { waitlist: true, alternatives: [{ timeId: '1900_60', className: LONG }] };
    expect(wishes.slice(-2)).toEqual([
      { status: 'withdrawn', ...whole },
      { status: 'scheduled', ...whole },
    ]);
    await row('WOD 18:00').getByRole('link').first().click();
    await page.getByText(`${LONG} 19:00`).waitFor();
    await page.getByText(es.prebooking.waitlist, { exact: true }).waitFor();
    await page.getByRole('link', { name: es.back }).click();
  });

  test('stop a watch, keep it in view, and undo that', async () => {
    // biome-ignore lint/suspicious/noThenProperty: the API contract calls this field `then`; no code awaits the object.
    await byAnother('/api/watches', { boxId, day, timeId: '0900_60', className: 'WOD', then: 'tell' });
    await page.reload();
    await row('WOD 09:00').getByText(es.watches.kinds.tell).waitFor();
    await press('WOD 09:00', es.watches.stop);
    await row('WOD 09:00').getByText(es.watches.states.withdrawn, { exact: true }).waitFor();
    await press('WOD 09:00', es.bookings.undo);
    await row('WOD 09:00').getByText(es.watches.states.watching, { exact: true }).waitFor();
    expect(await rows('select kind, status from watches order by created_at')).toEqual([
      { kind: 'tell', status: 'withdrawn' },
      { kind: 'tell', status: 'watching' },
    ]);
  });

  test('show what is long over when it is asked for, and say where there is no more', async () => {
    await page.getByRole('button', { name: es.bookings.earlier }).click();
    await row('WOD 18:00').getByText(es.states.refused, { exact: true }).waitFor();
    await page.getByRole('button', { name: es.bookings.earlier }).click();
    await page.getByText(es.bookings.noEarlier).waitFor();
  });
});
