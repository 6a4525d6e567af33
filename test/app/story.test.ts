// A member's evening in a real Chromium, with real processes and a pretend gym. The member signs in, prebooks, sees the race won, reads the receipt,
// adds the class to a calendar and withdraws a wish. The member books a freed place, cancels that booking, and signs out another device. The story
// runs in Spanish on a phone and in English on a desktop, and saves pictures of the screens.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ICAL from 'ical.js';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Stage } from '../../demo/stage.ts';
import { CHARACTERS, PASSWORD } from '../../demo/story.ts';
import { en } from '../../web/app/language/en.ts';
import { es } from '../../web/app/language/es.ts';
import { addDays } from '../../web/app/time.ts';
import { limitMs } from '../support/limits.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { expectAccessible, expectPressable, expectReachable } from './looks.ts';
import { type Evening, openEvening } from './story-stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PICTURES = join(ROOT, 'screenshots');
/** The API promises that within this time a device learns that its puntual session was ended on another device. */
const KNOWN_WITHIN_MS = 5_000;
const [ana] = CHARACTERS;
vi.setConfig({ testTimeout: limitMs(180_000), hookTimeout: limitMs(120_000) });

describe.skipIf(!hasChromium)('the app', () => {
  let browser: Browser;
  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [join(ROOT, 'web/build.ts'), '--if-stale'], { cwd: ROOT });
    await mkdir(PICTURES, { recursive: true });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());

  describe.each([
    { say: es, locale: 'es-ES', width: 360 },
    { say: en, locale: 'en-GB', width: 1280 },
  ])('in $locale at $width px', ({ say, locale, width }) => {
    let evening: Evening;
    let stage: Stage;
    let page: Page;
    let day = '';
    const broken: string[] = [];
    const openDevice = async (): Promise<Page> => {
      const viewport = { width, height: 780 };
      const device = await (await browser.newContext({ locale, viewport, timezoneId: 'Europe/Madrid' })).newPage();
      device.on('pageerror', (error) => broken.push(String(error)));
      device.on('console', (line) => /Content Security Policy/.test(line.text()) && broken.push(line.text()));
      return device;
    };
    beforeAll(async () => {
      evening = await openEvening();
      ({ stage, day } = evening);
      page = await openDevice();
    });
    afterAll(async () => {
      await page?.context().close();
      await evening?.stop();
    });

    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') await keep(`failed-${task.name.replace(/\W+/g, '-')}`);
    });

    const look = async (screen: string) => {
      await expectAccessible(page, screen);
      await expectReachable(page, screen);
      await expectPressable(page, screen);
      await keep(screen);
    };
    const keep = (step: string, on = page) =>
      on.screenshot({ path: join(PICTURES, `story-${step}-${say.code}-${width}.png`), fullPage: true });
    const rowAt = (hour: string) => page.getByRole('listitem', { name: new RegExp(`^WOD ${hour}`) });
    const classRow = () => rowAt('18:00');
    const press = (name: string) => classRow().getByRole('button', { name, exact: true }).click();
    const shows = (text: string) => page.getByText(text, { exact: true }).first().waitFor();

    test('a stranger is shown the sign-in, and a wrong password is said in words', async () => {
      await page.goto(`${stage.stack.url}/classes`);
      await page.getByLabel(say.login.email).fill(ana.email);
      await page.getByLabel(say.login.password, { exact: true }).fill('wrong');
      await page.getByRole('button', { name: say.login.submit }).click();
      await shows(say.errors['gym/wrong-credentials']);
      expect(new URL(page.url()).pathname).toBe('/login');
    });

    test('an invitation’s link comes to the sign-in, which brings it along', async () => {
      const before = page.url();
      await page.evaluate(() => (location.hash = 'invitation=a-link-of-the-operator'));
      await page.getByLabel(say.login.password, { exact: true }).fill('wrong');
      const asked = page.waitForRequest('**/api/auth/login');
      await page.getByRole('button', { name: say.login.submit }).click();
      expect((await asked).postDataJSON()).toMatchObject({ email: ana.email, invitation: 'a-link-of-the-operator' });
      await shows(say.errors['gym/wrong-credentials']);
      await page.goto(before);
      await page.getByLabel(say.login.email).fill(ana.email);
    });

    test('a class that opens soon is prebooked with one press, and its race is seen won without a reload', async () => {
      await page.getByLabel(say.login.password, { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: say.login.submit }).click();
      await page.getByRole('heading', { level: 1, name: say.titles.classes }).waitFor();
      await page.goto(`${stage.stack.url}/classes?day=${day}`);
      await press(say.classes.prebook);
      await shows(say.outcomes.prebooked);
      await classRow().getByRole('link', { name: say.classes.see }).click();
      await page.getByRole('timer').waitFor();
      await keep('2-prebooked');
      await page.getByRole('img', { name: new RegExp(say.prebooking.figure) }).waitFor({ timeout: limitMs(120_000) });
      await shows(say.states.booked);
      const picture = await page.getByRole('img').getAttribute('aria-label');
      for (const word of [
        say.prebooking.woken,
        say.prebooking.opening,
        say.prebooking.sent(1),
        say.prebooking.readBack,
      ])
        expect(picture).toContain(word);
      await page.getByText(say.code === 'es' ? /^Tienes la plaza\./ : /^You have the place\./).waitFor();
      await keep('3-won');
    });

    test('the class that was won is in the member’s calendar, at the address that the account shows once', async () => {
      await page.goto(`${stage.stack.url}/account`);
      await page.getByRole('button', { name: say.calendar.make }).click();
      const url = await page.locator('code', { hasText: '/calendar/' }).textContent();
      const add = await page.getByRole('link', { name: say.calendar.open }).getAttribute('href');
      expect(add).toBe(url?.replace(/^http:/, 'webcal:'));
      await keep('4-calendar');
      const read = await fetch(url ?? '');
      expect([read.status, read.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8']);
      const events = new ICAL.Component(ICAL.parse(await read.text())).getAllSubcomponents('vevent');
      const shown = events.map((one) => {
        const { summary, startDate } = new ICAL.Event(one);
        return [summary, startDate.toString(), one.getFirstPropertyValue('status')];
      });
      const iso = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
      expect(shown).toEqual([[expect.stringContaining('WOD'), `${iso}T18:00:00`, 'CONFIRMED']]);
    });

    test('another wish is withdrawn, and undone', async () => {
      await page.goto(`${stage.stack.url}/classes?day=${addDays(day, 1)}`);
      await press(say.classes.prebook);
      await shows(say.outcomes.prebooked);
      await page.getByRole('navigation', { name: say.nav.label }).getByRole('link', { name: say.nav.bookings }).click();
      await page.getByRole('button', { name: say.bookings.withdraw }).click();
      // A withdrawn wish stays in view for as long as the member can undo it, also after a reload.
      await page.getByRole('button', { name: say.bookings.undo }).waitFor();
      await page.reload();
      await page.getByRole('button', { name: say.bookings.undo }).waitFor();
      await keep('5-withdrawn');
      await page.getByRole('button', { name: say.bookings.undo }).click();
      await page.getByRole('button', { name: say.bookings.withdraw }).waitFor();
      await expect.poll(() => page.getByText(say.states.withdrawn, { exact: true }).count()).toBe(0);
    });

    test('an open class is booked by hand and cancelled again', async () => {
      await page.goto(`${stage.stack.url}/classes?day=${addDays(day, -1)}`);
      await press(say.classes.book);
      await shows(say.outcomes.booked);
      await press(say.classes.cancel);
      await shows(say.outcomes.cancelled);
      await classRow().getByRole('button', { name: say.classes.book, exact: true }).waitFor();
    });

    test('a full class is watched; its place comes free and is seen taken without a reload; it is given back', async () => {
      await page.goto(`${stage.stack.url}/classes?day=${addDays(day, -1)}`);
      await rowAt('20:00').getByRole('button', { name: say.watches.watch, exact: true }).click();
      await keep('6-ask-watch');
      await page.getByRole('dialog').getByRole('button', { name: say.watches.watch, exact: true }).click();
      await rowAt('20:00').getByRole('button', { name: say.watches.stop }).waitFor();
      await page.getByRole('navigation', { name: say.nav.label }).getByRole('link', { name: say.nav.bookings }).click();
      await rowAt('20:00').getByText(say.watches.states.watching, { exact: true }).waitFor();
      await keep('7-watched');
      await evening.freePlace();
      await rowAt('20:00')
        .getByText(say.states.booked, { exact: true })
        .waitFor({ timeout: limitMs(60_000) });
      await expect.poll(() => rowAt('20:00').count()).toBe(1);
      await keep('8-freed');
      const { reservations } = await stage.gym.control.truth({ member: ana.email });
      expect(reservations.filter(({ state }) => state === 'booked')).toHaveLength(2);
      await rowAt('20:00').getByRole('button', { name: say.classes.cancel }).click();
      await rowAt('20:00').getByText(say.states['given-back'], { exact: true }).waitFor();
      await shows(say.outcomes.cancelled);
      await keep('9-cancelled');
    });

    test('another device is signed out from here, and its page says so at once', async () => {
      const other = await openDevice();
      await other.goto(`${stage.stack.url}/login`);
      await other.getByLabel(say.login.email).fill(ana.email);
      await other.getByLabel(say.login.password, { exact: true }).fill(PASSWORD);
      const opened = other.waitForEvent('websocket', { predicate: (line) => line.url().includes('/socket.io/') });
      await other.getByRole('button', { name: say.login.submit }).click();
      await other.getByRole('heading', { level: 1, name: say.titles.next, exact: true }).waitFor();
      await (await opened).waitForEvent('framereceived');
      await page.goto(`${stage.stack.url}/account`);
      await page.getByRole('button', { name: `${say.account.signOut}: Chrome · Linux` }).click();
      await shows(say.account.signedOut);
      await other.getByText(say.login.ended).waitFor({ timeout: limitMs(KNOWN_WITHIN_MS) });
      expect(new URL(other.url()).pathname).toBe('/login');
      // No data of the member stays on the signed-out device.
      const kept = await other.evaluate(() => Object.keys(localStorage).filter((key) => /agenda|boxes|book/.test(key)));
      expect(kept).toEqual([]);
      await keep('10-signed-out-elsewhere', other);
      await other.context().close();
      // The device that signed another device out is itself still signed in at puntual.
      await shows(say.account.thisDevice);
    });

    test('the receipt of a real race passes axe in both schemes, the keyboard and a thumb', async () => {
      await page.goto(`${stage.stack.url}/bookings`);
      // Only rows of prebookings lead to a receipt; rows of places booked by hand lead to the list of that day's classes instead.
      await page.getByRole('main').locator('a[href^="/bookings/"]').first().click();
      await page.getByRole('link', { name: say.back }).waitFor();
      await look('receipt');
    });

    test('the service writes to the member in the language of the page', async () => {
      await page.goto(`${stage.stack.url}/account`);
      const [own, other] = say.code === 'es' ? ['Español', 'English'] : ['English', 'Español'];
      const spoken = (name: string) =>
        page.waitForRequest(
          (one) => one.method() === 'PUT' && one.postDataJSON()?.language === (name === 'Español' ? 'es' : 'en'),
        );
      // The two language buttons are pressed one right after the other: the service must get the two requests in that order.
      const heard = [spoken(other), spoken(own)];
      for (const name of [other, own]) await page.getByRole('button', { name }).click();
      await Promise.all(heard);
      const words = say.code === 'es' ? /^La reserva se abre/ : /^Booking opens/;
      await page.getByText(words).first().waitFor();
    });

    test('without a network the shell opens and the last agenda is there', async () => {
      await page.goto(`${stage.stack.url}/bookings`);
      await page
        .getByRole('listitem', { name: /^WOD 18:00/ })
        .first()
        .waitFor();
      await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration())?.active != null);
      await page.context().setOffline(true);
      await page.reload();
      await page.screenshot({ path: join(PICTURES, `story-offline-${say.code}-${width}.png`) });
      await page.getByText(say.offline).or(page.getByText(say.away)).first().waitFor();
      await page
        .getByRole('listitem', { name: /^WOD 18:00/ })
        .first()
        .waitFor();
      await page.context().setOffline(false);
    });

    test('nothing was thrown on the way, and the policy was never in the way', () => {
      expect(broken).toEqual([]);
    });
  });
});
