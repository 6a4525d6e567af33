// The operator's screen in a real Chromium: problems with their remedies, sessions, refresh runs, races, notices that reached no member, and what the
// operator declares about a box.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { operatorEs as words } from '../../web/app/language/operator-es.ts';
import { CRON_SECRET, OPERATOR_TOKEN } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { town } from '../support/town.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { openPages, type Pages } from './open-pages.ts';
import { settleRace } from './settled-race.ts';

const PICTURES = process.env['LOOK'] ? fileURLToPath(new URL('../../screenshots', import.meta.url)) : undefined;
vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });

describe.skipIf(!hasChromium)('the operator’s screen', () => {
  let browser: Browser;
  let page: Page;
  let pages: Pages;
  /** The text of the operator's screen right after the operator's first sign-in, before any refresh run. */
  let first: string;
  const rows = async (sql: string) => (await pages.app.cloud.pool.query(sql)).rows;
  beforeAll(async () => {
    pages = await openPages(town);
    const { app } = pages;
    const { userId, boxes } = await app.login('ana@example.test');
    const boxId = boxes[0]?.id ?? '';
    await settleRace(app.cloud.pool, { id: randomUUID(), userId, boxId, day: '20260302', isWon: true });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const context = await browser.newContext({
      locale: 'es-ES',
      timezoneId: 'Europe/Madrid',
      viewport: { width: 360, height: 780 },
    });
    page = await context.newPage();
    await page.goto(`${pages.url}/operator`);
    await page.getByLabel(words.token).fill(OPERATOR_TOKEN);
    await page.getByRole('button', { name: words.open }).click();
    await page.getByRole('heading', { name: words.tonight }).waitFor();
    first = await page.getByRole('main').innerText();
    if (PICTURES) await page.screenshot({ path: join(PICTURES, 'operator-first-day.png'), fullPage: true });
    await app.cloud.pool.query("update auth_sessions set last_token_update_date = now() - interval '19 minutes'");
    await app.ask('GET', '/cron/refresh-tokens', { bearer: CRON_SECRET });
    await rows(
      `insert into outbox (user_id, kind, dedupe_key, created_at, given_up_at) select id, 'prebooking-booked', 'dead', now(), now() from members`,
    );
    await rows(`insert into operator_news (kind, since, count) values ('gym-blocked', now(), 3)`);
    await page.getByRole('button', { name: words.again }).click();
    await shows(words.news['gym-blocked'].text(3));
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  const shows = (text: string | RegExp) => page.getByText(text, { exact: true }).first().waitFor();

  test('is calm before the first refresh is due', () => {
    expect(first).toContain(words.well);
    expect(first).toContain(words.noneDue(18));
  });

  test('says what is wrong, and what to do now', async () => {
    await shows(words.news['gym-blocked'].text(3));
    await page.getByText(words.news['gym-blocked'].now).waitFor();
  });

  test('shows a session with its attempts and when their number last changed', async () => {
    await shows(words.attempts(1, 1));
    await shows(/^el último .*\d\d:\d\d$/);
  });

  test('shows what the latest refresh run did', async () => {
    await shows(words.counts(1, 1));
    await shows(/^La última buena acabó /);
  });

  test('draws how late races were, and names their boxes', async () => {
    const picture = page.getByRole('img', { name: words.racesPicture });
    await expect.poll(() => picture.locator('circle').count()).toBe(1);
    await shows(words.racesOf(1, '0,4 ms', '0,4 ms', '0,4 ms'));
    const race = page.locator('li', { hasText: 'WOD 18:00' });
    await race.getByText('Box Norte', { exact: true }).waitFor();
  });

  test('counts what reached no channel, and says what to look at', async () => {
    await shows(words.deadLettersTo(1, 1));
    await page.getByText(words.news['dead-letters'].now).waitFor();
  });

  test('takes the operator’s word on a box, and says it from then on', async () => {
    const box = page.getByRole('listitem', { name: 'Box Norte' });
    await box.getByRole('button', { name: `${words.declare}: Box Norte` }).click();
    await box.getByLabel(words.free).fill('120');
    await box.getByRole('button', { name: words.declare, exact: true }).click();
    await shows(words.freeUntil(120));
  });
});
