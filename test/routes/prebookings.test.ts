// Prebookings over HTTP: a member makes prebookings, and no other member can list, read or withdraw them.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../services/secret.ts';
import { createApp } from '../../worker/app.ts';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { ask, type Login, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
let ana: Login;
let bea: Login;
const clock = handClock(SUNDAY_NOON);
const OPENS_AT = '2026-03-02T09:00:00.000Z';
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.gym.control.reset(town);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from members');
  await app.cloud.pool.query('delete from rate_buckets');
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
});

const norte = () => ana.boxes[0]?.id;
const wish = (more: object = {}, bearer = ana.bearer) =>
  app.ask('POST', '/api/prebookings', {
    bearer,
    body: { boxId: norte(), day: MONDAY, timeId: '1800_60', className: 'WOD', opensAt: OPENS_AT, ...more },
  });

test('a wish is written down in the shape clients rely on', async () => {
  const { status, json } = await wish({ alternatives: [{ timeId: '1900_60' }], waitlist: true });
  expect(status).toBe(201);
  expect(json).toEqual({
    prebooking: {
      id: expect.any(String),
      boxId: norte(),
      day: MONDAY,
      classId: '501',
      timeId: '1800_60',
      className: 'WOD',
      waitlist: true,
      alternatives: [{ timeId: '1900_60' }],
      status: 'scheduled',
      opensAt: OPENS_AT,
      readiness: { level: 'green', findings: [], checkedAt: SUNDAY_NOON.toISOString() },
      createdAt: SUNDAY_NOON.toISOString(),
    },
    warnings: ['no-channel'],
  });
  expect(app.wakeUps.at(-1)?.prebookingId).toBe(json.prebooking.id);
});

describe('F17: a wish is taken, and the answer warns', () => {
  const webhook = (bearer: string) =>
    app.ask('PUT', '/api/notifications/webhook', { bearer, body: { url: 'https://hooks.example.com/x' } });

  test('of nothing where all is well', async () => {
    await webhook(ana.bearer);
    const { status, json } = await wish();
    expect([status, json.warnings, json.prebooking.readiness.level]).toEqual([201, [], 'green']);
  });

  test('of wishes at the same hour: the first of three hears nothing, the others do', async () => {
    await webhook(ana.bearer);
    const at = [{ timeId: '1900_60' }, { timeId: '1900_60', className: 'Open Box' }, { timeId: '1800_60' }];
    const answers = [];
    for (const more of at) answers.push((await wish(more)).json.warnings);
    expect(answers).toEqual([[], ['overlaps'], []]);
  });

  test('of a login that is dead, with the remedy beside it', async () => {
    await webhook(ana.bearer);
    await app.cloud.pool.query(
      `update auth_sessions set status = 'needs-login' where user_id = $1 and session_type = 'background'`,
      [ana.userId],
    );
    const { status, json } = await wish();
    expect([status, json.warnings]).toEqual([201, ['login-needed']]);
    expect(json.prebooking.readiness).toMatchObject({
      level: 'red',
      findings: [{ kind: 'no-session', remedy: expect.stringContaining('Sign in') }],
    });
  });

  test('of a class outside of the plan, of more wishes than tokens, of a rule that little speaks for', async () => {
    await webhook(ana.bearer);
    await app.gym.control.reset({
      ...town,
      boxes: (town.boxes ?? []).map((box) => ({
        ...box,
        slots: box.slots?.map((slot) => ({ ...slot, included: 0 as const })),
      })),
    });
    await app.gym.control.freeze(SUNDAY_NOON.getTime());
    [ana] = [await app.login('ana@example.test')];
    await app.cloud.pool.query('update subscriptions set tokens = 1');
    expect((await wish()).json.warnings).toEqual(['not-in-plan']);
    await app.services.store.declareOpeningRule({
      ...{
        boxId: norte() ?? '',
        rule: { kind: 'hours-before', hours: 8 },
        source: 'observed',
        timeZone: 'Europe/Madrid',
      },
    });
    const later = await wish({ timeId: '1900_60', opensAt: undefined });
    expect(later.json.warnings).toEqual(['opening-unsure', 'not-in-plan', 'quota']);
    await app.cloud.pool.query(`update subscriptions set plan = 'pro'`);
    expect((await wish({ timeId: '1900_60', className: 'Open Box' })).json.warnings).not.toContain('quota');
    await app.cloud.pool.query(
      `update boxes set opening_rule = null, opening_rule_source = 'unknown', time_zone_source = 'assumed'`,
    );
  });

  test('of a class that is called off, where another choice stands', async () => {
    await webhook(ana.bearer);
    const off = (town.boxes ?? []).map((box) => ({
      ...box,
      slots: box.slots?.map((slot) => (slot.id === 501 ? { ...slot, calledOff: true } : slot)),
    }));
    await app.gym.control.reset({ ...town, boxes: off });
    await app.gym.control.freeze(SUNDAY_NOON.getTime());
    [ana] = [await app.login('ana@example.test')];
    expect(await wish()).toMatchObject({ status: 409, json: { error: { code: 'prebooking/class-cancelled' } } });
    expect((await wish({ alternatives: [{ timeId: '2000_60' }] })).status).toBe(409);
    const taken = await wish({ alternatives: [{ timeId: '1900_60' }] });
    expect([taken.status, taken.json.warnings]).toEqual([201, ['class-cancelled']]);
    expect(taken.json.prebooking).toMatchObject({ timeId: '1800_60', className: 'WOD' });
  });

  test('F18: of a member without a channel warns, unless the operator hears of every member', async () => {
    expect((await wish()).json.warnings).toEqual(['no-channel']);
    const operator = { address: new Secret('https://op.example.com'), signingSecret: new Secret('x') };
    const handler = createApp({ ...app.services, notifyOptions: { operator } }, app.context);
    const body = { boxId: norte(), day: MONDAY, timeId: '1900_60', className: 'WOD', opensAt: OPENS_AT };
    const told = await ask(handler, 'POST', '/api/prebookings', { bearer: ana.bearer, body });
    expect([told.status, told.json.warnings]).toEqual([201, []]);
  });

  test('in the same words when it is asked again under its key', async () => {
    const headers = { 'Idempotency-Key': 'a-key' };
    const body = { boxId: norte(), day: MONDAY, timeId: '1800_60', className: 'WOD', opensAt: OPENS_AT };
    const asks = () => app.ask('POST', '/api/prebookings', { bearer: ana.bearer, body, headers });
    const [first, second] = [await asks(), await asks()];
    expect(second.json).toEqual(first.json);
    expect(first.json.warnings).toEqual(['no-channel']);
  });
});

describe('the light of a wish', () => {
  const light = async (id: string) =>
    (await app.ask('GET', `/api/prebookings/${id}`, { bearer: ana.bearer })).json.prebooking;
  const sql = (text: string, ...values: unknown[]) => app.cloud.pool.query(text, values);

  test('follows our rows at once, with what the last look at the gym found', async () => {
    const { id } = (await wish()).json.prebooking;
    expect((await light(id)).readiness).toMatchObject({ level: 'green', findings: [] });
    const seen = {
      level: 'amber',
      findings: [
        { kind: 'class-changed', remedy: 'x' },
        { kind: 'no-wake-up', remedy: 'x' },
      ],
    };
    await sql('update prebookings set readiness = $2 where id = $1', id, {
      ...seen,
      checkedAt: SUNDAY_NOON.toISOString(),
    });
    await sql(`update auth_sessions set status = 'needs-login' where session_type = 'background'`);
    const { readiness } = await light(id);
    expect(readiness).toEqual({
      level: 'red',
      findings: [
        { kind: 'no-session', remedy: expect.stringContaining('Sign in') },
        { kind: 'class-changed', remedy: expect.stringContaining('The gym changed the class') },
      ],
      checkedAt: SUNDAY_NOON.toISOString(),
    });
  });

  test('asks for no wake-up any more once the wish is being got ready', async () => {
    const { id } = (await wish()).json.prebooking;
    await sql(`update prebookings set message_id = null where id = $1`, id);
    expect((await light(id)).readiness).toMatchObject({ level: 'amber', findings: [{ kind: 'no-wake-up' }] });
    await sql(`update prebookings set status = 'claimed' where id = $1`, id);
    expect((await light(id)).readiness).toMatchObject({ level: 'green', findings: [] });
  });

  test('goes out when it is armed', async () => {
    const { id } = (await wish()).json.prebooking;
    await sql(`update prebookings set status = 'claimed' where id = $1`, id);
    expect(await light(id)).toHaveProperty('readiness');
    await sql(`update prebookings set status = 'armed' where id = $1`, id);
    expect(await light(id)).not.toHaveProperty('readiness');
  });
});

test('an opening in another zone’s notation is the same instant', async () => {
  expect((await wish({ opensAt: '2026-03-02T10:00:00+01:00' })).json.prebooking.opensAt).toBe(OPENS_AT);
});

test('the same wish twice is a duplicate', async () => {
  await wish();
  expect(await wish()).toMatchObject({ status: 409, json: { error: { code: 'prebooking/duplicate' } } });
});

test('a wish that is taken back leaves a row: 240 an hour and no more, and those of watches do not count', async () => {
  const { store } = app.services;
  const row = { day: MONDAY, classId: '501', timeId: '1800_60', className: 'WOD', waitlist: false, alternatives: [] };
  const write = (now: Date) =>
    store.createPrebooking({
      ...{ ...row, id: randomUUID(), userId: ana.userId, boxId: norte() ?? '', familyId: undefined },
      ...{ opensAt: new Date(OPENS_AT), startsAt: new Date('2026-03-02T17:00:00Z'), now },
    });
  // Prebookings that a watch made do not count towards a member's limit (240 prebookings an hour), however often the watch has tried to book.
  const watchedAt = new Date(SUNDAY_NOON.getTime() + 1);
  await app.cloud.pool.query(
    `with w as (insert into watches (id, user_id, box_id, day, time_id, kind, not_after, starts_at, ends_at, created_at, updated_at)
       values (gen_random_uuid(), $1, $2, '20260302', '2000_60', 'book', 90, $3, $3, $4, $4))
     insert into prebookings (id, user_id, box_id, day, time_id, class_name, opens_at, starts_at, created_at, updated_at)
     select gen_random_uuid(), $1, $2, '20260302', '2000_60', 'WOD', $3, $3, $4, $4`,
    [ana.userId, norte(), OPENS_AT, watchedAt],
  );
  for (let at = 0; at < 240; at += 1) {
    const now = new Date(SUNDAY_NOON.getTime() + at * 1_000);
    const { id } = await write(now);
    await store.withdrawPrebooking(id, ana.userId, now);
  }
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  const refused = await wish();
  expect([refused.status, refused.json.error.code, refused.headers.get('retry-after')]).toEqual([
    429,
    'request/limited',
    '3600',
  ]);
  const { rows } = await app.cloud.pool.query('select count(*)::int as n from prebookings where user_id = $1', [
    ana.userId,
  ]);
  expect(rows[0].n).toBe(241);
  expect((await wish({}, bea.bearer)).status).toBe(201);
  // An hour after the first of the 240 prebookings, the member may make another.
  await expect(write(new Date(SUNDAY_NOON.getTime() + 3_600_000))).resolves.toMatchObject({ status: 'scheduling' });
});

test('a member has sixteen wishes at one opening and eighty in all, however many are asked for at once', async () => {
  const opens = Date.parse(OPENS_AT);
  const row = { day: MONDAY, classId: '501', timeId: '1800_60', className: 'WOD', waitlist: false, alternatives: [] };
  /**
   * Writes prebookings into the store directly, because the endpoint has a rate limit of its own. Returns the error codes of the prebookings that the
   * store did not accept.
   */
  const many = async (count: number, opensAtMs: (at: number) => number) => {
    const wishes = Array.from({ length: count }, (_, at) =>
      app.services.store.createPrebooking({
        ...{ ...row, id: randomUUID(), userId: ana.userId, boxId: norte() ?? '', familyId: randomUUID() },
        ...{ opensAt: new Date(opensAtMs(at)), startsAt: new Date('2026-03-02T17:00:00Z'), now: clock.now() },
      }),
    );
    const ends = await Promise.allSettled(wishes);
    return ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
  };
  expect(await many(20, () => opens)).toEqual(Array(4).fill('prebooking/too-many'));
  expect(await many(70, (at) => opens - (at + 1) * 60_000)).toEqual(Array(6).fill('prebooking/too-many'));
  expect(await wish()).toMatchObject({ status: 409, json: { error: { code: 'prebooking/too-many' } } });
  const [first] = (await app.ask('GET', '/api/prebookings', { bearer: ana.bearer })).json.prebookings;
  await app.ask('DELETE', `/api/prebookings/${first.id}`, { bearer: ana.bearer });
  expect((await wish({ opensAt: '2026-03-02T01:00:00Z' })).status).toBe(201);
  expect((await wish({ opensAt: '2026-03-02T01:00:00Z' })).json.error.code).toBe('prebooking/duplicate');
  expect((await wish({}, bea.bearer)).status).toBe(201);
});

test('a wish without an opening, where the rule is not known, says so', async () => {
  expect(await wish({ opensAt: undefined })).toMatchObject({
    status: 422,
    json: { error: { code: 'prebooking/opening-unknown' } },
  });
});

test.each([
  { userId: 'x' },
  { opensAt: 'tomorrow' },
  { day: '20260230' },
  { alternatives: [{ slot: 1 }] },
  { alternatives: [{ className: 'a\0b' }] },
  { alternatives: [{ timeId: '\ud800' }] },
  { className: 'a\0b' },
  { boxId: '77' },
])('a wish with %j is refused', async (more) => {
  expect(await wish(more)).toMatchObject({ status: 400, json: { error: { code: 'request/invalid' } } });
});

test.each([
  ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:00', '9999-12-31T23:59:59-12:00', '9999-12-31T23:59:59Z'],
  ...['2020-01-01T00:00:00Z', '2025-03-01T16:59:59Z', '2026-03-02T17:00:00Z', '2026-03-02T18:00:00Z'],
])('a wish that is to open at %s is refused, and told what was expected', async (opensAt) => {
  const answer = await wish({ opensAt });
  expect([answer.status, answer.json.error]).toEqual([
    400,
    {
      code: 'request/invalid',
      message: 'Expected opensAt to be before the class begins (2026-03-02T17:00:00.000Z), by 366 days at most.',
    },
  ]);
});

test.each(['00010101', '19990301', '20270304', '99991231'])('a wish for %s is refused', async (day) => {
  const answer = await wish({ day });
  expect([day, answer.status]).toEqual([day, day < '2026' ? 409 : 400]);
});

test('a wish may open a second before the class begins, or a year', async () => {
  expect((await wish({ opensAt: '2026-03-02T16:59:59Z' })).status).toBe(201);
  expect((await wish({ opensAt: '2025-03-01T18:00:00Z', timeId: '1900_60', className: 'Open Box' })).status).toBe(201);
});

describe('a device that the gym has forgotten', () => {
  const forget = () => app.gym.control.setKnob({ kind: 'logout', op: 'bookings', times: 1 });

  test('is renewed for a wish as for anything by hand, and the class is found by its id', async () => {
    await forget();
    expect(await wish({ classId: '501', timeId: undefined, className: undefined })).toMatchObject({
      status: 201,
      json: { prebooking: { timeId: '1800_60', className: 'WOD' } },
    });
  });

  test('makes no class of what the gym does not list', async () => {
    await forget();
    expect(await wish({ timeId: '0315_60', className: 'Ghost', opensAt: '2026-03-02T01:00:00Z' })).toMatchObject({
      status: 404,
      json: { error: { code: 'prebooking/class-missing' } },
    });
  });

  test('that cannot be renewed is told to come again, and nothing is written', async () => {
    await app.gym.control.setKnob({ kind: 'logout', op: 'bookings' });
    await app.gym.control.setKnob({ kind: 'geo-block', op: 'tokenUpdate' });
    expect((await wish()).status).toBe(503);
    expect((await app.ask('GET', '/api/prebookings', { bearer: ana.bearer })).json.prebookings).toEqual([]);
  });
});

test('a class of a day that is not published yet is taken at the member’s word', async () => {
  expect(await wish({ day: '20260309', className: 'Murph', opensAt: '2026-03-08T17:00:00Z' })).toMatchObject({
    status: 201,
    json: { prebooking: { classId: null, className: 'Murph' } },
  });
});

describe('a member without tokens', () => {
  const paysFor = (plan: string, status: string) =>
    app.cloud.pool.query('update subscriptions set tokens = 0, plan = $2, status = $3 where user_id = $1', [
      ...[ana.userId, plan, status],
    ]);

  test('hears so when they wish, and until when', async () => {
    await paysFor('free', 'active');
    expect(await wish()).toMatchObject({
      status: 402,
      json: {
        error: {
          code: 'subscription/no-tokens',
          message: 'No tokens are left for what opens before 2026-04-01T12:00:00.000Z.',
        },
      },
    });
  });

  test('wishes all the same for what opens when tokens are back', async () => {
    await paysFor('free', 'active');
    const later = { day: '20260406', opensAt: '2026-04-01T12:00:00Z' };
    expect((await wish(later)).status).toBe(201);
  });

  test.each([
    ['pro', 'active', 201, -1],
    ['pro', 'past_due', 201, -1],
    ['pro', 'canceled', 402, 30],
    ['pro', 'unpaid', 402, 30],
  ])('who pays for %s that is %s is answered %i', async (plan, status, answer, max) => {
    await paysFor(plan, status);
    expect((await wish()).status).toBe(answer);
    expect((await app.ask('GET', '/api/usage', { bearer: ana.bearer })).json).toEqual({
      tokens: { current: 0, max, unlimited: max === -1 },
      plan: 'Pro',
      status,
    });
  });
});

test('a wish for a box one does not belong to is refused', async () => {
  const sur = bea.boxes.find((one) => one.subdomain === 'sur')?.id;
  expect(await wish({ boxId: sur })).toMatchObject({ status: 404, json: { error: { code: 'box/missing' } } });
});

test('a member sees their own, one by one and by status, and no others', async () => {
  const { id } = (await wish()).json.prebooking;
  const list = async (bearer: string, query = '') =>
    (await app.ask('GET', `/api/prebookings${query}`, { bearer })).json.prebookings;
  expect((await list(ana.bearer)).map((one: { id: string }) => one.id)).toEqual([id]);
  expect(await list(ana.bearer, '?status=scheduled')).toHaveLength(1);
  expect(await list(ana.bearer, '?status=booked')).toEqual([]);
  expect((await app.ask('GET', '/api/prebookings?status=dreamt', { bearer: ana.bearer })).status).toBe(400);
  expect(await list(bea.bearer)).toEqual([]);
  expect((await app.ask('GET', `/api/prebookings/${id}`, { bearer: ana.bearer })).json.prebooking.id).toBe(id);
  expect(await app.ask('GET', `/api/prebookings/${id}`, { bearer: bea.bearer })).toMatchObject({ status: 404 });
});

test('a member takes their own back, and no other member does', async () => {
  const { id } = (await wish()).json.prebooking;
  const withdraw = (bearer: string) => app.ask('DELETE', `/api/prebookings/${id}`, { bearer });
  expect(await withdraw(bea.bearer)).toMatchObject({ status: 404, json: { error: { code: 'prebooking/missing' } } });
  expect((await withdraw(ana.bearer)).json.prebooking).toMatchObject({ id, status: 'withdrawn' });
});

test('another member’s and one that never was are answered alike', async () => {
  const { id } = (await wish()).json.prebooking;
  const never = '00000000-0000-4000-8000-000000000000';
  for (const method of ['GET', 'DELETE']) {
    const [theirs, none] = await Promise.all(
      [id, never].map((one) => app.ask(method, `/api/prebookings/${one}`, { bearer: bea.bearer })),
    );
    expect(theirs?.text).toBe(none?.text);
  }
});
