// Members get notices once they have a channel: in their language, signed, sent again if not accepted, and never at an address that is not public.
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWebhookChannel } from '../../services/notify/channels/webhook.ts';
import type { Message } from '../../services/notify/messages.ts';
import { deliverNotices, type NotifyServices } from '../../services/notify/notify.ts';
import { keepWebhook } from '../../services/notify/own-channels.ts';
import { isPublicAddress } from '../../services/notify/public-address.ts';
import { Secret } from '../../services/secret.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';

let app: TestService;
let clock: HandClock;
let server: Server;
let address: string;
const heard: { body: string; headers: Record<string, unknown> }[] = [];
let answer = 204;

beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await startService(town, clock);
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    heard.push({ body, headers: request.headers });
    response.writeHead(answer, { location: 'http://127.0.0.1:1/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  server.close();
  await app.stop();
});
beforeEach(async () => {
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  clock.set(SUNDAY_NOON);
  await app.cloud.pool.query('delete from members');
});
afterEach(() => {
  heard.length = 0;
  answer = 204;
});

const toLoopback = (): NotifyServices => ({
  ...app.services,
  notifyOptions: { webhook: createWebhookChannel({ allowLoopback: true }) },
});
const outbox = async () => (await app.cloud.pool.query('select * from outbox order by id')).rows;

/**
 * Makes a member that has lost a race, and gives the secret of the member's webhook. The webhook's address is written straight into the table,
 * because the service's check would refuse an address of this machine.
 */
async function lostRace(withWebhook = true): Promise<Secret | undefined> {
  const { member, boxes } = await app.signIn('ana@example.test');
  const now = clock.now();
  const id = 'a0000000-0000-4000-8000-000000000001';
  const secret = withWebhook
    ? await keepWebhook(app.services, member.id, new Secret('https://hooks.example.com/ana'))
    : undefined;
  if (withWebhook) await pointAt(member.id, address);
  const slot = { day: MONDAY, classId: '501', timeId: '1800_60', className: 'WOD', familyId: undefined };
  const wish = { waitlist: false, alternatives: [], opensAt: now, startsAt: new Date(now.getTime() + 86_400_000), now };
  await app.services.store.createPrebooking({ id, userId: member.id, boxId: boxes[0]?.id ?? '', ...slot, ...wish });
  await app.services.store.claimPrebookings({ id, owner: 'me', leadMs: 0, claimMs: 60_000, lateMs: 60_000, now });
  const receipt = { latenessMs: 12, decidedBy: 'crowd' };
  await app.services.store.settlePrebookings([{ id, epoch: 1, status: 'refused', outcome: 'full', receipt }], now);
  return secret;
}
async function pointAt(userId: string, to: string): Promise<void> {
  const wrapped = (await app.services.store.readMemberKey(userId)) ?? '';
  const [row] = (await app.cloud.pool.query('select id from notice_channels')).rows;
  const place = { table: 'notice_channels', column: 'address', userId, attemptId: row.id, generation: 0 };
  const sealed = app.services.seal
    .openMember(userId, wrapped)
    .seal({ ...place, chain: '', sessionType: '' }, new Secret(to));
  await app.cloud.pool.query('update notice_channels set address_sealed = $1', [sealed]);
}

describe('telling', () => {
  test('says how it ended in both languages, signed with the channel’s secret, once', async () => {
    const secret = await lostRace();
    expect(await deliverNotices(toLoopback())).toBe(1);
    expect(await deliverNotices(toLoopback())).toBe(0);
    expect(heard).toHaveLength(1);
    const [{ body, headers } = { body: '', headers: {} }] = heard;
    const said = JSON.parse(body) as Message;
    expect(said).toMatchObject({
      kind: 'prebooking-refused',
      prebooking: { status: 'refused', outcome: 'full', timeId: '1800_60' },
    });
    expect(said.text.en).toBe(
      'WOD 18:00, 02/03, Box Norte: The class was full when our request came. Our request reached the gym about 12 milliseconds after the opening time.',
    );
    expect(said.text.es).toContain('llena cuando llegó nuestra petición');
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['puntual-signature'])) ?? [];
    expect(mac).toBe(
      createHmac('sha256', secret?.reveal() ?? '')
        .update(`${seconds}.${body}`)
        .digest('hex'),
    );
    expect((await outbox())[0].sent_at).not.toBeNull();
  });

  test.each([
    ['session-needs-login', {}, true],
    ['session-needs-login', { sessionType: 'device' }, true],
    ['kept-login-dropped', { reason: 'wrong' }, true],
    ['kept-login-dropped', { reason: 'off' }, false],
    ['prebooking-at-risk', { finding: 'no-session' }, true],
    ['prebooking-at-risk', { finding: 'login-ends' }, true],
    ['prebooking-at-risk', { finding: 'class-gone' }, false],
    ['session-recovered', {}, false],
  ])('%s %j links to the page to sign in: %s', async (kind, payload, isLinked) => {
    await lostRace();
    await app.cloud.pool.query('update outbox set kind = $1, payload = $2', [kind, payload]);
    const services = toLoopback();
    const notifyOptions = { ...services.notifyOptions, publicUrl: 'https://puntual.example' };
    expect(await deliverNotices({ ...services, notifyOptions })).toBe(1);
    const said = JSON.parse(heard[0]?.body ?? '') as Message;
    expect(said.link).toBe(isLinked ? 'https://puntual.example/login' : undefined);
    expect(said.text.en).not.toBe(said.text.es);
  });

  test('what was not taken is told again later under the same id, and in the end given up, visibly', async () => {
    await lostRace();
    answer = 500;
    expect(await deliverNotices(toLoopback())).toBe(0);
    expect(await deliverNotices(toLoopback())).toBe(0);
    expect(heard).toHaveLength(1);
    clock.advance(5_000);
    answer = 302;
    await deliverNotices(toLoopback());
    expect(heard.map((one) => (JSON.parse(one.body) as Message).id)).toEqual([
      `notice-${(await outbox())[0].id}`,
      `notice-${(await outbox())[0].id}`,
    ]);
    expect((await outbox())[0]).toMatchObject({ sent_at: null, given_up_at: null, attempts: 2 });
    for (let at = 0; at < 10; at += 1) {
      clock.advance(25 * 3_600_000);
      await deliverNotices(toLoopback());
    }
    expect((await outbox())[0]).toMatchObject({
      sent_at: null,
      attempts: 9,
      last_error: expect.stringContaining('notice/refused'),
    });
    expect((await outbox())[0].given_up_at).not.toBeNull();
  });

  test('two at work at once tell one notice once', async () => {
    await lostRace();
    await Promise.all([deliverNotices(toLoopback()), deliverNotices(toLoopback())]);
    expect(heard).toHaveLength(1);
  });

  test('F18: what a member without a channel cannot be told is given up at once as unreachable, never sent', async () => {
    await lostRace(false);
    expect(await deliverNotices(toLoopback())).toBe(0);
    expect((await outbox())[0]).toMatchObject({
      sent_at: null,
      given_up_at: clock.now(),
      last_error: expect.stringMatching(/^channel\/unreachable/),
    });
    expect(await app.services.store.countUnreachable(clock.now())).toEqual({ notices: 1, members: 1 });
    clock.advance(31 * 86_400_000);
    expect(await deliverNotices(toLoopback())).toBe(0);
    expect(await app.services.store.countUnreachable(clock.now())).toEqual({ notices: 0, members: 0 });
  });

  test('an at-risk notice to an address that does not resolve ends as channel/unreachable', async () => {
    await lostRace();
    const [{ user_id: userId }] = (await app.cloud.pool.query('select user_id from notice_channels')).rows;
    await pointAt(userId, 'https://nowhere.invalid/hook');
    await app.cloud.pool.query(`delete from outbox; insert into outbox (user_id, kind, dedupe_key, payload, created_at)
      select user_id, 'prebooking-at-risk', 'risk', jsonb_build_object('prebookingId', id, 'finding', 'no-session'), now() from prebookings`);
    const find = () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }));
    const services = { ...app.services, notifyOptions: { webhook: createWebhookChannel({ find }) } };
    await deliverNotices(services);
    expect((await outbox())[0]).toMatchObject({ given_up_at: null, last_error: expect.stringContaining('channel/') });
    for (let at = 0; at < 10; at += 1) {
      clock.advance(25 * 3_600_000);
      await deliverNotices(services);
    }
    expect((await outbox())[0]).toMatchObject({
      sent_at: null,
      given_up_at: expect.any(Date),
      last_error: expect.stringMatching(/^channel\/unreachable: /),
    });
    expect(await app.services.store.countUnreachable(clock.now())).toEqual({ notices: 1, members: 1 });
  });

  test('the operator’s channel hears of every member', async () => {
    await lostRace(false);
    const operator = { address: new Secret(address), signingSecret: new Secret('op') };
    const services = toLoopback();
    await deliverNotices({ ...services, notifyOptions: { ...services.notifyOptions, operator } });
    expect(heard).toHaveLength(1);
  });

  test('address and secret stand in no column in the clear', async () => {
    const secret = await lostRace();
    const dump = JSON.stringify((await app.cloud.pool.query('select * from notice_channels')).rows);
    expect(dump).not.toContain('127.0.0.1');
    expect(dump).not.toContain(secret?.reveal());
  });
});

describe('an address on a stranger’s word', () => {
  test.each([
    'http://hooks.example.com/x',
    'https://user:pw@hooks.example.com/x',
    'https://127.0.0.1/x',
    'https://2130706433/x',
    'https://0x7f.1/x',
    'https://169.254.169.254/latest/meta-data',
    'https://10.1.2.3/x',
    'https://[::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://[fd00::1]/x',
    'https://[2002:7f00:1::]/x',
    'ftp://hooks.example.com/x',
    'not an address',
  ])('%s is refused when it is given', async (bad) => {
    await expect(keepWebhook(app.services, 'nobody', new Secret(bad))).rejects.toMatchObject({
      code: 'request/invalid',
    });
  });

  test('a name that leads to a private address is refused when it is called, whatever it led to before', async () => {
    const channel = createWebhookChannel({
      find: async () => [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    const message = { id: 'notice-1', sentAt: '2026-03-01T12:00:00Z' } as Message;
    const target = { address: new Secret('https://hooks.example.com/x'), signingSecret: new Secret('s') };
    await expect(channel(message, target)).rejects.toMatchObject({ code: 'request/invalid' });
    expect(heard).toEqual([]);
  });

  test('public addresses pass, and no others', () => {
    expect(['93.184.216.34', '8.8.8.8', '2606:2800:220:1::1'].every(isPublicAddress)).toBe(true);
    const bad = [
      '0.0.0.0',
      '100.64.1.1',
      '192.168.1.1',
      '172.31.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::',
      'fe80::1',
      '2001:db8::1',
      '64:ff9b::7f00:1',
      'x',
    ];
    expect(bad.filter(isPublicAddress)).toEqual([]);
  });
});
