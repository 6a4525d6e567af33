// How many places a member can still win: a place that the service wins costs one plan token of the member, however often its result is stored. The
// plan token for a place is given back if the operator calls the race a fault of the service, or if the place was found only after the class began.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { supabaseToken } from '../identity/supabase-token.ts';
import { handClock } from '../support/hand-clock.ts';
import { MONDAY, SUNDAY_NOON } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
/** The start of the class, on Monday; the class opened on Sunday. */
const CLASS = new Date('2026-03-02T17:00:00Z');
let app: TestApp;
let ana: Login;
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.cloud.pool.query('delete from members');
  ana = await app.login('ana@example.test');
});

const sql = async (text: string, ...values: unknown[]) => (await app.cloud.pool.query(text, values)).rows;
const usage = async (bearer = ana.bearer) => (await app.ask('GET', '/api/usage', { bearer })).json;
const left = async () => (await usage()).tokens.current;
/** Makes a prebooking and moves it through the given states, as the jobs do; returns its id. */
async function prebooking(...states: string[]): Promise<string> {
  const [{ id }] = await sql(
    `insert into prebookings (user_id, box_id, day, time_id, opens_at, starts_at, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $5, $5) returning id`,
    ana.userId,
    ana.boxes[0]?.id,
    MONDAY,
    randomUUID(),
    SUNDAY_NOON,
    CLASS,
  );
  for (const state of states) await sql('update prebookings set status = $2 where id = $1', id, state);
  return id;
}
/** Ends some prebookings in one call, as the jobs do, with the given status, outcome and reservation. */
const settle = (ids: readonly string[], status: string, outcome: string, reservationId: string, now = SUNDAY_NOON) =>
  app.services.store.settlePrebookings(
    ids.map((id) => ({ id, epoch: 0, status: status as 'booked', outcome, reservationId })),
    now,
  );
const refunds = () =>
  sql('select prebooking_id as id, refund_reason as why from token_spends where refunded_at is not null');
const won = () => prebooking('scheduled', 'claimed', 'armed', 'booked');

describe('usage', () => {
  test('begins Free with thirty for a member that signs in at a gym', async () => {
    expect(await usage()).toEqual({
      tokens: { current: 30, max: 30, unlimited: false },
      plan: 'Free',
      status: 'active',
    });
  });

  test('is unlimited, minus one, for Pro', async () => {
    await sql(`update subscriptions set plan = 'pro', status = 'trialing'`);
    expect(await usage()).toEqual({
      tokens: { current: 30, max: -1, unlimited: true },
      plan: 'Pro',
      status: 'trialing',
    });
    await won();
    expect(await left()).toBe(30);
  });

  test('is missing for a member from Supabase alone, until a subscription is written', async () => {
    const sub = randomUUID();
    const bearer = await supabaseToken(app.cloud, { sub }, clock.now());
    expect(await app.ask('GET', '/api/usage', { bearer })).toMatchObject({
      status: 404,
      json: { error: { code: 'subscription/missing' } },
    });
    await sql(`insert into subscriptions (user_id, plan, tokens, status) values ($1, 'free', 7, 'active')`, sub);
    expect((await usage(bearer)).tokens.current).toBe(7);
  });

  test('is refused without a token', async () => {
    expect((await app.ask('GET', '/api/usage')).status).toBe(401);
  });
});

describe('a place', () => {
  test('that we won costs one token, however often and by whichever process it is settled', async () => {
    const id = await won();
    expect(await left()).toBe(29);
    await Promise.all([1, 2, 3].map(() => sql('select spend_token($1, $2, $3)', ana.userId, id, SUNDAY_NOON)));
    expect(await left()).toBe(29);
  });

  test('that only turned out to be won costs one, too', async () => {
    await prebooking('scheduled', 'claimed', 'armed', 'unknown', 'booked');
    expect(await left()).toBe(29);
  });

  test('that was refused, missed, withdrawn, unconfirmed, waited for or taken by hand costs nothing', async () => {
    await prebooking('scheduled', 'claimed', 'armed', 'refused');
    await prebooking('scheduled', 'missed');
    await prebooking('scheduled', 'withdrawn');
    await prebooking('scheduled', 'claimed', 'armed', 'unknown', 'unconfirmed');
    await prebooking('scheduled', 'claimed', 'armed', 'waitlisted');
    await prebooking('scheduled', 'claimed', 'booked');
    expect(await left()).toBe(30);
  });

  test('stays won when there was no token left, and none is owed', async () => {
    await sql('update subscriptions set tokens = 1');
    const ids = [await won(), await won()];
    expect(await left()).toBe(0);
    expect(await sql(`select status from prebookings where id = any ($1)`, ids)).toEqual([
      { status: 'booked' },
      { status: 'booked' },
    ]);
    await sql('select refund_token($1, $2, now())', ids[1], 'it had cost none');
    expect(await left()).toBe(0);
  });

  test('that stood there already by the member’s own hand costs nothing, even if we had been about to book it', async () => {
    const [before, meanwhile] = [
      await prebooking('scheduled', 'claimed'),
      await prebooking('scheduled', 'claimed', 'armed'),
    ];
    await settle([before, meanwhile], 'booked', 'already-booked', '1001');
    expect(await left()).toBe(30);
  });

  test('that two wishes turned out to have won costs one, whether they are settled together, one by one, or again', async () => {
    const unknown = () => prebooking('scheduled', 'claimed', 'armed', 'unknown');
    for (const apart of [false, true]) {
      const [first, second] = [await unknown(), await unknown()];
      const reservationId = `2${apart}`;
      if (apart) await Promise.all([first, second, first].map((id) => settle([id], 'booked', 'booked', reservationId)));
      else await settle([first, second], 'booked', 'booked', reservationId);
      await settle([first, second], 'booked', 'booked', reservationId);
    }
    expect(await left()).toBe(28);
    expect((await refunds()).map(({ why }) => why)).toEqual(Array(2).fill('one place, paid for already'));
    // This prebooking has a reservation of its own at the gym, with the id 3, so it costs one more plan token.
    await settle([await unknown()], 'booked', 'booked', '3');
    expect(await left()).toBe(27);
  });

  test('that we found only when its class had begun gives its token back', async () => {
    const [late, inTime] = [await prebooking('scheduled', 'claimed', 'armed', 'unknown'), await won()];
    await settle([late], 'booked', 'booked', '4', CLASS);
    expect(await refunds()).toEqual([{ id: late, why: 'found only after the class had begun' }]);
    expect(await sql('select prebooking_id as id from token_spends where refunded_at is null')).toEqual([
      { id: inTime },
    ]);
    expect((await app.services.store.readUsage(ana.userId, CLASS))?.tokens).toBe(29);
  });

  test('that the operator calls our fault gives its token back, once', async () => {
    const id = await won();
    const refunds = await Promise.all(
      [1, 2].map(() => sql('select refund_token($1, $2, now()) as n', id, 'the wrong hour')),
    );
    expect(refunds.map(([row]) => row.n).sort()).toEqual([0, 1]);
    expect(await left()).toBe(30);
  });

  test('ten at the same moment cost ten', async () => {
    const ids = await Promise.all([...Array(10)].map(() => prebooking('scheduled', 'claimed', 'armed')));
    await Promise.all(ids.map((id) => sql(`update prebookings set status = 'booked' where id = $1`, id)));
    expect(await left()).toBe(20);
  });
});

test('a new period begins a month after the last, on its own day, however late anybody looks', async () => {
  await sql('update subscriptions set tokens = 3');
  const later = async (at: string) => {
    clock.set(new Date(at));
    return (await app.services.store.readUsage(ana.userId, clock.now()))?.tokens;
  };
  expect([await later('2026-04-01T11:59:59Z'), await later('2026-04-01T12:00:00Z')]).toEqual([3, 30]);
  await sql('update subscriptions set tokens = 3');
  expect(await later('2026-07-20T00:00:00Z')).toBe(30);
  expect(await sql('select period_started_at from subscriptions')).toEqual([
    { period_started_at: new Date('2026-07-01T12:00:00Z') },
  ]);
});
