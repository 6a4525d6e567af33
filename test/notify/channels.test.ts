// Notices through every channel over real sockets: a mail server, a Bot API and a push service on this machine. No address gets a notice twice, even
// if two deliveries of the notice run at the same time or a process dies. A channel that Telegram, the push service or the mail server reports as
// gone is used no more, and the next channel is tried.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Bot } from 'grammy';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Failure, type FailureCode } from '../../services/failures.ts';
import type { Channels } from '../../services/notify/channel.ts';
import { createEmailChannel } from '../../services/notify/channels/email.ts';
import { createTelegramChannel } from '../../services/notify/channels/telegram.ts';
import { createWebPushChannel, newVapidKeys, parseVapidKeys } from '../../services/notify/channels/web-push.ts';
import { deliverNotices } from '../../services/notify/notify.ts';
import { Secret } from '../../services/secret.ts';
import { handClock } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { type BotApi, startBotApi } from './bot-api.ts';
import { giveChannel, outboxOf, postNotice, statesOf } from './members.ts';
import { type PostOffice, startPostOffice } from './post-office.ts';
import { makeBrowser, NO_KEYS, type PushService, startPushService } from './push-service.ts';

const clock = handClock(SUNDAY_NOON);
const keys = parseVapidKeys(new Secret(newVapidKeys()));
let app: TestService;
let post: PostOffice;
let bots: BotApi;
let pushes: PushService;
let channels: Channels;
let ana: string;

beforeAll(async () => {
  app = await startService(town, clock);
  [post, bots, pushes] = [await startPostOffice(), await startBotApi(), await startPushService()];
  channels = {
    email: createEmailChannel({ server: new Secret(post.url), from: 'puntual <p@box.test>' }),
    telegram: createTelegramChannel(new Bot('1:made-up', { client: { apiRoot: bots.root } }).api),
    'web-push': createWebPushChannel({ keys, subject: 'mailto:op@box.test', allowLoopback: true }),
  };
});
afterAll(async () => {
  await Promise.all([post.stop(), bots.stop(), pushes.stop()]);
  await app.stop();
});
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.cloud.pool.query('delete from members; delete from notice_tellings');
  ana = (await app.signIn('ana@example.test')).member.id;
  await app.cloud.pool.query('delete from outbox');
  for (const list of [post.mails, bots.calls, pushes.heard]) list.splice(0);
  post.on = {};
  bots.refuse = undefined;
  pushes.status = 201;
});

const services = () => ({ ...app.services, notifyOptions: { channels, publicUrl: 'https://puntual.example' } });
const deliver = () => deliverNotices(services());
const sent = () => bots.calls.filter(({ method }) => method === 'sendMessage');
/** Expires the leases of notices under delivery, as if the process that leased these notices had died long ago. */
const expireLeases = () =>
  app.cloud.pool.query(`update outbox set lease_until = now() - interval '1 s' where sent_at is null`);

describe('e-mail', () => {
  beforeEach(() => giveChannel(app, ana, 'email', 'ana@mail.test'));

  test('arrives once in the member’s language, under one Message-ID', async () => {
    await app.cloud.pool.query(`update members set language = 'en'`);
    const id = await postNotice(app, ana, 'one');
    expect(await deliver()).toBe(1);
    expect(await deliver()).toBe(0);
    expect(post.mails).toMatchObject([
      { to: 'ana@mail.test', id: `<notice-${id}@box.test>`, subject: 'Your login at the gym works again.' },
    ]);
    expect(await outboxOf(app)).toMatchObject([{ sent: true }]);
  });

  test('delivered by two at once, and again after the first was lost on the way back, is one mail', async () => {
    await postNotice(app, ana, 'one');
    // The lease of a slow delivery ends while the mail server is receiving the mail.
    let second: Promise<number> | undefined;
    post.on.taken = async () => {
      await expireLeases();
      second ??= deliver();
      await second;
      return undefined;
    };
    await Promise.all([deliver(), deliver()]);
    expect(post.mails).toHaveLength(1);
  });

  test('is tried again after a refusal for now, and the mailbox is dropped after one for good', async () => {
    await postNotice(app, ana, 'one');
    post.on.recipient = async () => 451;
    await deliver();
    expect([await outboxOf(app), await statesOf(app)]).toMatchObject([
      [{ sent: false, given_up: false }],
      { email: 'failing' },
    ]);
    clock.advance(5_000);
    post.on.recipient = undefined;
    await deliver();
    expect([await outboxOf(app), await statesOf(app)]).toMatchObject([[{ sent: true }], { email: 'live' }]);
    await postNotice(app, ana, 'two');
    post.on.recipient = async () => 550;
    await deliver();
    expect([await outboxOf(app), await statesOf(app)]).toMatchObject([
      [{}, { sent: false, given_up: true }],
      { email: 'gone' },
    ]);
  });

  test('a server that goes away before its last word may have it: never sent again, never called sent', async () => {
    await postNotice(app, ana, 'one');
    post.on.taken = () => new Promise(() => undefined);
    const hurried = createEmailChannel({ server: new Secret(post.url), from: 'p@box.test', timeoutMs: 300 });
    await deliverNotices({ ...app.services, notifyOptions: { channels: { email: hurried } } });
    clock.advance(24 * 3_600_000);
    await deliver();
    expect(post.mails).toHaveLength(1);
    expect(await outboxOf(app)).toMatchObject([
      { sent: false, given_up: true, last_error: expect.stringContaining('unclear') },
    ]);
  });
});

/**
 * Runs a process that delivers notices, and gives `killOn` the function that kills the process. Resolves to the exit code, or to null if the process
 * was killed.
 */
function runProcess(killOn: (kill: () => void) => void): Promise<number | null> {
  const { supabaseUrl, secretKey, secrets } = app.cloud;
  const given = {
    supabaseUrl,
    secretKey: secretKey.reveal(),
    sealKeys: secrets.sealKeys.reveal(),
    smtp: post.url,
    now: clock.now().toISOString(),
  };
  const script = fileURLToPath(new URL('deliver-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(given)], { stdio: 'ignore' });
  killOn(() => child.kill('SIGKILL'));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

describe('a killed process', () => {
  beforeEach(() => giveChannel(app, ana, 'email', 'ana@mail.test'));

  test('killed while the server asks for the recipient, has sent nothing: the next one tells it', async () => {
    await postNotice(app, ana, 'one');
    const code = await runProcess((kill) => {
      post.on.recipient = () => {
        kill();
        return new Promise(() => undefined);
      };
    });
    expect([code, post.mails]).toEqual([null, []]);
    post.on = {};
    await expireLeases();
    expect(await deliver()).toBe(1);
    expect(post.mails).toHaveLength(1);
  });

  test('killed when the server has the whole mail, is not told again, and never called sent', async () => {
    await postNotice(app, ana, 'one');
    const code = await runProcess((kill) => {
      post.on.taken = () => {
        kill();
        return new Promise(() => undefined);
      };
    });
    expect([code, post.mails.length]).toEqual([null, 1]);
    post.on = {};
    await expireLeases();
    expect(await deliver()).toBe(0);
    expect(post.mails).toHaveLength(1);
    expect(await outboxOf(app)).toMatchObject([{ sent: false, given_up: true }]);
  });

  test('left alone, tells', async () => {
    await postNotice(app, ana, 'one');
    expect(await runProcess(() => undefined)).toBe(0);
    expect(post.mails).toHaveLength(1);
    expect(await outboxOf(app)).toMatchObject([{ sent: true }]);
  });
});

describe('telegram', () => {
  beforeEach(() => giveChannel(app, ana, 'telegram', '4711'));

  test('brings the text and a button that leads to the page', async () => {
    await postNotice(app, ana, 'one', 'session-needs-login');
    await deliver();
    const body = sent()[0]?.body ?? {};
    expect(body).toMatchObject({ chat_id: '4711', text: expect.stringContaining('Vuelve a iniciar sesión') });
    expect(JSON.stringify(body['reply_markup'])).toContain('https://puntual.example/login');
  });

  test('blocked is dropped, and the mail is told at once', async () => {
    await giveChannel(app, ana, 'email', 'ana@mail.test');
    await postNotice(app, ana, 'one');
    bots.refuse = { error_code: 403, description: 'Forbidden: bot was blocked by the user' };
    expect(await deliver()).toBe(1);
    expect([sent().length, post.mails.length, await statesOf(app)]).toEqual([
      1,
      1,
      { telegram: 'gone', email: 'live' },
    ]);
    await postNotice(app, ana, 'two');
    await deliver();
    expect([sent().length, post.mails.length]).toEqual([1, 2]);
  });

  test('a connection that ends without a word is not tried again there: the mail tells it', async () => {
    await giveChannel(app, ana, 'email', 'ana@mail.test');
    await postNotice(app, ana, 'one');
    bots.refuse = 'hang';
    expect(await deliver()).toBe(1);
    clock.advance(24 * 3_600_000);
    await deliver();
    expect([sent().length, post.mails.length]).toEqual([1, 1]);
  });

  test('the bot’s token stands in no log line', async () => {
    await postNotice(app, ana, 'one');
    bots.refuse = 'hang';
    await deliver();
    expect(app.log.join('\n')).not.toContain('1:made-up');
  });
});

describe('web push', () => {
  test('opens with the browser’s own key, is signed, and takes its own place the second time', async () => {
    const browser = makeBrowser(`${pushes.url}/ana`);
    await giveChannel(app, ana, 'web-push', JSON.stringify(browser.subscription));
    const id = await postNotice(app, ana, 'one');
    await deliver();
    const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = pushes.heard;
    expect(JSON.parse(browser.open(body))).toMatchObject({
      id: `notice-${id}`,
      text: 'Tu acceso al gimnasio vuelve a funcionar.',
    });
    expect(headers).toMatchObject({
      topic: expect.stringMatching(/^[\w-]{32}$/),
      authorization: expect.stringMatching(/^vapid t=/),
    });
    expect(() => makeBrowser('x').open(body)).toThrow();
  });

  test('tells every browser, and drops the one that has given up', async () => {
    const [phone, desk] = [makeBrowser(`${pushes.url}/phone`), makeBrowser(`${pushes.url}/desk`)];
    for (const one of [phone, desk]) await giveChannel(app, ana, 'web-push', JSON.stringify(one.subscription));
    await postNotice(app, ana, 'one');
    await deliver();
    expect(pushes.heard.map(({ path }) => path).sort()).toEqual(['/desk', '/phone']);
    pushes.status = 410;
    await postNotice(app, ana, 'two');
    await deliver();
    expect(await statesOf(app)).toEqual({ 'web-push': 'gone' });
    expect(await outboxOf(app)).toMatchObject([{ sent: true }, { sent: false, given_up: true }]);
  });

  test.each(Object.entries(NO_KEYS))('kept with %s is dropped, and the mail is told', async (_what, p256dh) => {
    const { endpoint, keys: own } = makeBrowser(`${pushes.url}/odd`).subscription;
    await giveChannel(app, ana, 'web-push', JSON.stringify({ endpoint, keys: { ...own, p256dh } }));
    await giveChannel(app, ana, 'email', 'ana@mail.test');
    await postNotice(app, ana, 'one');
    expect(await deliver()).toBe(1);
    expect([pushes.heard.length, post.mails.length, await statesOf(app)]).toEqual([
      0,
      1,
      { 'web-push': 'gone', email: 'live' },
    ]);
  });

  test('to a private address behind a public name opens no connection', async () => {
    const find = async () => [{ address: '10.0.0.7', family: 4 }];
    const closed = createWebPushChannel({ keys, subject: 'mailto:op@box.test', find });
    await giveChannel(app, ana, 'web-push', JSON.stringify(makeBrowser('https://push.example.com/x').subscription));
    await postNotice(app, ana, 'one');
    await deliverNotices({ ...app.services, notifyOptions: { channels: { 'web-push': closed } } });
    expect(await outboxOf(app)).toMatchObject([
      { sent: false, last_error: expect.stringContaining('request/invalid') },
    ]);
    expect(pushes.heard).toEqual([]);
  });
});

describe('a channel that fails before anything is sent', () => {
  const failing = (thrown: unknown): Channels => ({
    email: async () => {
      throw thrown;
    },
  });
  const deliverBy = (thrown: unknown) =>
    deliverNotices({ ...app.services, notifyOptions: { channels: failing(thrown) } });
  beforeEach(() => giveChannel(app, ana, 'email', 'ana@mail.test'));

  test.each<[string, unknown]>([
    ['an error that nobody planned', new TypeError('invalid key')],
    ['something that is no error', 'oops'],
    ['an address that may not be called', new Failure('request/invalid', 'Expected a public address.')],
  ])('by %s counts as failing, and is gone after a fortnight', async (_what, thrown) => {
    await postNotice(app, ana, 'one');
    await deliverBy(thrown);
    expect(await statesOf(app)).toEqual({ email: 'failing' });
    clock.advance(15 * 24 * 3_600_000);
    await postNotice(app, ana, 'two');
    await deliverBy(thrown);
    expect(await statesOf(app)).toEqual({ email: 'gone' });
  });

  test.each<FailureCode>(['database/unavailable', 'seal/unknown-key'])('by %s of ours does not', async (code) => {
    await postNotice(app, ana, 'one');
    await deliverBy(new Failure(code, 'Not the channel’s fault.'));
    expect(await statesOf(app)).toEqual({ email: 'live' });
  });
});
