// The account screen in a real Chromium: a kept login (gym e-mail and password) that is stored and deleted, channels that are added, tried and
// removed, the calendar's address, and what friends see of the member. A push message is shown, and a press on it opens the screen that the message
// names.
import { createECDH, randomBytes } from 'node:crypto';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { newVapidKeys } from '../../services/notify/channels/web-push.ts';
import { es } from '../../web/app/language/es.ts';
import { limitMs } from '../support/limits.ts';
import { town } from '../support/town.ts';
import { CHROMIUM, hasChromium } from './built.ts';
import { openPages, type Pages, takesAll } from './open-pages.ts';

vi.setConfig({ testTimeout: limitMs(60_000), hookTimeout: limitMs(120_000) });

describe.skipIf(!hasChromium)('the account', () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let pages: Pages;
  const [vapidPublicKey = ''] = newVapidKeys().split('.');
  beforeAll(async () => {
    pages = await openPages(town, { channels: takesAll, vapidPublicKey });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    context = await browser.newContext({
      locale: 'es-ES',
      viewport: { width: 360, height: 780 },
      timezoneId: 'Europe/Madrid',
      permissions: ['notifications', 'clipboard-write'],
    });
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.stop();
  });

  const rows = async (sql: string) => (await pages.app.cloud.pool.query(sql)).rows;
  const shows = (text: string | RegExp) => page.getByText(text, { exact: true }).first().waitFor();
  const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click();

  test('the sign-in says what is kept, and keeps it only where that is ticked', async () => {
    await page.goto(`${pages.url}/login?to=/account`);
    await page.getByLabel(es.login.email).fill('ana@example.test');
    await page.getByLabel(es.login.password, { exact: true }).fill('right');
    await page.getByText(/como mucho una vez por hora y dos al día/).waitFor();
    const keep = page.getByRole('checkbox', { name: es.login.keep });
    expect(await keep.isChecked()).toBe(false);
    await keep.check();
    await press(es.login.submit);
    await page.getByRole('heading', { level: 1, name: es.titles.account }).waitFor();
    await page.getByText(/^Tu acceso al gimnasio está guardado aquí desde/).waitFor();
    expect(await rows('select 1 from kept_logins')).toHaveLength(1);
  });

  test('a kept login is forgotten with one press', async () => {
    await press(es.account.kept.forget);
    await shows(es.account.kept.forgotten);
    expect(await rows('select 1 from kept_logins')).toHaveLength(0);
  });

  test('a mailbox is added and waits for its confirmation; a webhook is tried and removed', async () => {
    await shows(es.channels.none);
    await press(es.channels.adds.email);
    await page.getByLabel(es.login.email).fill('ana@example.test');
    await press(es.channels.does.email);
    await shows(es.channels.states.unconfirmed);
    await press(es.channels.adds.webhook);
    await page.getByLabel(es.channels.url).fill('https://hooks.example.com/ana');
    await press(es.channels.does.webhook);
    await shows(es.channels.secret);
    await press(`${es.channels.test}: ${es.channels.kinds.webhook}`);
    await shows(es.channels.trial['not-public']);
    await press(`${es.channels.remove}: ${es.channels.kinds.webhook}`);
    await page.getByRole('listitem', { name: /^Dirección propia/ }).waitFor({ state: 'detached' });
    expect(await rows('select kind from notice_channels')).toEqual([{ kind: 'email' }]);
  });

  test('a kind of notice is switched off and stays so; the others are told', async () => {
    const lost = page.getByRole('checkbox', { name: es.account.tells.lost });
    await page.getByRole('checkbox', { name: es.account.tells.freed }).uncheck();
    await lost.uncheck();
    await lost.check();
    await expect.poll(() => rows('select tell from members')).toEqual([{ tell: { freed: false, lost: true } }]);
    await page.reload();
    await page.getByRole('checkbox', { name: es.account.tells.freed }).waitFor();
    expect(await page.getByRole('checkbox', { name: es.account.tells.freed }).isChecked()).toBe(false);
    expect(await page.getByRole('checkbox', { name: es.account.tells.risk }).isChecked()).toBe(true);
  });

  test('a browser whose push service does not answer is told so in words', async () => {
    await press(es.channels.adds['web-push']);
    await press(es.channels.does['web-push']);
    await shows(es.channels.push['no-answer']);
    expect(await rows(`select 1 from notice_channels where kind = 'web-push'`)).toEqual([]);
  });

  test('the calendar’s address is shown once, and removed', async () => {
    await press(es.calendar.make);
    const address = page.locator('code', { hasText: '/calendar/' });
    await address.waitFor();
    await press(es.calendar.remove);
    await shows(es.calendar.removed);
    await expect.poll(() => address.count()).toBe(0);
    await press(es.calendar.remove);
    await shows(es.calendar.noneThere);
  });

  test('friends see my classes once I say so, after a reload too', async () => {
    await page.getByRole('checkbox', { name: es.account.friendsSee }).check();
    await expect.poll(() => rows('select 1 from members where visible_to_friends')).toHaveLength(1);
    await page.reload();
    await expect.poll(() => page.getByRole('checkbox', { name: es.account.friendsSee }).isChecked()).toBe(true);
  });

  describe('a push', () => {
    let cdp: CDPSession;
    let registrationId = '';
    beforeAll(async () => {
      await page.goto(`${pages.url}/account`);
      await page.evaluate(async () => void (await navigator.serviceWorker.ready));
      cdp = await context.newCDPSession(page);
      const registered = new Promise<string>((resolve) =>
        cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
          const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL.startsWith(pages.url) && !isDeleted);
          if (own) resolve(own.registrationId);
        }),
      );
      await cdp.send('ServiceWorker.enable');
      registrationId = await registered;
    });
    const push = (data: object | string) =>
      cdp.send('ServiceWorker.deliverPushMessage', {
        origin: pages.url,
        registrationId,
        data: typeof data === 'string' ? data : JSON.stringify(data),
      });
    const shown = () =>
      page.evaluate(async () => {
        const found = await (await navigator.serviceWorker.ready).getNotifications();
        return found.map(({ tag, body, lang, data }) => ({ tag, body, lang, to: data.to as string }));
      });
    /** Simulates a press on the notification with this tag: in a browser without a desktop no notification appears that could be pressed. */
    const click = async (tag: string) => {
      const [worker] = context.serviceWorkers();
      await worker?.evaluate(async (wanted) => {
        const scope = self as unknown as { registration: ServiceWorkerRegistration };
        const [notification] = await scope.registration.getNotifications({ tag: wanted });
        const Click = Reflect.get(self, 'NotificationEvent') as new (kind: string, init: object) => Event;
        self.dispatchEvent(new Click('notificationclick', { notification }));
      }, tag);
    };

    test('is shown in its words, once a notice', async () => {
      const said = {
        id: 'notice-1',
        text: 'WOD 18:00: tienes la plaza.',
        language: 'es',
        prebookingId: 'a-prebooking',
      };
      await push(said);
      await push(said);
      await expect
        .poll(shown)
        .toEqual([{ tag: 'notice-1', body: said.text, lang: 'es', to: '/bookings/a-prebooking' }]);
    });

    test.each([
      ['https://puntual.test/login', '/login'],
      ['https://puntual.test/classes?box=b&day=20260302', '/classes?box=b&day=20260302'],
      ['https://elsewhere.test/steal', '/'],
      ['http://[', '/'],
    ])('that names %s leads to %s', async (link, to) => {
      await push({ id: link, text: 'x', language: 'es', link });
      await expect.poll(async () => (await shown()).find(({ tag }) => tag === link)?.to).toBe(to);
    });

    test('that is none of ours is shown all the same, or the browser takes the permission away', async () => {
      await push('not JSON');
      await expect.poll(async () => (await shown()).find(({ tag }) => tag === 'puntual')?.to).toBe('/');
    });

    test('takes an open window of the app to its screen when it is pressed', async () => {
      await push({ id: 'press', text: 'x', language: 'es', link: `${pages.url}/bookings` });
      await expect.poll(async () => (await shown()).some(({ tag }) => tag === 'press')).toBe(true);
      await click('press');
      await page.waitForURL('**/bookings');
      await page.getByRole('heading', { level: 1, name: es.titles.bookings }).waitFor();
      expect((await shown()).some(({ tag }) => tag === 'press')).toBe(false);
    });
  });

  test('deleting the account asks first, then all is gone and the sign-in says so', async () => {
    await page.goto(`${pages.url}/account`);
    await press(es.account.erase);
    await press(es.account.eraseYes);
    await shows(es.account.erased);
    expect(await rows(`select 1 from members where email = 'ana@example.test'`)).toEqual([]);
  });

  test('pushes to a browser end when another member signs in there, however the session before ended', async () => {
    const point = createECDH('prime256v1').generateKeys('base64url');
    const keys = { p256dh: point, auth: randomBytes(16).toString('base64url') };
    const other = await browser.newContext({ locale: 'es-ES', permissions: ['notifications'] });
    // Chromium without a push service gives no subscription, so the page gets one of the test's own.
    await other.addInitScript(
      (subscription) => {
        const made = {
          toJSON: () => subscription,
          unsubscribe: async () => localStorage.setItem('test.subscription', 'ended'),
        };
        const isLive = () => localStorage.getItem('test.subscription') === 'live';
        Object.assign(PushManager.prototype, {
          subscribe: async () => {
            localStorage.setItem('test.subscription', 'live');
            return made;
          },
          getSubscription: async () => (isLive() ? made : null),
        });
      },
      { endpoint: 'https://push.example.com/ana', keys },
    );
    const phone = await other.newPage();
    const signIn = async (email: string) => {
      await phone.goto(`${pages.url}/login?to=/account`);
      await phone.getByLabel(es.login.email).fill(email);
      await phone.getByLabel(es.login.password, { exact: true }).fill('right');
      await phone.getByRole('button', { name: es.login.submit, exact: true }).click();
      await phone.getByRole('heading', { level: 1, name: es.titles.account }).waitFor();
    };
    const subscription = () => phone.evaluate(() => localStorage.getItem('test.subscription'));
    const endSession = async () => {
      await rows('update user_sessions set revoked_at = now()');
      await phone.goto(`${pages.url}/account`);
      await phone.getByLabel(es.login.email).waitFor();
    };
    await signIn('ana@example.test');
    await phone.evaluate(async () => void (await navigator.serviceWorker.ready));
    await phone.getByRole('button', { name: es.channels.adds['web-push'], exact: true }).click();
    await phone.getByRole('button', { name: es.channels.does['web-push'], exact: true }).click();
    await phone.getByRole('listitem', { name: es.channels.kinds['web-push'] }).waitFor();
    await endSession();
    await signIn('ana@example.test');
    expect(await subscription()).toBe('live');
    await endSession();
    await signIn('bea@example.test');
    await expect.poll(subscription).toBe('ended');
    await other.close();
  });
});
