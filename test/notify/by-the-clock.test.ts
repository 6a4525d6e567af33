// Notices that depend on the time. Quiet hours hold back notices that are not urgent. A member whose race cannot run gets a notice a minute before
// the opening. A booked member gets a reminder the evening before the class. The operator gets each alert once when it begins and once when it is
// over, by each of the operator's channels. Each successful refresh run calls a monitoring service, which alarms the operator when calls stop.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signIn } from '../../jobs/sign-in.ts';
import { Failure } from '../../services/failures.ts';
import { createHttp, originRule } from '../../services/http.ts';
import type { Channel } from '../../services/notify/channel.ts';
import type { Message } from '../../services/notify/messages.ts';
import type { OperatorWay } from '../../services/notify/notify.ts';
import { quietUntil } from '../../services/notify/quiet-hours.ts';
import { tellOperator } from '../../services/notify/tell-operator.ts';
import { Secret } from '../../services/secret.ts';
import { lookOnce } from '../../worker/notice-watch.ts';
import { deadmanBy } from '../../worker/notices.ts';
import { runJob } from '../../worker/run-job.ts';
import { REFRESH } from '../../worker/schedule.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { giveChannel, postNotice } from './members.ts';

const HOUR_MS = 60 * MINUTE_MS;
const clock = handClock(SUNDAY_NOON);
let app: TestService;
let ana: string;
let boxId: string;
const heard: Message[] = [];
const webhook: Channel = async (message) => void heard.push(message);

beforeAll(async () => {
  app = await startService(town, clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.cloud.pool.query(
    'delete from members; delete from notice_tellings; delete from operator_news; delete from runs',
  );
  const { member, boxes } = await app.signIn('ana@example.test');
  [ana, boxId] = [member.id, boxes[0]?.id ?? ''];
  await app.cloud.pool.query('delete from outbox');
  await giveChannel(app, ana, 'webhook', 'https://hooks.example.com/ana');
  heard.splice(0);
});
const look = () => lookOnce({ ...app.services, notifyOptions: { webhook, publicUrl: 'https://puntual.example' } });
const kinds = () => heard.map(({ kind }) => kind);
const quiet = (hours: object | null) =>
  app.cloud.pool.query('update members set quiet_hours = $1', [hours && JSON.stringify(hours)]);

async function wish(opensAt: Date, startsAt = new Date('2026-03-02T17:00:00Z')): Promise<string> {
  const slot = { day: MONDAY, classId: '501', timeId: '1800_60', className: 'WOD', familyId: undefined };
  const id = crypto.randomUUID();
  const more = { waitlist: false, alternatives: [], opensAt, startsAt, now: clock.now() };
  await app.services.store.createPrebooking({ id, userId: ana, boxId, ...slot, ...more });
  return id;
}

test('a member with a whole pass of notices keeps nobody else waiting: each member has a turn before anybody has two', async () => {
  const { member: bea } = await app.signIn('bea@example.test');
  await app.cloud.pool.query('delete from outbox');
  const leased = () => app.services.store.leaseNotices({ limit: 3, leaseMs: 1_000, now: clock.now() });
  const own: number[] = [];
  for (let at = 0; at < 4; at++) own.push(await postNotice(app, ana, `own ${at}`));
  const others = [await postNotice(app, bea.id, 'other 0'), await postNotice(app, bea.id, 'other 1')];
  expect((await leased()).map(({ id }) => id)).toEqual([own[0], own[1], others[0]]);
  expect((await leased()).map(({ id }) => id)).toEqual([own[2], own[3], others[1]]);
  expect(await leased()).toEqual([]);
});

describe('quiet hours', () => {
  test.each([
    ['2026-03-01T21:00:00Z', '2026-03-02T06:00:00Z', '22:00', '07:00'],
    ['2026-03-01T05:59:30Z', '2026-03-01T06:00:00Z', '22:00', '07:00'],
    ['2026-03-01T06:00:00Z', undefined, '22:00', '07:00'],
    ['2026-03-01T20:59:00Z', undefined, '22:00', '07:00'],
    ['2026-03-01T13:10:00Z', '2026-03-01T15:00:00Z', '14:00', '16:00'],
    ['2026-03-01T13:10:00Z', undefined, '09:00', '09:00'],
  ])('at %s in Madrid end at %s (%s–%s)', (now, end, from, to) => {
    expect(quietUntil({ from, to }, 'Europe/Madrid', new Date(now))?.toISOString()).toBe(
      end && new Date(end).toISOString(),
    );
  });

  test('hold a notice till they end, however often it is looked at, and then it is told once', async () => {
    await quiet({ from: '12:00', to: '14:00' });
    await postNotice(app, ana, 'one');
    for (const _ of [1, 2, 3]) await look();
    expect(heard).toEqual([]);
    const { rows } = await app.cloud.pool.query('select attempts, given_up_at from outbox');
    expect(rows).toEqual([{ attempts: 0, given_up_at: null }]);
    clock.advance(HOUR_MS);
    await look();
    await look();
    expect(kinds()).toEqual(['session-recovered']);
  });

  test.each([
    [11, ['session-needs-login']],
    [13, []],
  ])('a login that died %s hours before an opening: %j', async (hours, told) => {
    await quiet({ from: '12:00', to: '14:00' });
    await wish(new Date(clock.now().getTime() + hours * HOUR_MS));
    await postNotice(app, ana, 'one', 'session-needs-login');
    await look();
    expect(kinds()).toEqual(told);
  });
});

describe('a race that cannot run', () => {
  test('is told a minute before with a page to book by hand, once; one that can run is not', async () => {
    const opensAt = new Date(clock.now().getTime() + 3 * MINUTE_MS);
    const id = await wish(opensAt);
    clock.set(new Date(opensAt.getTime() - 59_000));
    await look();
    expect(heard).toEqual([]);
    await app.cloud.pool.query(`update auth_sessions set status = 'needs-login' where session_type = 'background'`);
    clock.set(new Date(opensAt.getTime() - 61_000));
    await look();
    expect(heard).toEqual([]);
    clock.set(new Date(opensAt.getTime() - 59_000));
    await look();
    await look();
    expect(heard).toMatchObject([{ kind: 'prebooking-rescue', prebooking: { id } }]);
    expect(heard[0]?.text.en).toContain('booking opens in a minute and we have no login of yours that works');
    expect(heard[0]?.link).toBe(`https://puntual.example/classes?box=${boxId}&day=${MONDAY}`);
  });
});

describe('a place of tomorrow', () => {
  test('is called to mind at six in the evening before, once, by the box’s clock', async () => {
    const id = await wish(clock.now());
    for (const status of ['scheduled', 'claimed'])
      await app.cloud.pool.query('update prebookings set status = $2 where id = $1', [id, status]);
    await app.cloud.pool.query(
      `update prebookings set status = 'booked', outcome = 'booked', settled_at = $2 where id = $1`,
      [id, clock.now()],
    );
    clock.set(new Date('2026-03-01T16:59:00Z'));
    await look();
    expect(heard).toEqual([]);
    clock.set(new Date('2026-03-01T17:00:00Z'));
    await look();
    await look();
    expect(heard.map(({ text }) => text.es)).toEqual([
      'WOD 18:00, 02/03, Box Norte: recuerda que tienes plaza en esta clase. Si no puedes ir, devuélvela a tiempo, por favor.',
    ]);
  });
});

describe('a box that says until when a place can be given back without loss', () => {
  /** Writes a booked prebooking for a class that starts at `startsAt`; the place was won four days before `startsAt`. */
  async function won(startsAt: string): Promise<void> {
    clock.set(new Date(Date.parse(startsAt) - 4 * 24 * HOUR_MS));
    const id = await wish(clock.now(), new Date(startsAt));
    for (const status of ['scheduled', 'claimed', 'booked'])
      await app.cloud.pool.query('update prebookings set status = $2, settled_at = $3 where id = $1', [
        id,
        status,
        status === 'booked' ? clock.now() : null,
      ]);
  }
  const remindedAt = async (instant: string) => {
    clock.set(new Date(Date.parse(instant) - 1_000));
    await look();
    expect(heard).toEqual([]);
    clock.set(new Date(instant));
    await look();
    return heard.map(({ text }) => /hasta las (.*)\.$/.exec(text.es)?.[1]);
  };
  test.each([
    // The reminder of a class comes at 18:00 on the day before, or earlier if cancelling stops being free that evening. A time limit for free
    // cancelling that is over is not mentioned in the reminder.
    [60, '2026-03-02T17:00:00Z', '2026-03-01T17:00:00Z', '17:00 del 02/03'],
    [24 * 60, '2026-03-02T17:00:00Z', '2026-03-01T15:00:00Z', '18:00 del 01/03'],
    [12 * 60, '2026-03-02T06:00:00Z', '2026-03-01T16:00:00Z', '19:00 del 01/03'],
    [7 * 24 * 60, '2026-03-02T17:00:00Z', '2026-03-01T17:00:00Z', undefined],
    // Summer time begins on 29 March and ends on 25 October; when an hour comes twice in the night of a change, the earlier of the two is meant.
    [10 * 60, '2026-03-29T08:00:00Z', '2026-03-28T17:00:00Z', '23:00 del 28/03'],
    [10 * 60, '2026-10-25T09:00:00Z', '2026-10-24T16:00:00Z', '00:00 del 25/10'],
  ])('%s minutes before a class at %s reminds at %s: until %s', async (minutes, startsAt, at, until) => {
    await app.services.store.declareFreeCancel(boxId, minutes);
    await won(startsAt);
    expect(await remindedAt(at)).toEqual([until]);
    await look();
    expect(heard).toHaveLength(1);
    await app.services.store.declareFreeCancel(boxId, null);
  });
});

describe('a new device', () => {
  test('is told to those that were there, once; in the first hour, and of a device that comes again, nothing is', async () => {
    const { device } = await app.signIn('ana@example.test');
    await look();
    expect(kinds()).toEqual([]);
    clock.advance(2 * HOUR_MS);
    const again = { email: 'ana@example.test', password: new Secret('right'), fingerprint: device.fingerprint };
    await signIn(app.services, again);
    await look();
    expect(kinds()).toEqual([]);
    const { device: stranger } = await app.signIn('ana@example.test');
    await signIn(app.services, { ...again, fingerprint: stranger.fingerprint });
    await look();
    await look();
    expect(kinds()).toEqual(['device-new']);
    expect(heard[0]?.link).toBe('https://puntual.example/account');
  });
});

describe('the operator', () => {
  const ways: Record<string, string[]> = { mail: [], chat: [] };
  let isChatAway = false;
  const way = (name: 'mail' | 'chat'): OperatorWay => ({
    name,
    channel: async ({ kind }) => {
      if (name === 'chat' && isChatAway) throw new Failure('notice/unreachable', 'away');
      ways[name]?.push(kind);
    },
    target: { address: new Secret('x'), signingSecret: new Secret('y') },
  });
  let seen: Record<string, number> = {};
  const tell = () =>
    tellOperator({
      ...app.services,
      notifyOptions: { alerts: [way('mail'), way('chat')], seenHere: async () => seen },
    });

  test('hears of an alert once by each channel, and once when it is over; one away hears later', async () => {
    seen = { disk: 1 };
    isChatAway = true;
    await tell();
    await tell();
    expect(ways).toEqual({ mail: ['alert-disk'], chat: [] });
    isChatAway = false;
    await tell();
    await tell();
    expect(ways).toEqual({ mail: ['alert-disk'], chat: ['alert-disk'] });
    seen = {};
    await tell();
    await tell();
    expect(ways['mail']).toEqual(['alert-disk', 'alert-disk-over']);
    seen = { disk: 1 };
    clock.advance(MINUTE_MS);
    await tell();
    seen = {};
    await tell();
    expect(ways['chat']).toEqual(['alert-disk', 'alert-disk-over', 'alert-disk', 'alert-disk-over']);
  });

  test.each([
    [
      'nothing-updated',
      `insert into runs (id, job, started_at, finished_at, failure_code) values (gen_random_uuid(), 'refresh-background-sessions', $1, $1, 'refresh/nothing-updated')`,
    ],
    [
      'no-good-run',
      `insert into runs (id, job, started_at) values (gen_random_uuid(), 'refresh-background-sessions', $1::timestamptz - interval '41 minutes')`,
    ],
    [
      'gym-blocked',
      `insert into runs (id, job, started_at, finished_at, failure_code) values (gen_random_uuid(), 'sweep-prebookings', $1, $1, 'gym/blocked')`,
    ],
    ['clock-skew', `insert into skewed_deliveries values ('j', $1)`],
    [
      'dead-letters',
      `insert into outbox (user_id, kind, dedupe_key, created_at, given_up_at, last_error) select id, 'x', 'x', $1, $1, 'notice/gone: x' from members`,
    ],
  ])('hears of %s', async (kind, statement) => {
    await app.cloud.pool.query(statement, [clock.now()]);
    const news = await app.services.store.raiseNews(new Date(0), {}, clock.now());
    expect(news.map((one) => one.kind)).toContain(kind);
    await app.cloud.pool.query('delete from skewed_deliveries');
  });

  test('hears nothing when all is well', async () => {
    expect(
      await app.services.store.raiseNews(new Date(clock.now().getTime() - 40 * MINUTE_MS), {}, clock.now()),
    ).toEqual([]);
  });
});

describe('the dead-man address', () => {
  test('is called after a good run and not after a bad one; its own trouble fails no run', async () => {
    let calls = 0;
    let status = 200;
    const server = createServer((_, response) => {
      calls += 1;
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/key`;
    const http = createHttp({ allow: [originRule(address)] });
    const deadman = deadmanBy(http, new Secret(address));
    await runJob({ ...app.services, deadman }, REFRESH, 60_000);
    expect(calls).toBe(1);
    status = 500;
    await runJob({ ...app.services, deadman }, REFRESH, 60_000);
    expect(calls).toBe(2);
    expect(app.log.join('\n')).not.toContain('ping/key');
    const store = {
      ...app.services.store,
      surveyBackgroundSessions: () => Promise.reject(new Failure('database/unavailable', 'away')),
    };
    await expect(runJob({ ...app.services, store, deadman }, REFRESH, 60_000)).rejects.toMatchObject({
      code: 'database/unavailable',
    });
    expect(calls).toBe(2);
    await http.close();
    server.close();
  });
});
