// Rules, exceptions, pauses, previews and the agenda over HTTP: their answers, and the errors of bad input.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type HandClock, handClock } from '../support/hand-clock.ts';
import { askedTwice, NEXT_DAY, OPEN_DAY, ruleTown, SUNDAY, THREE_DAYS } from '../support/rule-town.ts';
import { CRON_SECRET, type Login, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
let clock: HandClock;
let ana: Login;
let boxId: string;
beforeAll(async () => {
  clock = handClock(SUNDAY);
  app = await openApp(clock, ruleTown);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY);
  await app.gym.control.reset(ruleTown);
  await app.gym.control.freeze(SUNDAY.getTime());
  await app.cloud.pool.query(
    'delete from members; delete from boxes; delete from rate_buckets; delete from login_limits',
  );
  ana = await app.login('ana@example.test');
  boxId = ana.boxes[0]?.id ?? '';
  await app.services.store.declareOpeningRule({
    boxId,
    rule: THREE_DAYS,
    timeZone: 'Europe/Madrid',
    source: 'declared',
  });
});

const ask = (method: string, path: string, body?: unknown, bearer = ana.bearer, headers = {}) =>
  app.ask(method, path, { bearer, headers, ...(body !== undefined && { body }) });
const wish = (more: object = {}) => ({ boxId, weekday: 2, timeId: '1800_60', className: 'WOD', ...more });
const make = async (more: object = {}) => (await ask('POST', '/api/rules', wish(more))).json.rule;
const sweep = () => app.ask('POST', '/cron/sweep-prebookings', { bearer: CRON_SECRET });
const prebookings = async () => (await ask('GET', '/api/prebookings')).json.prebookings;

describe('a rule', () => {
  test('is written down with what the member should know, listed, changed and deleted with what waits', async () => {
    const made = await ask('POST', '/api/rules', wish());
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      rule: { ...wish(), waitlist: false, alternatives: [], from: null, until: null, paused: false, exceptions: [] },
      warnings: ['no-channel'],
      readiness: { level: 'green' },
      withdrawn: [],
    });
    const { id } = made.json.rule;
    expect((await ask('GET', '/api/rules')).json.rules).toEqual([made.json.rule]);
    const swept = await sweep();
    expect(swept.json).toMatchObject({ expanded: 1 });
    const [one] = await prebookings();
    expect(one).toMatchObject({ day: NEXT_DAY, ruleId: id });
    const changed = await ask('PUT', `/api/rules/${id}`, wish({ waitlist: true }));
    expect(changed.json).toMatchObject({ rule: { id, waitlist: true }, withdrawn: [], kept: [] });
    expect((await ask('DELETE', `/api/rules/${id}`)).json).toEqual({ withdrawn: [one.id], kept: [] });
    expect((await prebookings())[0]).toMatchObject({ id: one.id, status: 'withdrawn' });
    expect((await ask('DELETE', `/api/rules/${id}`)).json.error.code).toBe('rule/missing');
  });

  test('warns of an opening that is not known, of a zone that is assumed, and of another rule at that hour', async () => {
    await app.cloud.pool.query(
      `update boxes set opening_rule = null, opening_rule_source = 'unknown', time_zone_source = 'assumed'`,
    );
    await make({ timeId: '1830_60' });
    const { json } = await ask('POST', '/api/rules', wish());
    expect(json.warnings).toEqual(['overlaps', 'zone-assumed', 'opening-unsure', 'no-channel']);
    expect(json.readiness).toMatchObject({ level: 'amber', findings: [{ kind: 'opening-unsure' }] });
  });

  test('sent again under its Idempotency-Key is one rule', async () => {
    const headers = { 'Idempotency-Key': 'every-tuesday' };
    const [first, again] = [
      await ask('POST', '/api/rules', wish(), ana.bearer, headers),
      await ask('POST', '/api/rules', wish(), ana.bearer, headers),
    ];
    expect([again.status, again.json]).toEqual([201, first.json]);
    expect((await ask('POST', '/api/rules', wish({ className: ' wod ' }))).json.error.code).toBe('rule/duplicate');
  });

  test('that opens before the next sweep is asked for at once', async () => {
    await app.gym.control.freeze('2026-03-07T16:55:00Z');
    clock.set(new Date('2026-03-07T16:55:00Z'));
    ana = await app.login('ana@example.test');
    await make();
    expect(await prebookings()).toMatchObject([{ day: NEXT_DAY, opensAt: '2026-03-07T17:00:00.000Z' }]);
    expect(await askedTwice(app.cloud.pool)).toEqual([]);
  });

  test.each([
    ['neither hour nor class', { timeId: undefined, className: undefined }],
    ['a weekday that is none', { weekday: 8 }],
    ['an hour that is none', { timeId: '2500_60' }],
    ['days in the wrong order', { from: '20260310', until: '20260309' }],
    ['a day that does not exist', { from: '20260230' }],
    ['a field that is not known', { opensAt: '2026-03-10T17:00:00Z' }],
    ['six second choices', { alternatives: Array(6).fill({ timeId: '1900_60' }) }],
    ['a name that no database can hold', { className: 'W\u0000D' }],
  ])('with %s is refused: 400 request/invalid', async (_, change) => {
    const { status, json } = await ask('POST', '/api/rules', wish(change));
    expect([status, json.error.code]).toEqual([400, 'request/invalid']);
  });

  test.each([
    ['GET', 'preview', undefined],
    ['PUT', 'exceptions', { day: NEXT_DAY, skip: true }],
    ['DELETE', 'exceptions', { day: NEXT_DAY }],
  ])('of another member is none: %s %s', async (method, path, body) => {
    const { id } = await make();
    const bea = await app.login('bea@example.test');
    const answers = [
      await ask(method, `/api/rules/${id}/${path}`, body, bea.bearer),
      await ask(method, `/api/rules/${randomUUID()}/${path}`, body),
      await ask('PUT', `/api/rules/${id}`, wish(), bea.bearer),
    ];
    expect(answers.map(({ json }) => json.error.code)).toEqual(['rule/missing', 'rule/missing', 'rule/missing']);
  });

  test('is exported with its days, and pauses with it', async () => {
    await make();
    await ask('POST', '/api/pauses', { from: '20260401', to: '20260407' });
    await sweep();
    const { json } = await ask('GET', '/api/me/export');
    expect(json.rules).toMatchObject([
      { boxId, weekday: 2, days: expect.arrayContaining([expect.objectContaining({ day: NEXT_DAY })]) },
    ]);
    expect(json.pauses).toMatchObject([{ from: '20260401', to: '20260407', boxId: null }]);
  });
});

describe('an exception', () => {
  test('leaves a day out or asks for something else, and is named in the rule and the preview', async () => {
    const { id } = await make();
    const path = `/api/rules/${id}/exceptions`;
    expect((await ask('PUT', path, { day: NEXT_DAY, skip: true })).json.rule.exceptions).toEqual([
      { day: NEXT_DAY, skip: true },
    ]);
    const preview = (await ask('GET', `/api/rules/${id}/preview?weeks=2`)).json;
    expect(preview.days[1]).toMatchObject({ day: NEXT_DAY, state: 'rests', rests: 'skipped', exception: true });
    const other = await ask('PUT', path, { day: NEXT_DAY, timeId: '1900_60' });
    expect(other.json.rule.exceptions).toEqual([{ day: NEXT_DAY, skip: false, timeId: '1900_60' }]);
    expect((await ask('DELETE', path, { day: NEXT_DAY })).json.rule.exceptions).toEqual([]);
  });

  test.each([
    ['nothing but a day', { day: NEXT_DAY }, 400, 'request/invalid'],
    ['both at once', { day: NEXT_DAY, skip: true, timeId: '1900_60' }, 400, 'request/invalid'],
    ['another weekday', { day: '20260311', skip: true }, 422, 'rule/other-weekday'],
  ])('with %s is refused', async (_, body, status, code) => {
    const { id } = await make();
    const answer = await ask('PUT', `/api/rules/${id}/exceptions`, body);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  });
});

describe('a preview', () => {
  test('shows the coming weeks in the box’s zone, the change of the clock, and the day’s own words', async () => {
    await app.gym.control.setKnob({ kind: 'day-words', day: NEXT_DAY, words: ['Traed comba'] });
    const { id } = await make();
    await sweep();
    const { status, json } = await ask('GET', `/api/rules/${id}/preview?weeks=6`);
    expect([status, json.timeZone, json.days.length]).toEqual([200, 'Europe/Madrid', 6]);
    expect(json.days[0]).toMatchObject({ day: OPEN_DAY, state: 'open-already', shows: 'class-found' });
    expect(json.days[1]).toMatchObject({
      day: NEXT_DAY,
      startsAt: '2026-03-10T18:00:00+01:00',
      opensAt: '2026-03-07T18:00:00+01:00',
      state: 'asked',
      prebooking: { status: 'scheduled' },
      class: { timeId: '1800_60', name: 'WOD' },
      notices: ['Traed comba'],
      clockChange: null,
    });
    expect(json.days[4]).toMatchObject({
      day: '20260331',
      startsAt: '2026-03-31T18:00:00+02:00',
      opensAt: '2026-03-28T18:00:00+01:00',
      state: 'will-ask',
      clockChange: { at: '2026-03-29T03:00:00+02:00', offsetBefore: '+01:00', offsetAfter: '+02:00' },
    });
  });

  test('says what the gym was not asked for, and changes nothing', async () => {
    await app.gym.control.setKnob({ kind: 'status', code: 503, op: 'bookings' });
    const { id } = await make();
    const { status, json } = await ask('GET', `/api/rules/${id}/preview?weeks=2`);
    expect([status, json.days.map(({ shows }: { shows: string }) => shows)]).toEqual([200, ['not-asked', 'not-asked']]);
    expect(await prebookings()).toEqual([]);
    for (const weeks of ['0', '13', 'x']) {
      const { json: refused } = await ask('GET', `/api/rules/${id}/preview?weeks=${weeks}`);
      expect(refused.error.code).toBe('request/invalid');
    }
  });
});

describe('a pause', () => {
  test('takes back what waits for a rule, and names what is booked and what waits by hand inside; it gives nothing back', async () => {
    await make();
    await sweep();
    const [waiting] = await prebookings();
    const booked = await ask('POST', '/api/booking', { boxId, day: OPEN_DAY, classId: await classIdOf(OPEN_DAY) });
    expect(booked.json.outcome).toBe('booked');
    const byHand = await ask('POST', '/api/prebookings', {
      boxId,
      day: NEXT_DAY,
      timeId: '2000_60',
      className: 'Yoga',
    });
    const { status, json } = await ask('POST', '/api/pauses', { from: OPEN_DAY, to: '20260312' });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      pause: { from: OPEN_DAY, to: '20260312', boxId: null },
      withdrawn: [waiting.id],
      kept: [],
      stale: false,
    });
    expect(json.inside).toMatchObject([
      { day: OPEN_DAY, timeId: '1800_60', state: 'booked', reservationId: booked.json.reservationId },
      { day: NEXT_DAY, timeId: '2000_60', state: 'scheduled', id: byHand.json.prebooking.id },
    ]);
    const { reservations } = await app.gym.control.truth({ member: 'ana@example.test' });
    expect(reservations.map(({ state }) => state)).toEqual(['booked']);
    await sweep();
    expect(await prebookings()).toHaveLength(2);
    expect((await ask('GET', '/api/pauses')).json.pauses).toEqual([json.pause]);
    expect((await ask('DELETE', `/api/pauses/${json.pause.id}`)).json).toEqual({ removed: 1 });
    await sweep();
    const isAskedAgain = ({ id, day, status }: Record<string, string>) =>
      id !== byHand.json.prebooking.id && day === NEXT_DAY && status === 'scheduled';
    expect((await prebookings()).filter(isAskedAgain)).toHaveLength(1);
    expect((await ask('DELETE', `/api/pauses/${json.pause.id}`)).json.error.code).toBe('pause/missing');
  });

  test.each([
    ['days in the wrong order', { from: '20260310', to: '20260309' }, 400, 'request/invalid'],
    ['a box that is not yours', { from: '20260309', to: '20260310', boxId: randomUUID() }, 404, 'box/missing'],
  ])('with %s is refused', async (_, body, status, code) => {
    const answer = await ask('POST', '/api/pauses', body);
    expect([answer.status, answer.json.error.code]).toEqual([status, code]);
  });
});

async function classIdOf(day: string): Promise<string> {
  const { classes } = (await ask('GET', `/api/booking?day=${day}&boxId=${boxId}`)).json;
  return classes[0].id;
}

/** Writes a booked prebooking of the class WOD on OPEN_DAY; returns the prebooking's id. */
async function winPlace(reservationId: string): Promise<string> {
  const id = randomUUID();
  await app.cloud.pool.query(
    `insert into prebookings (id, user_id, box_id, day, time_id, class_name, opens_at, starts_at, created_at, updated_at)
     values ($1, $2, $3, $4, '1800_60', 'WOD', $5, '2026-03-03T17:00:00Z', $5, $5)`,
    [id, ana.userId, boxId, OPEN_DAY, SUNDAY],
  );
  for (const status of ['scheduled', 'claimed', 'armed', 'booked'])
    await app.cloud.pool.query('update prebookings set status = $2, reservation_id = $3 where id = $1', [
      ...[id, status, reservationId],
    ]);
  return id;
}

describe('the agenda', () => {
  test('is the gym’s own list and ours in one, by time', async () => {
    await make();
    await make({ timeId: '1900_60' });
    await sweep();
    // The member booked this place in the gym's own app.
    const hand = await app.gym.control.bookByHand({
      member: 'ana@example.test',
      box: 'norte',
      day: OPEN_DAY,
      timeid: '2000_60',
    });
    const { status, json } = await ask('GET', '/api/agenda?from=20260301&to=20260320');
    expect([status, json.stale, json.staleAt]).toEqual([200, false, null]);
    expect(
      json.items.map(({ kind, day, timeId, state }: Record<string, string>) => [kind, day, timeId, state]),
    ).toEqual([
      ['rule', OPEN_DAY, '1800_60', 'open-already'],
      ['rule', OPEN_DAY, '1900_60', 'open-already'],
      ['booking', OPEN_DAY, '2000_60', 'booked'],
      ['prebooking', NEXT_DAY, '1800_60', 'scheduled'],
      ['prebooking', NEXT_DAY, '1900_60', 'scheduled'],
    ]);
    expect(json.items[2]).toMatchObject({ className: 'Yoga', reservationId: String(hand.reservationId) });
  });

  test('shows a class that is watched for a free place, and keeps it in view when it is watched no longer', async () => {
    const wish = { boxId, day: OPEN_DAY, timeId: '2000_60', className: 'Yoga', then: 'tell' };
    const { watch } = (await ask('POST', '/api/watches', wish)).json;
    const items = async () => (await ask('GET', '/api/agenda?from=20260301&to=20260308')).json.items;
    const shown = { kind: 'watch', id: watch.id, day: OPEN_DAY, timeId: '2000_60', then: 'tell', endsAt: watch.endsAt };
    expect(await items()).toMatchObject([{ ...shown, state: 'watching' }]);
    await ask('DELETE', `/api/watches/${watch.id}`);
    expect(await items()).toMatchObject([{ ...shown, state: 'withdrawn' }]);
  });

  test('of days that are over is ours alone: the gym is not asked for them', async () => {
    const { reservationId } = await app.gym.control.bookByHand({
      ...{ member: 'ana@example.test', box: 'norte', day: OPEN_DAY, timeid: '1800_60' },
    });
    await winPlace(String(reservationId));
    clock.set(new Date('2026-03-10T12:00:00Z'));
    await app.gym.control.freeze('2026-03-10T12:00:00Z');
    ana = await app.login('ana@example.test');
    const asked = async () =>
      (await app.gym.control.history()).filter(({ op }) => op === 'bookings' || op === 'nextBookings').length;
    const before = await asked();
    const { json } = await ask('GET', '/api/agenda?from=20260301&to=20260309');
    expect([json.stale, json.items.map(({ state }: { state: string }) => state)]).toEqual([false, ['booked']]);
    expect(await asked()).toBe(before);
  });

  test('shows a place that was won here once, with the gym’s number and ours, and says when the gym lists it no more', async () => {
    const { reservationId } = await app.gym.control.bookByHand({
      ...{ member: 'ana@example.test', box: 'norte', day: OPEN_DAY, timeid: '1800_60' },
    });
    const id = await winPlace(String(reservationId));
    const items = async () => (await ask('GET', '/api/agenda?from=20260301&to=20260308')).json.items;
    expect(await items()).toMatchObject([
      { kind: 'booking', state: 'booked', id, reservationId: String(reservationId) },
    ]);
    await app.gym.control.cancelByHand({ reservationId: reservationId ?? 0 });
    expect(await items()).toMatchObject([{ kind: 'prebooking', state: 'given-back', id }]);
  });

  test('is said to be stale, with the instant, where the gym cannot be asked; ours is there all the same', async () => {
    await make();
    await sweep();
    await app.gym.control.setKnob({ kind: 'status', code: 503 });
    const { status, json } = await ask('GET', '/api/agenda?from=20260301&to=20260320');
    expect([status, json.stale, json.staleAt]).toEqual([200, true, SUNDAY.toISOString()]);
    expect(json.items.map(({ kind }: { kind: string }) => kind)).toEqual(['rule', 'prebooking']);
  });

  test.each([
    'from=20260302&to=20260301',
    'from=20260301&to=20270301',
    'from=20260230',
    'to=soon',
  ])('asked for %s is refused: 400 request/invalid', async (query) => {
    expect((await ask('GET', `/api/agenda?${query}`)).json.error.code).toBe('request/invalid');
  });
});
