// /metrics as Prometheus reads it: names that promtool accepts, few label values, counters that never go back, and a text whose length does not grow
// with the number of members.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { deliverNotices } from '../../services/notify/notify.ts';
import { createGate } from '../../services/renewal/gate.ts';
import { createApp } from '../../worker/app.ts';
import { measure } from '../../worker/monitor/measure.ts';
import { meterCall, meterGym } from '../../worker/monitor/metered.ts';
import { createMeters } from '../../worker/monitor/meters.ts';
import { VERSION } from '../../worker/version.ts';
import { ask, CRON_SECRET, OPERATOR_TOKEN, openApp, type TestApp } from '../routes/open-app.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { hasPromtool, promtool } from '../support/promtool.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';

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
  await app.cloud.pool.query('delete from members; delete from runs; delete from kept_counts');
  app.context.meters.requests.reset();
  for (const name of ['gymAnswers', 'manualBookings', 'manualCancellations', 'deviceSyncs', 'deviceRenewals'] as const)
    app.context.meters[name].reset();
});

const scrape = async () => (await app.ask('GET', '/metrics', { bearer: OPERATOR_TOKEN })).text;
/** Returns the value of the line of /metrics with this name and these labels. */
const sample = (text: string, line: string): number | undefined => {
  const found = text.split('\n').find((one) => one.startsWith(`puntual_${line} `));
  return found === undefined ? undefined : Number(found.split(' ').at(-1));
};
const sql = (text: string, values: unknown[] = []) => app.cloud.pool.query(text, values);
async function ended(status: string, decidedBy: string | undefined, count = 1): Promise<void> {
  const client = await app.cloud.pool.connect();
  try {
    // Database triggers are off in this connection: only a test may write a prebooking straight into its last state.
    await client.query('set session_replication_role = replica');
    await client.query(
      `insert into prebookings (id, user_id, box_id, day, time_id, status, opens_at, starts_at, receipt, settled_at, created_at, updated_at)
       select gen_random_uuid(), ub.user_id, ub.box_id, '20260302', n || $1 || coalesce($2, ''), $1, $3, $3,
         case when $2::text is not null then jsonb_build_object('decidedBy', $2::text, 'latenessMs', 3) end, $3, $3, $3
       from generate_series(1, $4::int) n, (select * from user_boxes limit 1) ub`,
      [status, decidedBy, SUNDAY_NOON, count],
    );
  } finally {
    await client.query('set session_replication_role = origin');
    client.release();
  }
}

describe.skipIf(!hasPromtool)('promtool', () => {
  const judge = async (text: string) =>
    expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });

  test('has nothing to say about an empty service', async () => judge(await scrape()));

  test('has nothing to say about one where everything has happened', async () => {
    const ana = await app.login('ana@example.test');
    await app.login('bea@example.test');
    const boxId = ana.boxes[0]?.id;
    await app.ask('POST', '/api/booking', { bearer: ana.bearer, body: { boxId, day: MONDAY, classId: '501' } });
    await app.ask('POST', '/api/auth/sync-device-session', {
      bearer: ana.bearer,
      body: { fingerprint: 'x', currentToken: 'y' },
    });
    await ended('booked', 'us');
    await ended('refused', 'crowd');
    await ended('missed', undefined);
    await sql(
      `insert into outbox (user_id, kind, dedupe_key, created_at) select id, 'prebooking-booked', id::text, $1 from members`,
      [clock.now()],
    );
    await deliverNotices(app.services);
    await sql(`update members set unplaced_boxes = '[{"name":"x","reason":"no-address"}]'`);
    clock.advance(20 * MINUTE_MS);
    await app.ask('GET', '/cron/refresh-tokens', { bearer: CRON_SECRET });
    await app.ask('GET', '/nowhere');
    const text = await scrape();
    await judge(text);
    await judge(`${await measure(app.services, 0)}\n`);
    expect(text).not.toMatch(/quantile=|milliseconds/);
  });

  test('would have found what it is asked to look for', async () => {
    const { code, said } = await promtool(['check', 'metrics'], '# HELP x_count y\n# TYPE x_count gauge\nx_count 1\n');
    expect([code, said]).toEqual([3, expect.stringContaining('"_count" suffix')]);
  });
});

describe('sessions', () => {
  test('have their rows, and the sums beside them', async () => {
    await app.login('ana@example.test');
    await app.login('bea@example.test');
    clock.advance(20 * MINUTE_MS);
    await app.gym.control.advance(20 * MINUTE_MS);
    await app.ask('GET', '/cron/refresh-tokens', { bearer: CRON_SECRET });
    const text = await scrape();
    expect(text.match(/^puntual_token_update_count\{session="[\w-]+"\} 1$/gm)).toHaveLength(2);
    expect(sample(text, 'token_updates_total')).toBe(2);
    expect(sample(text, 'background_sessions{status="live"}')).toBe(2);
    expect(sample(text, 'background_sessions{status="needs-login"}')).toBe(0);
    expect(sample(text, 'session_rows')).toBe(1);
    clock.advance(5 * MINUTE_MS);
    expect(sample(await scrape(), 'session_age_max_seconds')).toBe(5 * 60);
  });

  test('lose their rows, and nothing of the sums and alerts, where there are more than two thousand', async () => {
    await sql(
      `insert into members (platform_user_id, created_at) select 'm' || n, $1 from generate_series(1, 2001) n`,
      [clock.now()],
    );
    await sql(
      `insert into auth_sessions (user_id, session_type, fingerprint, chain, current_attempt, token_digest, last_token_update_date,
         last_seen_at, created_at, token_update_count, status)
       select id, 'background', 'f', gen_random_uuid(), gen_random_uuid(), 'd', $1, $1, $1, 3,
         case when row_number() over (order by id) = 1 then 'needs-login' else 'live' end from members`,
      [new Date(clock.now().getTime() - 41 * MINUTE_MS)],
    );
    const text = await scrape();
    expect(text).not.toContain('session="');
    expect(sample(text, 'session_rows')).toBe(0);
    expect(sample(text, 'token_updates_total')).toBe(6003);
    expect(sample(text, 'background_sessions{status="live"}')).toBe(2000);
    expect(sample(text, 'aged_sessions')).toBe(2000);
    expect(sample(text, 'queue_depth{queue="refresh"}')).toBe(2000);
    expect(sample(text, 'alert{alert="aged"}')).toBe(1);
    expect(sample(text, 'alert{alert="needs-login"}')).toBe(1);
    expect(sample(text, 'alert{alert="all-need-login"}')).toBe(0);
    await sql(`delete from members where id = (select min(id::text)::uuid from members)`);
    expect(await scrape()).toMatch(/^puntual_token_update_count\{session="/m);
  });
});

describe('counters', () => {
  test('do not go back when a member leaves', async () => {
    await app.login('ana@example.test');
    await sql('update auth_sessions set token_update_count = 7, token_success_count = 5');
    await ended('booked', 'us', 2);
    await ended('refused', 'crowd', 3);
    await ended('refused', 'something-new');
    await ended('missed', undefined);
    const names = [
      'token_updates_total',
      'token_update_successes_total',
      'prebookings_won_total{outcome="booked"}',
      'races_lost_total{cause="crowd"}',
      'races_lost_total{cause="unknown"}',
      'races_lost_total{cause="gym"}',
    ];
    const before = await scrape();
    expect(names.map((name) => sample(before, name))).toEqual([7, 5, 2, 3, 2, 0]);
    expect(sample(before, 'prebookings{status="refused"}')).toBe(4);
    await sql('delete from members');
    const after = await scrape();
    expect(names.map((name) => sample(after, name))).toEqual([7, 5, 2, 3, 2, 0]);
    expect(sample(after, 'prebookings{status="refused"}')).toBeUndefined();
    await app.login('ana@example.test');
    await ended('booked', 'us');
    await sql('delete from members');
    expect(sample(await scrape(), names[2] ?? '')).toBe(3);
  });

  test('count requests by the endpoint’s pattern and never by the path', async () => {
    await app.ask('GET', `/api/prebookings/${randomUUID()}`);
    await app.ask('GET', `/api/prebookings/${randomUUID()}`);
    await app.ask('GET', '/made/up/1');
    await app.ask('GET', '/made/up/2');
    await app.ask('DELETE', '/health');
    await app.ask('BREW', '/health');
    const text = await scrape();
    const route = '/api/prebookings/:id';
    expect(sample(text, `http_requests_total{method="GET",route="${route}",status="401"}`)).toBe(2);
    expect(sample(text, 'http_requests_total{method="GET",route="none",status="404"}')).toBe(2);
    expect(sample(text, 'http_requests_total{method="DELETE",route="none",status="405"}')).toBe(1);
    expect(text).toMatch(/^puntual_http_requests_total\{method="other",/m);
    expect(text).not.toContain('made/up');
    expect(text).not.toContain('BREW');
    expect(sample(text, 'http_request_duration_seconds_count')).toBeGreaterThanOrEqual(6);
  });

  test('count bookings, cancellations and syncs by hand by their outcome, and a repeated answer once', async () => {
    const { bearer, boxes, fingerprint, deviceToken } = await app.login('ana@example.test');
    const book = { boxId: boxes[0]?.id, day: MONDAY, classId: '501' };
    const first = await app.ask('POST', '/api/booking', { bearer, body: book, headers: { 'Idempotency-Key': 'k' } });
    await app.ask('POST', '/api/booking', { bearer, body: book, headers: { 'Idempotency-Key': 'k' } });
    await app.ask('POST', '/api/booking', { bearer, body: { ...book, boxId: randomUUID() } });
    const { reservationId } = first.json;
    await app.ask('DELETE', '/api/booking', { bearer, body: { boxId: book.boxId, day: MONDAY, reservationId } });
    const sync = (currentToken: string) =>
      app.ask('POST', '/api/auth/sync-device-session', { bearer, body: { fingerprint, currentToken } });
    await sync(deviceToken);
    await sync('wrong');
    await app.ask('POST', '/api/auth/token-update', { bearer, body: { fingerprint, token: deviceToken } });
    await sync(deviceToken);
    const text = await scrape();
    expect(text.match(/^puntual_(manual|device)_\w+_total\{.*$/gm)?.sort()).toEqual([
      'puntual_device_renewals_total{outcome="renewed"} 1',
      'puntual_device_syncs_total{outcome="in-step"} 1',
      'puntual_device_syncs_total{outcome="session/proof-refused"} 1',
      'puntual_device_syncs_total{outcome="synced"} 1',
      'puntual_manual_bookings_total{outcome="booked"} 1',
      'puntual_manual_bookings_total{outcome="box/missing"} 1',
      'puntual_manual_cancellations_total{outcome="cancelled"} 1',
    ]);
  });

  test('count the gym’s answers by kind, and time the database’s', async () => {
    const meters = createMeters();
    const gym = meterGym(app.services.gym, meters);
    const metered = createApp({ ...app.services, gym }, { ...app.context, meters });
    const signIn = (password: string) =>
      ask(metered, 'POST', '/api/auth/login', { body: { email: 'ana@example.test', password } });
    await signIn('right');
    await signIn('wrong');
    await app.gym.control.setKnob({ kind: 'status', op: 'login', code: 403, page: 'html', times: 1 });
    await signIn('right');
    gym.understandBook({ status: 200, body: '{"bookState":1,"id":"9"}', setCookie: [], receivedAtMs: 0 } as never);
    const call = meterCall(async () => Promise.reject(new Error('away')), meters, app.services.clock);
    await expect(call('x', {}, undefined as never)).rejects.toThrow('away');
    const text = await meters.expose(undefined);
    expect(sample(text, 'gym_answers_total{call="sign-in",kind="signed-in"}')).toBe(2);
    expect(sample(text, 'gym_answers_total{call="sign-in",kind="wrong-credentials"}')).toBe(1);
    expect(sample(text, 'gym_answers_total{call="sign-in",kind="gym/blocked"}')).toBe(1);
    expect(text).toMatch(/^puntual_gym_answers_total\{call="shot",kind="[\w-]+"\} 1$/m);
    expect(sample(text, 'database_call_duration_seconds_count{outcome="failed"}')).toBe(1);
  });
});

test('the breaker says which keys rest', async () => {
  const meters = createMeters();
  const gate = createGate(app.services);
  const turnedAway = { kind: 'turned-away', why: 'busy', retryAfterMs: 60_000 } as const;
  const before = await meters.expose(gate);
  expect([sample(before, 'gym_breaker_open{scope="gym"}'), sample(before, 'gym_breaker_open{scope="box"}')]).toEqual([
    0, 0,
  ]);
  for (const userId of ['a', 'b']) {
    const leave = gate.enter({ userId, boxes: ['norte'] });
    if (leave.kind === 'go') leave.done(turnedAway);
  }
  expect(sample(await meters.expose(gate), 'gym_breaker_open{scope="box"}')).toBe(1);
});

test('the loop’s lag is seen, and forgotten with the scrape that told it', async () => {
  const meters = createMeters();
  // The meter measures the event loop's lag every 20 ms; the test waits for one measurement before it blocks the loop and one after.
  const look = () => new Promise((resolve) => setTimeout(resolve, 50));
  await look();
  const until = performance.now() + 300;
  while (performance.now() < until);
  await look();
  expect(sample(await meters.expose(undefined), 'event_loop_lag_max_seconds')).toBeGreaterThan(0.1);
});

test('what runs is named as package.json names it', async () => {
  expect(VERSION).toBe(manifest.version);
  expect(await scrape()).toContain(`puntual_build_info{version="${VERSION}",node="${process.version}"} 1`);
  expect((await app.ask('GET', '/openapi.json')).json.info.version).toBe(VERSION);
});
