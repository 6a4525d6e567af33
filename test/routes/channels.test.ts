// Channels for notices, over HTTP: added, confirmed by a button on a page or a message in a chat, tested, deleted. A scanner that opens the links of
// a mail confirms no channel, nor does a message in a stranger's chat; an address that is not public is refused. The member's list of notices exists
// with or without channels.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEmailChannel } from '../../services/notify/channels/email.ts';
import { createWebPushChannel, newVapidKeys, parseVapidKeys } from '../../services/notify/channels/web-push.ts';
import { deliverNotices } from '../../services/notify/notify.ts';
import { Secret } from '../../services/secret.ts';
import { type App, createApp } from '../../worker/app.ts';
import { createTelegramBot, type TelegramBot } from '../../worker/telegram.ts';
import { type BotApi, startBotApi } from '../notify/bot-api.ts';
import { postNotice } from '../notify/members.ts';
import { type PostOffice, startPostOffice } from '../notify/post-office.ts';
import { makeBrowser, NO_KEYS } from '../notify/push-service.ts';
import { dumpOf } from '../support/canary.ts';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON } from '../support/town.ts';
import { type Ask, ask, type Login, openApp, type TestApp } from './open-app.ts';

const PATH = '/api/notifications/channels';
const clock = handClock(SUNDAY_NOON);
const keys = parseVapidKeys(new Secret(newVapidKeys()));
let app: TestApp;
let post: PostOffice;
let bots: BotApi;
let bot: TelegramBot;
let ana: Login;
let bea: Login;
let services: TestApp['services'];
let handler: App;

beforeAll(async () => {
  app = await openApp(clock);
  [post, bots] = [await startPostOffice(), await startBotApi()];
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
});
afterAll(async () => {
  await Promise.all([post.stop(), bots.stop()]);
  await app.stop();
});
beforeEach(async () => {
  await app.cloud.pool.query('delete from notice_channels; delete from outbox; delete from rate_buckets');
  for (const list of [post.mails, bots.calls]) list.splice(0);
  bot = createTelegramBot({ token: new Secret('123456:made-up-token-of-a-test-bot'), apiRoot: bots.root });
  const channels = {
    email: createEmailChannel({ server: new Secret(post.url), from: 'puntual <p@box.test>' }),
    telegram: bot.channel,
    'web-push': createWebPushChannel({ keys, subject: 'mailto:op@box.test' }),
  };
  services = { ...app.services, notifyOptions: { channels } };
  handler = createApp(services, { ...app.context, telegram: bot, vapidPublicKey: keys.publicKey });
});

const as = (who: Login, method: string, path: string, more: Ask = {}) =>
  ask(handler, method, path, { bearer: who.bearer, ...more });
const add = (body: object, who = ana) => as(who, 'POST', PATH, { body });
const list = async (who = ana) => (await as(who, 'GET', PATH)).json;
const stateOf = async (who = ana) => (await list(who)).channels[0]?.state;
/** Returns the path of the confirmation link in the last mail. */
const linkIn = () => new URL(/https?:\/\/\S+\/confirm\/\S+/.exec(post.mails.at(-1)?.raw ?? '')?.[0] ?? '').pathname;
const update = (body: object, secret = bot.webhookSecret.reveal()) =>
  ask(handler, 'POST', '/api/telegram', { body, headers: { 'X-Telegram-Bot-Api-Secret-Token': secret } });
const start = (code: string, id: number, type = 'private') =>
  update({ update_id: 1, message: { message_id: 1, date: 1, chat: { id, type }, text: `/start ${code}` } });
const saidTo = (id: number) =>
  bots.calls.filter(({ method, body }) => method === 'sendMessage' && body['chat_id'] === id);

describe('a member who would flood a mailbox', () => {
  const elsewhere = (method: string, path: string, body?: object) =>
    ask(createApp(services, app.context), method, path, { bearer: ana.bearer, ...(body && { body }) });

  test('has ten mails of confirmation sent in an hour, by all processes together', async () => {
    const wish = (at: number) => ({ kind: 'email', address: `victim+${at}@mail.test` });
    const sent = [];
    for (let at = 0; at < 12; at++) sent.push((await elsewhere('POST', PATH, wish(at))).status);
    expect(sent).toEqual([...Array(10).fill(201), 429, 429]);
    expect(post.mails).toHaveLength(10);
  });

  test('has five test notices sent in a minute, by all processes together', async () => {
    const { id } = (await add({ kind: 'email', address: 'ana@mail.test' })).json.channel;
    const sent = [];
    for (let at = 0; at < 7; at++) sent.push((await elsewhere('POST', `${PATH}/${id}/test`)).status);
    expect(sent.slice(5)).toEqual([429, 429]);
  });
});

describe('an e-mail address', () => {
  test('is told nothing until the button on its page is pressed; opening the link changes nothing', async () => {
    expect((await add({ kind: 'email', address: 'ana@mail.test' })).json.channel).toMatchObject({
      kind: 'email',
      state: 'unconfirmed',
    });
    await postNotice(app, ana.userId, 'one');
    await deliverNotices(services);
    expect(post.mails).toHaveLength(1);
    const before = await dumpOf(app.cloud.pool);
    for (const method of ['GET', 'HEAD', 'GET']) expect((await ask(handler, method, linkIn())).status).toBe(200);
    expect(await dumpOf(app.cloud.pool)).toEqual(before);
    expect(await stateOf()).toBe('unconfirmed');
    // The request is sent as a browser sends a form without fields.
    const pressed = await ask(handler, 'POST', linkIn(), {
      rawBody: '',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect([pressed.status, await stateOf()]).toEqual([200, 'live']);
    expect((await ask(handler, 'POST', linkIn())).status).toBe(404);
    expect((await list()).channels[0].label).toBe('a…@mail.test');
  });

  test('has a link that runs out, and signs no member in', async () => {
    await add({ kind: 'email', address: 'ana@mail.test' });
    const page = await ask(handler, 'GET', linkIn());
    expect(page.headers.getSetCookie()).toEqual([]);
    clock.advance(25 * 3_600_000);
    expect((await ask(handler, 'POST', linkIn())).status).toBe(404);
    clock.set(SUNDAY_NOON);
    expect(app.log.join('\n')).not.toContain(linkIn().split('/').at(-1));
  });

  test.each([
    'a@b@c',
    'ana@mail.test, bea@mail.test',
    'ana@mail.test\r\nBcc: bea@mail.test',
    'Ana <ana@mail.test>',
  ])('%j is refused', async (address) => {
    expect((await add({ kind: 'email', address })).status).toBe(400);
    expect(post.mails).toEqual([]);
  });

  test('that the server does not take is not kept', async () => {
    post.on.recipient = async () => 550;
    const answer = await add({ kind: 'email', address: 'nobody@mail.test' });
    post.on = {};
    expect([answer.status, answer.json.error.code, (await list()).channels]).toEqual([410, 'notice/gone', []]);
  });
});

describe('a channel that is told already', () => {
  const kinds = async () =>
    (await list()).channels.map(({ kind, state, label }: Record<string, string>) => `${kind} ${state} ${label}`).sort();
  const confirm = () => ask(handler, 'POST', linkIn());
  let told = 0;
  const mailTo = async () => {
    post.mails.splice(0);
    told += 1;
    await postNotice(app, ana.userId, `notice ${told}`);
    await deliverNotices(services);
    return post.mails.map(({ to }) => to);
  };

  test('goes on until the one that takes its place is confirmed', async () => {
    await add({ kind: 'email', address: 'ana@mail.test' });
    await confirm();
    await add({ kind: 'email', address: 'typo@mial.test' });
    expect(await mailTo()).toEqual(['ana@mail.test']);
    await add({ kind: 'email', address: 'other@mail.test' });
    expect(await kinds()).toEqual(['email live a…@mail.test', 'email unconfirmed o…@mail.test']);
    expect((await confirm()).status).toBe(200);
    expect(await kinds()).toEqual(['email live o…@mail.test']);
    expect(await mailTo()).toEqual(['other@mail.test']);
  });

  test('is not lost by a mail that could not be handed over', async () => {
    await add({ kind: 'email', address: 'ana@mail.test' });
    await confirm();
    post.on.recipient = async () => 550;
    expect((await add({ kind: 'email', address: 'nobody@mail.test' })).status).toBe(410);
    post.on = {};
    expect(await kinds()).toEqual(['email live a…@mail.test']);
  });
});

describe('a chat', () => {
  const codeOf = async (who = ana) =>
    new URL((await add({ kind: 'telegram' }, who)).json.link).searchParams.get('start') ?? '';

  test('is bound by the code, once: a stranger’s chat with the used code, or another, binds nothing', async () => {
    const code = await codeOf();
    expect((await start('made-up', 666)).status).toBe(200);
    expect(await stateOf()).toBe('unconfirmed');
    await start(code, 4711);
    expect(await stateOf()).toBe('live');
    await start(code, 666);
    expect(saidTo(666)).toHaveLength(2);
    expect((await as(ana, 'POST', `${PATH}/${(await list()).channels[0].id}/test`)).json).toEqual({
      outcome: 'delivered',
    });
    expect(bots.calls.at(-1)?.body['chat_id']).toBe('4711');
  });

  test('of a group, and a code that has run out, bind nothing', async () => {
    const code = await codeOf();
    await start(code, -5, 'supergroup');
    expect(await stateOf()).toBe('unconfirmed');
    clock.advance(16 * 60_000);
    await start(code, 4711);
    clock.set(SUNDAY_NOON);
    expect(await stateOf()).toBe('unconfirmed');
  });

  test('updates without Telegram’s secret are refused', async () => {
    const code = await codeOf();
    const text = `/start ${code}`;
    const answer = await update({ message: { chat: { id: 1, type: 'private' }, text } }, 'wrong');
    expect([answer.status, await stateOf()]).toEqual([401, 'unconfirmed']);
  });

  test('withdraws a prebooking of its own member by a button, and no other member’s', async () => {
    const wish = {
      boxId: ana.boxes[0]?.id,
      day: MONDAY,
      timeId: '1800_60',
      className: 'WOD',
      opensAt: '2026-03-02T10:00:00Z',
    };
    const made = await as(ana, 'POST', '/api/prebookings', { body: wish });
    const press = (id: number) =>
      update({
        callback_query: {
          id: 'q',
          data: `withdraw:${made.json.prebooking.id}`,
          message: { chat: { id, type: 'private' } },
        },
      });
    const status = async () =>
      (await as(ana, 'GET', `/api/prebookings/${made.json.prebooking.id}`)).json.prebooking.status;
    await start(await codeOf(), 4711);
    await start(await codeOf(bea), 666);
    await press(666);
    expect(await status()).not.toBe('withdrawn');
    await press(4711);
    expect([await status(), bots.calls.at(-1)]).toMatchObject(['withdrawn', { method: 'answerCallbackQuery' }]);
  });

  test('comes by the long poll as well', async () => {
    const code = await codeOf();
    bots.updates.push({
      update_id: 7,
      message: { message_id: 1, date: 1, chat: { id: 4711, type: 'private' }, text: `/start ${code}` },
    });
    const polling = bot.poll(services);
    await expect.poll(() => stateOf()).toBe('live');
    await polling.stop();
  });
});

describe('a browser', () => {
  test('takes its own place again, stands beside another, and no private endpoint is taken', async () => {
    const subscribe = (endpoint: string) => add({ kind: 'web-push', subscription: makeBrowser(endpoint).subscription });
    for (const endpoint of ['https://push.example.com/a', 'https://push.example.com/a', 'https://push.example.com/b'])
      expect((await subscribe(endpoint)).status).toBe(201);
    expect((await list()).channels).toHaveLength(2);
    for (const endpoint of [
      'http://push.example.com/a',
      'https://127.0.0.1/a',
      'https://169.254.169.254/x',
      'https://[::1]/x',
    ])
      expect([(await subscribe(endpoint)).status, endpoint]).toEqual([400, endpoint]);
    expect((await list()).vapidPublicKey).toBe(keys.publicKey);
    expect(JSON.stringify(await dumpOf(app.cloud.pool))).not.toContain('push.example.com');
  });
});

test.each(Object.entries(NO_KEYS))('a browser whose key is %s is refused, and not kept', async (_what, p256dh) => {
  const { endpoint, keys: own } = makeBrowser('https://push.example.com/a').subscription;
  const answer = await add({ kind: 'web-push', subscription: { endpoint, keys: { ...own, p256dh } } });
  expect([answer.status, answer.json.error]).toMatchObject([
    400,
    { code: 'request/invalid', message: expect.stringContaining('p256dh') },
  ]);
  expect((await list()).channels).toEqual([]);
});

describe('the feed', () => {
  const feed = async (query = '', who = ana) => (await as(who, 'GET', `/api/notices${query}`)).json;

  test('holds what no channel told as unread, and says so until it is read', async () => {
    const first = await postNotice(app, ana.userId, 'one');
    await deliverNotices(services);
    const seen = await feed();
    expect(seen).toMatchObject({
      notices: [{ id: first, text: 'Tu acceso al gimnasio vuelve a funcionar.', state: 'untold', isRead: false }],
      unread: 1,
      warnings: ['no-channel', 'untold-notices'],
    });
    expect((await feed()).unread).toBe(1);
    expect((await as(ana, 'POST', '/api/notices/read', { body: { upTo: first } })).json).toEqual({ read: 1 });
    expect(await feed()).toMatchObject({ notices: [{ isRead: true }], unread: 0, warnings: ['no-channel'] });
  });

  test('goes on after the last one seen, and is its member’s alone', async () => {
    const ids = [
      await postNotice(app, ana.userId, 'one'),
      await postNotice(app, ana.userId, 'two'),
      await postNotice(app, bea.userId, 'three'),
    ];
    expect((await feed(`?after=${ids[0]}`)).notices.map(({ id }: { id: number }) => id)).toEqual([ids[1]]);
    expect((await feed('', bea)).notices.map(({ id }: { id: number }) => id)).toEqual([ids[2]]);
    expect((await as(ana, 'GET', '/api/notices?after=x')).status).toBe(400);
    expect((await as(ana, 'GET', '/api/notices?after=99999999999999999999')).status).toBe(400);
  });

  test('what a member has switched off is in the feed, told nowhere, and no trouble', async () => {
    await as(ana, 'PUT', '/api/me', { body: { tell: { recovered: false } } });
    await postNotice(app, ana.userId, 'one');
    await deliverNotices(services);
    expect((await feed()).notices).toMatchObject([{ state: 'muted' }]);
    expect(await app.services.store.countUnreachable(clock.now())).toEqual({ notices: 0, members: 0 });
    await as(ana, 'PUT', '/api/me', { body: { tell: { recovered: true } } });
  });
});
