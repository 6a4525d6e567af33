// A member's evening in a real Chromium, over real processes and a pretend gym. They sign in, prebook, see the race won live, read the receipt,
// withdraw another wish, book and cancel by hand. In Spanish on a phone and in English on a desk; every screen is looked at on the way.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { declareOpening, signIn } from '../../demo/client.ts';
import { openStage, type Stage } from '../../demo/stage.ts';
import { CHARACTERS, openingsFrom, PASSWORD, scenarioOf } from '../../demo/story.ts';
import { en } from '../../web/app/language/en.ts';
import { es } from '../../web/app/language/es.ts';
import { addDays } from '../../web/app/time.ts';
import { limitMs } from '../support/limits.ts';
import { type Home, makeHome } from '../support/main-process.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { expectAccessible, expectPressable, expectReachable } from './looks.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PICTURES = join(ROOT, 'screenshots');
/** Time to sign in and prebook before the class opens. */
const LEAD_MS = 25_000;
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
    let home: Home;
    let stage: Stage;
    let page: Page;
    let day = '';
    const broken: string[] = [];
    beforeAll(async () => {
      home = await makeHome();
      stage = await openStage(home.dataDir);
      const [opening] = openingsFrom(new Date(Date.now() + LEAD_MS));
      if (!opening) throw new Error('Expected the demo to have an opening.');
      day = opening.day;
      const scenario = scenarioOf([opening]);
      const [box] = scenario.boxes ?? [];
      const [slot] = box?.slots ?? [];
      if (!box || !slot) throw new Error('Expected the demo to have a class.');
      const calm = { ...slot, rivals: { count: 2 } };
      const slots = [slot, { ...calm, day: addDays(day, 1) }, { ...calm, day: addDays(day, -1) }];
      await stage.gym.control.reset({
        ...scenario,
        boxes: [{ ...box, slots }],
        members: scenario.members?.slice(0, 1) ?? [],
      });
      await declareOpening(stage.stack, (await signIn(stage.stack, ana)).boxId, opening);
      const context = await browser.newContext({
        locale,
        viewport: { width, height: 780 },
        timezoneId: 'Europe/Madrid',
      });
      page = await context.newPage();
      page.on('pageerror', (error) => broken.push(String(error)));
      page.on('console', (line) => /Content Security Policy/.test(line.text()) && broken.push(line.text()));
    });
    afterAll(async () => {
      await page?.context().close();
      await stage?.stop();
      await home?.remove();
    });

    const look = async (screen: string) => {
      await expectAccessible(page, screen);
      await expectReachable(page, screen);
      await expectPressable(page, screen);
      await page.screenshot({ path: join(PICTURES, `story-${screen}-${say.code}-${width}.png`), fullPage: true });
    };
    const classRow = () => page.getByRole('listitem', { name: /^WOD 18:00/ });
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
    });

    test('another wish is withdrawn, and undone', async () => {
      await page.goto(`${stage.stack.url}/classes?day=${addDays(day, 1)}`);
      await press(say.classes.prebook);
      await shows(say.outcomes.prebooked);
      await page.getByRole('navigation', { name: say.nav.label }).getByRole('link', { name: say.nav.bookings }).click();
      await page.getByRole('button', { name: say.bookings.withdraw }).click();
      await shows(say.outcomes.withdrawn);
      await page.getByRole('button', { name: say.bookings.undo }).click();
      await page.getByRole('button', { name: say.bookings.withdraw }).waitFor();
    });

    test('an open class is booked by hand and cancelled again', async () => {
      await page.goto(`${stage.stack.url}/classes?day=${addDays(day, -1)}`);
      await press(say.classes.book);
      await shows(say.outcomes.booked);
      await press(say.classes.cancel);
      await shows(say.outcomes.cancelled);
      await classRow().getByRole('button', { name: say.classes.book, exact: true }).waitFor();
    });

    test('the receipt of a real race passes axe in both schemes, the keyboard and a thumb', async () => {
      await page.goto(`${stage.stack.url}/bookings`);
      // Rows of places booked by hand lead to the day instead.
      await page.getByRole('main').locator('a[href^="/bookings/"]').first().click();
      await page.getByRole('link', { name: say.back }).waitFor();
      await look(say.titles.prebooking);
    });

    test('the service writes to the member in the language of the page', async () => {
      await page.goto(`${stage.stack.url}/account`);
      const [own, other] = say.code === 'es' ? ['Español', 'English'] : ['English', 'Español'];
      const spoken = (name: string) =>
        page.waitForRequest(
          (one) => one.method() === 'PUT' && one.postDataJSON()?.language === (name === 'Español' ? 'es' : 'en'),
        );
      // Pressed at once after one another: the service gets both requests, and the last one last.
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
