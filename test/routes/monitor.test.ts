// The operator's views of the service agree: `/api/operator/monitor` (JSON), `/metrics` (text) and the page `/monitor`. `/ready` tells whether
// database, queue, disk and keyring are in order.
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { Failure } from '../../services/failures.ts';
import { createHttp } from '../../services/http.ts';
import type { Channel } from '../../services/notify/channel.ts';
import type { Message } from '../../services/notify/messages.ts';
import { deliverNotices } from '../../services/notify/notify.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { createApp } from '../../worker/app.ts';
import type { AppContext } from '../../worker/app-context.ts';
import { createProbes } from '../../worker/probes.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { ask, CRON_SECRET, OPERATOR_TOKEN, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
const clock = handClock(SUNDAY_NOON);
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query(
    'delete from members; delete from runs; delete from operator_alerts; delete from operator_news; delete from kept_counts',
  );
  await app.login('ana@example.test');
});

const refresh = () => app.ask('GET', '/cron/refresh-tokens', { bearer: CRON_SECRET });
const metrics = async () => (await app.ask('GET', '/metrics', { bearer: OPERATOR_TOKEN })).text;
const sample = (text: string, name: string, labels = ''): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`puntual_${name}`) && one.includes(labels));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};
async function later(minutes: number): Promise<void> {
  clock.advance(minutes * MINUTE_MS);
  await app.gym.control.advance(minutes * MINUTE_MS);
}

test('F18: a notice that could not be told is counted as unreachable, not as sent or waiting', async () => {
  const [{ id }] = (await app.cloud.pool.query('select id from members')).rows;
  await app.cloud.pool.query(
    `insert into outbox (user_id, kind, dedupe_key, created_at) values ($1, 'prebooking-booked', 'f18', $2)`,
    [id, clock.now()],
  );
  expect([sample(await metrics(), 'unsent_notices'), sample(await metrics(), 'unreachable_notices')]).toEqual([1, 0]);
  await deliverNotices(app.services);
  const text = await metrics();
  expect(sample(text, 'unsent_notices')).toBe(0);
  expect(sample(text, 'unreachable_notices')).toBe(1);
  expect(sample(text, 'unreachable_members')).toBe(1);
});

describe('a refresh over HTTP', () => {
  test('answers what it did, and its run row says the same', async () => {
    await later(18);
    const { status, json } = await refresh();
    expect([status, json]).toEqual([
      200,
      { runId: expect.any(String), due: 1, updated: 1, failed: 0, skipped: 0, durationMs: expect.any(Number) },
    ]);
    const { rows } = await app.cloud.pool.query('select * from runs where id = $1', [json.runId]);
    expect(rows[0]).toMatchObject({
      job: 'refresh-background-sessions',
      failure_code: null,
      report: { due: 1, updated: 1 },
      finished_at: clock.now(),
    });
  });

  test('that renewed nothing is a 500, and its run row has the code', async () => {
    await later(18);
    await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 500, page: 'html' });
    expect(await refresh()).toMatchObject({ status: 500, json: { error: { code: 'refresh/nothing-updated' } } });
    const { rows } = await app.cloud.pool.query('select failure_code, finished_at from runs');
    expect(rows).toEqual([{ failure_code: 'refresh/nothing-updated', finished_at: clock.now() }]);
  });

  test('with nothing due is a success', async () => {
    expect((await refresh()).json).toMatchObject({ due: 0, updated: 0 });
  });
});

describe('the metrics', () => {
  test('count every attempt, errors too, as the row does', async () => {
    await later(18);
    await refresh();
    await later(18);
    await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 500, page: 'html', times: 1 });
    await refresh();
    const { rows } = await app.cloud.pool.query(
      `select id, token_update_count, failure_streak from auth_sessions where session_type = 'background'`,
    );
    const text = await metrics();
    expect(sample(text, 'token_update_count', rows[0].id)).toBe(2);
    expect(rows[0].token_update_count).toBe(2);
    expect(sample(text, 'token_update_sum', rows[0].id)).toBe(1);
    expect([sample(text, 'token_updates_total'), sample(text, 'token_update_successes_total')]).toEqual([2, 1]);
    expect(sample(text, 'session_failure_streak', rows[0].id)).toBe(1);
    expect(sample(text, 'session_age_seconds', rows[0].id)).toBe(18 * 60);
    expect(sample(text, 'run_last_ok', 'refresh-background-sessions')).toBe(0);
    expect(text).toMatch(/# TYPE puntual_token_update summary/);
  });

  test('P1: say that every background session needs a login, though nothing is due and every run ends well', async () => {
    await app.cloud.pool.query("update auth_sessions set status = 'needs-login' where session_type = 'background'");
    await later(20);
    expect(await refresh()).toMatchObject({ status: 200, json: { due: 0 } });
    const text = await metrics();
    expect(sample(text, 'alert{', '"all-need-login"')).toBe(1);
    expect(sample(text, 'alert{', '"refresh-stopped"')).toBe(0);
    const { text: page } = await app.ask('GET', '/monitor', { bearer: OPERATOR_TOKEN });
    expect(page).toContain('every member must log in again');
    expect(app.log.some((line) => line.includes('alert: every background session needs a new login'))).toBe(true);
  });

  test('F6: a live session older than two cycles is alarmed on the page, in the metrics and at the operator’s channel, once', async () => {
    const heard: Message[] = [];
    const operator = { address: new Secret('https://operator.test/'), signingSecret: new Secret('op') };
    // The test looks only at `alert-aged` notices: after an hour without a successful refresh run, the service sends other alerts, too.
    const aged = () =>
      heard.filter(({ kind }) => kind.startsWith('alert-aged')).map(({ kind, text }) => [kind, text.en]);
    let isAway = true;
    const webhook: Channel = async (message) => {
      if (isAway) throw new Failure('notice/unreachable', 'away');
      heard.push(message);
    };
    const services = { ...app.services, notifyOptions: { operator, webhook } };
    const pass = async () => {
      await refreshBackgroundSessions(services, { runId: randomUUID(), only: 'troubled' });
      await sweepPrebookings(services);
    };
    await app.cloud.pool.query("update auth_sessions set next_attempt_at = 'infinity'");
    await later(39);
    await pass();
    expect(sample(await metrics(), 'alert{', '"aged"')).toBe(0);
    await later(1);
    await pass();
    isAway = false;
    expect(heard).toEqual([]);
    await pass();
    await pass();
    expect(aged()).toEqual([
      ['alert-aged', '1 background session not renewed for more than 40 minutes. Look at /monitor.'],
    ]);
    const text = await metrics();
    expect(sample(text, 'alert{', '"aged"')).toBe(1);
    expect(sample(text, 'aged_sessions')).toBe(1);
    const { text: page } = await app.ask('GET', '/monitor', { bearer: OPERATOR_TOKEN });
    expect(page).toContain('have not been renewed for more than 40 minutes');
    expect(page).not.toContain('All is well');
    await app.cloud.pool.query('update auth_sessions set next_attempt_at = null');
    await pass();
    await pass();
    expect(aged().map(([kind]) => kind)).toEqual(['alert-aged', 'alert-aged-over']);
    await app.cloud.pool.query("update auth_sessions set next_attempt_at = 'infinity'");
    await later(41);
    await pass();
    expect(aged().map(([kind]) => kind)).toEqual(['alert-aged', 'alert-aged-over', 'alert-aged']);
    expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length);
  });

  test('hold no session of a device', async () => {
    const text = await metrics();
    expect(text.match(/^puntual_token_update_count\{/gm)).toHaveLength(1);
    expect(sample(text, 'device_sessions')).toBe(1);
  });

  test('say how late the races were', async () => {
    await races([2, 4, 100]);
    const text = await metrics();
    expect(sample(text, 'race_lateness_p50_seconds')).toBe(0.004);
    expect(sample(text, 'race_lateness_max_seconds')).toBe(0.1);
    expect(sample(text, 'recent_races')).toBe(3);
    expect(sample(text, 'prebookings', 'status="booked"')).toBe(3);
  });
});

/** Writes settled prebookings straight into the table; the receipt of each holds one of these latenesses (in ms). */
async function races(latenessesMs: number[], words = 'We were first.'): Promise<void> {
  const { rows } = await app.cloud.pool.query('select ub.user_id, ub.box_id from user_boxes ub limit 1');
  const client = await app.cloud.pool.connect();
  try {
    // Database triggers are off in this connection: only a test may write a prebooking straight into its last state.
    await client.query('set session_replication_role = replica');
    for (const latenessMs of latenessesMs) {
      const receipt = JSON.stringify({ opensAt: SUNDAY_NOON.toISOString(), latenessMs, decidedBy: 'us', words });
      await client.query(
        `insert into prebookings (id, user_id, box_id, day, time_id, class_name, status, opens_at, starts_at, receipt, settled_at, created_at, updated_at)
         values ($1, $2, $3, '20260302', $4, 'WOD', 'booked', $5, $5, $6, $5, $5, $5)`,
        [randomUUID(), rows[0].user_id, rows[0].box_id, `${latenessMs}`, SUNDAY_NOON, receipt],
      );
    }
  } finally {
    await client.query('set session_replication_role = origin');
    client.release();
  }
}

describe('the page', () => {
  const page = () => app.ask('GET', '/monitor', { bearer: OPERATOR_TOKEN });

  test('opens to a browser by the operator’s token as password', async () => {
    const basic = (password: string) => ({
      Authorization: `Basic ${Buffer.from(`me:${password}`).toString('base64')}`,
    });
    expect((await app.ask('GET', '/monitor', { headers: basic(OPERATOR_TOKEN) })).status).toBe(200);
    const refused = await app.ask('GET', '/monitor', { headers: basic(CRON_SECRET) });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="puntual", charset="UTF-8"',
    ]);
  });

  test('says a race in the words of its receipt', async () => {
    await races([1], 'Somebody was faster.');
    expect((await page()).text).toContain('>Somebody was faster.</td>');
  });

  test('loads nothing, and runs the one script that its policy names by hash', async () => {
    const { headers, text } = await page();
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const scripts = [...text.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script);
    const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect([scripts.length, policy.endsWith(`script-src ${hashes[0]}`)]).toEqual([1, true]);
    expect(text).not.toMatch(/<script [^>]|src=|href="http|\son\w+=/);
  });

  test('names the box and its zone at an opening, and each instant for a machine', async () => {
    const { bearer, boxes } = await app.login('ana@example.test');
    const opensAt = '2026-03-01T17:00:00.000Z';
    const body = { boxId: boxes[0]?.id, day: MONDAY, timeId: '1800_60', className: 'WOD', opensAt };
    await app.ask('POST', '/api/prebookings', { bearer, body });
    const { text } = await page();
    expect(text).toContain('Box Norte (Europe/Madrid)');
    expect(text).toContain(`<time datetime="${opensAt}">`);
  });

  test('names the box and the class of a race that is over', async () => {
    await races([1], 'We were first.');
    expect((await page()).text).toMatch(/>Box Norte \(Europe\/Madrid\)<\/td><td [^>]*>WOD .*, 02\.03\.<\/td>/);
  });

  test('lists the refresh runs with what each did, and says when a count last changed', async () => {
    await later(18);
    await refresh();
    await later(18);
    await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 500, page: 'html' });
    await refresh();
    const { text } = await page();
    const runs = text.slice(text.indexOf('<h2>Refresh runs'), text.indexOf('<h2>Notices'));
    expect([...runs.matchAll(/data-head="Renewed">([^<]*)</g)].map(([, said]) => said)).toEqual([
      '0 of 1, 1 failed, 0 skipped',
      '1 of 1, 0 failed, 0 skipped',
    ]);
    expect(runs).toContain('refresh/nothing-updated');
    expect(text).toContain(`data-head="Last attempt"><time datetime="${clock.now().toISOString()}">`);
  });

  test('counts the notices that reached no channel, and says what to do about them', async () => {
    expect((await page()).text).toContain('Dead letters of thirty days: 0<');
    await app.cloud.pool.query(
      `insert into outbox (user_id, kind, dedupe_key, created_at, given_up_at) select id, 'prebooking-booked', 'dead', $1, $1 from members`,
      [clock.now()],
    );
    const { text } = await page();
    expect(text).toContain('Dead letters of thirty days: 1 to 1 of the members');
    expect(text).toContain('outbox.last_error says why');
  });

  test('shows what the operator is told of, and no thing twice', async () => {
    await app.cloud.pool.query(
      `insert into operator_news (kind, since, count, over_at)
       values ('gym-blocked', $1, 3, null), ('disk', $1, 1, $1), ('some-need-login', $1, 1, null)`,
      [clock.now()],
    );
    await app.cloud.pool.query("update auth_sessions set status = 'needs-login' where session_type = 'background'");
    const { text } = await page();
    expect(text).toContain('The gym turned us away (403) 3 times within an hour.');
    expect(text).not.toContain('DATA_DIR');
    expect(text.match(/must log in again/g)).toHaveLength(2);
  });

  test('says what to do at every alert, and tells states apart by a shape', async () => {
    await app.cloud.pool.query("update auth_sessions set status = 'needs-login' where session_type = 'background'");
    const { text } = await page();
    const found = text.match(/class="card bad"/g)?.length ?? 0;
    expect([found > 0, text.match(/What now\?/g)?.length]).toEqual([true, found]);
    expect(text).toMatch(/✕<\/span> needs login/);
  });

  test('draws how old the tokens are and how late races were, with the same in words', async () => {
    await later(20);
    await races([1, 3, 700], 'x');
    const { text } = await page();
    expect(text).toContain(
      'aria-label="Gym tokens by age, 1 in all: 0 below 18 minutes (due), 1 below 25 minutes (late)',
    );
    expect(text).toContain('aria-label="Lateness of the latest races, 3 in all: half at most 3.0 ms');
  });

  test('shows what others wrote as text', async () => {
    await races([1], '<img src=x onerror=alert(1)>');
    await app.cloud.pool.query(`update auth_sessions set last_token_update_error = '<b>"&'`);
    const { text } = await page();
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(text).toContain('&lt;b&gt;&quot;&amp;');
  });

  test('says that all is well after a good refresh, and cries when none came for 41 minutes', async () => {
    await refresh();
    expect((await page()).text).toContain('All is well.');
    clock.advance(41 * MINUTE_MS);
    expect((await page()).text).toContain('No refresh has ended well for more than 40 minutes.');
  });

  test('is calm after a first sign-in, and cries when no refresh came for 25 minutes', async () => {
    const never = 'There are sessions, and no refresh has ended well yet.';
    const alarmed = async () => sample(await metrics(), 'alert', 'never-refreshed');
    await later(24);
    const { text } = await page();
    expect([
      text.includes('All is well.'),
      text.includes('Last good refresh: none was due yet'),
      await alarmed(),
    ]).toEqual([true, true, 0]);
    await later(1);
    const late = (await page()).text;
    expect([late.includes(never), late.includes('Last good refresh: never'), await alarmed()]).toEqual([true, true, 1]);
  });
});

describe('what the operator’s screen is drawn from', () => {
  const shown = async () => (await app.ask('GET', '/api/operator/monitor', { bearer: OPERATOR_TOKEN })).json;

  test('has each session with its count and the last change of it, the runs, and the races with their boxes', async () => {
    await later(18);
    await refresh();
    await races([2, 100]);
    const { boxes } = await app.login('ana@example.test');
    const monitor = await shown();
    expect(monitor).toMatchObject({
      alerts: [],
      statuses: { live: 1 },
      dueMinutes: 18,
      lateMinutes: 25,
      refreshRuns: [{ finishedAt: clock.now().toISOString(), failureCode: null, counts: { due: 1, updated: 1 } }],
      lateness: { count: 2, p50: 2, max: 100 },
      prebookings: { booked: 2 },
      notices: { waiting: 0, deadLetters: 0 },
    });
    expect(monitor.sessions).toEqual([
      {
        id: expect.any(String),
        status: 'live',
        ageMinutes: 0,
        ...{ tokenUpdateCount: 1, tokenSuccessCount: 1, lastError: null },
        tokenUpdateCountChangedAt: clock.now().toISOString(),
      },
    ]);
    expect(monitor.races[0]).toMatchObject({ boxId: boxes[0]?.id, day: '20260302', className: 'WOD' });
  });

  test('holds nothing that names a member or opens a door', async () => {
    expect(JSON.stringify(await shown())).not.toMatch(/ana@|Ana|sealed|digest|wrapped|userId/i);
  });
});

describe('readiness', () => {
  const ready = (change: Partial<AppContext['probes']> = {}, services = app.services) =>
    ask(createApp(services, { ...app.context, probes: { ...app.context.probes, ...change } }), 'GET', '/ready');

  test('is given when everything answers', async () => {
    const { status, json } = await ready();
    expect(status).toBe(200);
    expect(json).toEqual({
      ready: true,
      checks: {
        database: { ok: true },
        queue: { ok: true },
        receipts: { ok: true },
        seal: { ok: true },
        clock: { ok: true, skewMs: 0 },
      },
    });
  });

  test('is not given without the queue', async () => {
    const { status, json } = await ready({ queue: () => Promise.reject(new Error('away')) });
    expect([status, json.checks.queue.ok, json.checks.database.ok]).toEqual([503, false, true]);
  });

  test('is not given while a received answer waits for more than three minutes to be written', async () => {
    const spool = { ...app.services.spool, waitingMs: () => 180_001 };
    const { status, json } = await ready({}, { ...app.services, spool });
    expect([status, json.checks.receipts.ok]).toEqual([503, false]);
  });

  test('P9: is not given by a database that can be read and not written', async () => {
    await app.cloud.pool.query(`create function no_room() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
      create trigger no_room before insert or update on rate_buckets for each row execute function no_room();
      create trigger no_room before insert on prebookings for each row execute function no_room()`);
    const { status, json } = await ready();
    await app.cloud.pool.query('drop trigger no_room on rate_buckets');
    const { bearer, boxes } = await app.login('bea@example.test');
    const body = { boxId: boxes[0]?.id, day: MONDAY, timeId: '1800_60', opensAt: '2026-03-02T09:00:00Z' };
    const wish = await app.ask('POST', '/api/prebookings', { bearer, body });
    await app.cloud.pool.query('drop function no_room cascade');
    expect([status, json.checks.database]).toEqual([503, { ok: false, reason: 'database/unavailable' }]);
    expect([wish.status, wish.json.error.code]).toEqual([503, 'database/unavailable']);
    expect((await ready()).status).toBe(200);
  });

  test('P9: is not given by a disk that is full', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'puntual-ready-'));
    const http = createHttp({ allow: [] });
    const secret = new Secret('x');
    const nowhere = { database: { url: '', publishableKey: '', secretKey: secret }, queue: { url: '', token: secret } };
    const { disk } = createProbes(http, nowhere, folder);
    expect((await ready({ disk })).status).toBe(200);
    // A file left by this probe would hold a block, into which the next probe could write even on a full disk.
    expect(await readdir(folder)).toEqual([]);
    // A link to a device that is always full stands in the place of the file `ready.probe`, so that writing fails.
    await symlink('/dev/full', join(folder, 'ready.probe'));
    const { status, json } = await ready({ disk });
    expect([status, json.checks.receipts]).toEqual([503, { ok: false, reason: 'stack/folder-unwritable' }]);
    await http.close();
    await rm(folder, { recursive: true });
  });

  test('is not given with a keyring that lost the key of a member', async () => {
    const seal = createSeal(new Secret(`k9:${Buffer.alloc(32).toString('base64')}`));
    const { status, json } = await ready({}, { ...app.services, seal });
    expect([status, json.checks.seal]).toEqual([503, { ok: false, reason: 'seal/unreadable' }]);
  });

  test.each([
    [-3_500, 503],
    [-2_900, 200],
    [1_900, 200],
    [2_100, 503],
  ])('with a database whose Date is %i ms from our clock is answered %i', async (offMs, status) => {
    const answer = await ready({ databaseTime: async () => new Date(clock.now().getTime() + offMs) });
    expect(answer.status).toBe(status);
  });

  test('is looked for once, however many ask at the same time', async () => {
    let looks = 0;
    const queue = async () => {
      looks += 1;
    };
    const handler = createApp(app.services, { ...app.context, probes: { ...app.context.probes, queue } });
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(handler, 'GET', '/ready')));
    expect([looks, new Set(answers.map(({ status }) => status))]).toEqual([1, new Set([200])]);
  });

  test('says nothing that a stranger should not know', async () => {
    const { text } = await ready({ queue: () => Promise.reject(new Error('canary-secret')) });
    expect(text).not.toContain('canary-secret');
  });
});

test('alive is alive whatever is away', async () => {
  expect((await app.ask('GET', '/health')).json).toEqual({ status: 'ok' });
});
