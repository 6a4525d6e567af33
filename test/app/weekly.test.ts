// Rules, pauses and watches in a real Chromium. A member makes a rule, sees the rule's coming days, leaves one day out and asks for that day again.
// The member makes a pause, watches a full class, and ends the watch.
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { en } from '../../web/app/language/en.ts';
import { addDays, dayWords, weekdayName, weekdayNumber } from '../../web/app/time.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { busyTown } from './busy-town.ts';
import { openPages, type Pages } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });

describe.skipIf(!hasChromium)('every week', () => {
  let browser: Browser;
  let page: Page;
  let pages: Pages;
  const town = busyTown(Date.now());
  const weekday = weekdayNumber(town.mixedDay);
  beforeAll(async () => {
    pages = await openPages(town.scenario);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const context = await browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Europe/Madrid',
      viewport: { width: 360, height: 780 },
    });
    page = await context.newPage();
    await page.goto(`${pages.url}/login?to=/weekly`);
    await page.getByLabel(en.login.email).fill('ana@example.test');
    await page.getByLabel(en.login.password, { exact: true }).fill('right');
    await page.getByRole('button', { name: en.login.submit }).click();
    await page.getByRole('heading', { level: 1, name: en.titles.weekly }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).first().click();
  const shows = (text: string | RegExp) => page.getByText(text, { exact: true }).first().waitFor();
  const rows = async (sql: string) => (await pages.app.cloud.pool.query(sql)).rows;

  // This test comes first, because the test that makes a rule uses up the calls that a member may make at the gym in a minute.
  test('a full class is watched, stands among the bookings, and is let go', async () => {
    const [norte] = await rows(`select id from boxes where subdomain = 'norte'`);
    await page.goto(`${pages.url}/classes?box=${norte.id}&day=${town.mixedDay}`);
    const full = page.getByRole('listitem', { name: 'WOD 09:00' });
    await full.getByRole('button', { name: en.watches.watch }).click();
    await page.getByLabel(en.watches.tell).check();
    await shows(en.watches.unheard);
    await page.getByRole('dialog').getByRole('button', { name: en.watches.watch }).click();
    await full.getByText(/^Watched, every/).waitFor();
    expect(await rows('select kind, status from watches')).toEqual([{ kind: 'tell', status: 'watching' }]);
    await page.getByRole('navigation', { name: en.nav.label }).getByRole('link', { name: en.nav.bookings }).click();
    const watched = page.getByRole('listitem', { name: 'WOD 09:00' });
    await watched.getByText(en.watches.kinds.tell).waitFor();
    await watched.getByRole('button', { name: en.watches.stop }).click();
    await watched.getByText(en.watches.states.withdrawn).waitFor();
    await page.getByRole('navigation', { name: en.nav.label }).getByRole('link', { name: en.nav.weekly }).click();
  });

  test('a class that the box shows is chosen and asked for every week', async () => {
    await shows(en.weekly.none);
    await press(en.weekly.add);
    await page.getByLabel(en.classes.box).first().selectOption({ label: 'Box Norte, Madrid' });
    await page.getByLabel(en.weekly.weekday).selectOption(String(weekday));
    await page.getByRole('combobox', { name: en.weekly.class, exact: true }).selectOption({ label: '18:00 WOD' });
    await press(en.weekly.make);
    await shows(en.weekly.made);
    const name = `WOD 18:00, ${weekdayName(weekday, 'en')}`;
    await page.getByRole('listitem', { name }).waitFor();
    expect(await rows('select weekday, time_id, class_name from rules')).toEqual([
      { weekday, time_id: '1800_60', class_name: 'WOD' },
    ]);
  });

  test('its eight weeks are shown, and one of them is left out and asked for again', async () => {
    const week = dayWords(addDays(town.mixedDay, 14), 'en', 'short');
    const day = page.getByRole('listitem', { name: new RegExp(`^${week}`) });
    await day.waitFor();
    const list = page.getByRole('listitem', { name: /^WOD 18:00/ }).getByRole('listitem');
    await expect.poll(() => list.count()).toBe(8);
    await day.getByRole('button', { name: new RegExp(en.weekly.skip) }).click();
    await day.getByText(en.weekly.rests.skipped).waitFor();
    await day.getByRole('button', { name: new RegExp(en.weekly.ask) }).click();
    await day.getByText(en.weekly.states['will-ask']).waitFor();
  });

  test('on one day another class is asked for, and then the usual one again', async () => {
    const week = dayWords(addDays(town.mixedDay, 7), 'en', 'short');
    const day = page.getByRole('listitem', { name: new RegExp(`^${week}`) });
    await day.getByRole('button', { name: en.weekly.otherClass }).click();
    await day.getByLabel(en.weekly.hour).fill('20:00');
    await day.getByLabel(en.weekly.name).fill('Yoga');
    await day.getByRole('button', { name: en.weekly.keepDay }).click();
    await day.getByText(en.weekly.isOther).waitFor();
    expect(await rows('select fields, skip from rule_exceptions')).toEqual([
      { fields: { timeId: '2000_60', className: 'Yoga', alternatives: [] }, skip: false },
    ]);
    await day.getByRole('button', { name: new RegExp(`^${en.weekly.asUsual}`) }).click();
    await day.getByText(en.weekly.isOther).waitFor({ state: 'detached' });
    expect(await rows('select 1 from rule_exceptions')).toEqual([]);
  });

  test('a rule is changed: what is tried where the class is full is named in its order', async () => {
    const rule = page.getByRole('listitem', { name: /^WOD 18:00/ });
    await press(`${en.weekly.change}: WOD 18:00`);
    const adds = rule.getByRole('button', { name: en.weekly.addChoice });
    await adds.click();
    await rule.getByLabel(en.weekly.choice(2)).selectOption({ label: '12:00 Yoga' });
    await adds.click();
    await rule.getByLabel(en.weekly.choice(3)).selectOption({ label: en.weekly.other });
    await rule.getByLabel(en.weekly.hour).fill('');
    await rule.getByLabel(en.weekly.name).fill('Open Box');
    await press(`${en.weekly.earlier}: Open Box ${en.weekly.anyHour}`);
    await rule.getByLabel(en.classes.orWaitlist).check();
    await press(en.weekly.keep);
    await shows(en.weekly.changed);
    await rule.getByText(en.weekly.orElse(`Open Box ${en.weekly.anyHour}, 12:00 Yoga`)).waitFor();
    expect(await rows('select time_id, class_name, waitlist, alternatives from rules')).toEqual([
      {
        ...{ time_id: '1800_60', class_name: 'WOD', waitlist: true },
        alternatives: [{ className: 'Open Box' }, { timeId: '1200_60', className: 'Yoga' }],
      },
    ]);
  });

  test('what is changed anew begins as it stands, also where the gym shows no such class', async () => {
    const rule = page.getByRole('listitem', { name: /^WOD 18:00/ });
    await press(`${en.weekly.change}: WOD 18:00`);
    expect(await rule.getByLabel(en.weekly.choice(2)).locator('option:checked').textContent()).toBe(
      `Open Box ${en.weekly.anyHour}`,
    );
    expect(await rule.getByLabel(en.classes.orWaitlist).isChecked()).toBe(true);
    await press(`${en.weekly.without}: Open Box ${en.weekly.anyHour}`);
    await press(en.weekly.keep);
    await shows(en.weekly.changed);
    expect(await rows('select alternatives from rules')).toEqual([
      { alternatives: [{ timeId: '1200_60', className: 'Yoga' }] },
    ]);
  });

  test('the same wish twice is refused in words', async () => {
    await press(en.weekly.add);
    await page.getByLabel(en.classes.box).first().selectOption({ label: 'Box Norte, Madrid' });
    await page.getByLabel(en.weekly.weekday).selectOption(String(weekday));
    await page.getByRole('combobox', { name: en.weekly.class, exact: true }).selectOption({ label: '18:00 WOD' });
    await press(en.weekly.make);
    await shows(en.errors['rule/duplicate']);
    await press(en.weekly.add);
  });

  test('while the member is away the weeks rest, and after the pause is gone they do not', async () => {
    const iso = (day: string) => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
    const day = addDays(town.mixedDay, 21);
    await page.getByLabel(en.weekly.firstDay).fill(iso(day));
    await page.getByLabel(en.weekly.lastDay).fill(iso(addDays(day, 3)));
    await press(en.weekly.addPause);
    await shows(en.weekly.pauseMade);
    const week = page.getByRole('listitem', { name: new RegExp(`^${dayWords(day, 'en', 'short')}`) });
    await week.getByText(en.weekly.rests.vacation).waitFor();
    await press(new RegExp(`^${en.weekly.removePause}:`));
    await week.getByText(en.weekly.states['will-ask']).waitFor();
  });

  test('a rule is paused, goes on, and is deleted after a question', async () => {
    await press(`${en.weekly.pause}: WOD 18:00`);
    await shows(en.weekly.paused);
    await press(`${en.weekly.resume}: WOD 18:00`);
    await page.getByText(en.weekly.paused, { exact: true }).waitFor({ state: 'detached' });
    await press(`${en.weekly.remove}: WOD 18:00`);
    await press(en.weekly.remove);
    await shows(en.weekly.none);
    expect(await rows('select 1 from rules')).toEqual([]);
  });
});
