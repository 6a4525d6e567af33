// What goes wrong, as a member sees it: the app says each trouble in words, with the one thing that the member can do about it. The environment
// variable `LOOK=1` makes the test save a picture of each trouble.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { es } from '../../web/app/language/es.ts';
import { addDays } from '../../web/app/time.ts';
import { OPERATOR_TOKEN } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown, LONG } from './busy-town.ts';
import { expectAccessible, expectPressable } from './looks.ts';
import { openPages, type Pages } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });
const PICTURES = process.env['LOOK'] ? fileURLToPath(new URL('../../screenshots', import.meta.url)) : undefined;

describe.skipIf(!hasChromium)('a trouble', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let pages: Pages;
  const town = busyTown(Date.now());
  beforeAll(async () => {
    pages = await openPages(town.scenario, { allowKeptLogin: false });
    if (PICTURES) await mkdir(PICTURES, { recursive: true });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    context = await browser.newContext({
      locale: 'es-ES',
      viewport: { width: 360, height: 780 },
      timezoneId: 'Europe/Madrid',
    });
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  const shows = (text: string) => page.getByText(text, { exact: true }).first().waitFor();
  const enter = async (password = 'right') => {
    await page.goto(`${pages.url}/login`);
    await page.getByLabel(es.login.email).fill('ana@example.test');
    await page.getByLabel(es.login.password, { exact: true }).fill(password);
    await page.getByRole('button', { name: es.login.submit }).click();
  };
  const look = async (name: string) => {
    await expectAccessible(page, name);
    await expectPressable(page, name);
    if (PICTURES) await page.screenshot({ path: join(PICTURES, `trouble-${name}.png`), fullPage: true });
  };
  const control = () => pages.app.gym.control;

  test('where no logins are kept, none is offered to be', async () => {
    await page.goto(`${pages.url}/login`);
    await shows(es.login.lead);
    expect(await page.getByRole('checkbox', { name: es.login.keep }).count()).toBe(0);
  });

  test('a gym that is away while a member signs in is not the member’s fault', async () => {
    await control().setKnob({ kind: 'status', op: 'login', code: 503, page: 'html' });
    await enter();
    await shows(es.errors['gym/unreachable']);
    await look('gym-away-at-login');
    await control().clearKnobs({ kind: 'status' });
  });

  test('a member without admission is told where to ask', async () => {
    const { userId } = await pages.app.login('ana@example.test');
    const judge = (verb: string) =>
      pages.app.ask('POST', `/api/operator/members/${userId}/${verb}`, { bearer: OPERATOR_TOKEN });
    await judge('refuse');
    await enter();
    await shows(es.errors['auth/not-admitted']);
    await look('not-admitted');
    await judge('admit');
  });

  test('a gym with unreadable lists leaves the day empty with a word and a way to try again', async () => {
    await enter();
    await page.getByRole('heading', { level: 1, name: es.titles.next, exact: true }).waitFor();
    await control().setKnob({ kind: 'status', op: 'bookings', code: 503, page: 'html' });
    await page.goto(`${pages.url}/classes?day=${town.emptyDay}`);
    await page.getByRole('button', { name: es.retry }).waitFor({ timeout: limitMs(30_000) });
    await look('gym-away');
    await control().clearKnobs({ kind: 'status' });
    await page.getByRole('button', { name: es.retry }).click();
    await shows(es.classes.none);
  });

  test('a gym that does not say what is booked leaves the agenda with what is known here, a word, and a way to ask again', async () => {
    const { bearer, boxes } = await pages.app.login('ana@example.test');
    const boxId = boxes.find(({ subdomain }) => subdomain === 'norte')?.id;
    const opensAt = new Date(Date.now() + 3 * 3_600_000).toISOString();
    const wish = { boxId, day: town.mixedDay, timeId: '1800_60', className: 'WOD', opensAt };
    await pages.app.ask('POST', '/api/prebookings', { bearer, body: wish });
    await control().setKnob({ kind: 'status', op: 'nextBookings', code: 503, page: 'html' });
    await page.goto(`${pages.url}/bookings`);
    await page.getByText(es.bookings.partly).waitFor();
    await page.getByRole('listitem', { name: 'WOD 18:00' }).getByText(es.states.scheduled).waitFor();
    await look('agenda-stale');
    await control().clearKnobs({ kind: 'status' });
    await page.getByRole('button', { name: es.retry }).click();
    await page.getByText(es.bookings.partly).waitFor({ state: 'detached' });
  });

  test('a service that is away leaves the last agenda in view and says from when it is', async () => {
    await page.route('**/api/**', (route) => route.abort());
    await page.reload();
    await page
      .getByText(/^El servicio no responde ahora\. .*Actualizado: \d\d:\d\d\.$/)
      .first()
      .waitFor();
    await page.getByRole('listitem', { name: 'WOD 18:00' }).getByText(es.states.scheduled).waitFor();
    await look('service-away');
    await page.unroute('**/api/**');
  });

  test('a service that is slow leaves the first screen as it was kept', async () => {
    await page.goto(`${pages.url}/`);
    await shows(es.next.openings);
    const slow = await context.newPage();
    // The page gets neither the state of the background session nor the notices, by HTTP or by socket.
    await slow.routeWebSocket(/./, () => {});
    await slow.route(/notices|background/, () => {});
    const asked = slow.waitForRequest(/background/);
    await slow.goto(`${pages.url}/`);
    await asked;
    // After two animation frames the browser has drawn what the page shows while it waits for the service.
    await slow.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    expect(await slow.getByText(es.next.openings, { exact: true }).count()).toBe(1);
    await slow.close();
  });

  test('a zone that is assumed is said where hours are read', async () => {
    await page.goto(`${pages.url}/classes`);
    await page.getByText(/^Se supone que este box/).waitFor();
    await look('zone-assumed');
  });

  test('an opening that is unsure is said once on the first screen, with what is unsure', async () => {
    const { bearer, boxes } = await pages.app.login('ana@example.test');
    const boxId = boxes.find(({ subdomain }) => subdomain === 'norte')?.id ?? '';
    const knowRule = (source: string, zone: string) =>
      pages.app.cloud.pool.query(
        `update boxes set opening_rule = '{"kind":"hours-before","hours":12}', opening_rule_source = $2,
           time_zone_source = $3 where id = $1`,
        [boxId, source, zone],
      );
    await knowRule('declared', 'assumed');
    for (const timeId of ['1800_60', '1900_60']) {
      const hour = timeId.slice(0, 2);
      const className = hour === '18' ? 'WOD' : LONG;
      const body = { boxId, day: addDays(town.mixedDay, 7), timeId, className };
      expect(await pages.app.ask('POST', '/api/prebookings', { bearer, body })).toMatchObject({ status: 201 });
    }
    const said = (words: string) => page.getByText(words).count();
    const zone = es.zoneAssumed('Madrid');
    await page.goto(`${pages.url}/`);
    await page.getByText(zone).first().waitFor();
    await expect.poll(() => page.getByText(es.light.amber).count()).toBe(2);
    expect([await said(zone), await said(es.findings['opening-unsure'])]).toEqual([1, 0]);
    await look('opening-zone-assumed');
    await knowRule('observed', 'declared');
    await page.reload();
    await page.getByText(es.findings['opening-unsure']).first().waitFor();
    await expect.poll(() => page.getByText(es.light.amber).count()).toBe(2);
    expect([await said(zone), await said(es.findings['opening-unsure'])]).toEqual([0, 1]);
    await look('opening-unsure');
  });

  test('a login that the gym has ended is the first thing on the first screen', async () => {
    await pages.app.cloud.pool.query(
      "update auth_sessions set status = 'needs-login' where session_type = 'background'",
    );
    await page.goto(`${pages.url}/`);
    await shows(es.next.deadLogin);
    await look('login-dead');
    await page.goto(`${pages.url}/account`);
    await shows(es.account.login.dead);
    await look('login-dead-account');
  });
});
