// Places that come free, over real sockets and a real database: each place is booked once, for the member whose watch is the oldest, whatever
// answers are lost. A watch that only notifies books nothing, and a watch ends when its time (`endsAt`) is over.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { MINUTE_MS } from '../support/hand-clock.ts';
import { MONDAY } from '../support/town.ts';
import { CHILD, openWatchTown, placeAtEight, type WatchTown } from './watch-town.ts';

let town: WatchTown;
beforeAll(async () => {
  town = await openWatchTown();
});
afterAll(() => town.stop());
beforeEach(() => town.again());

const reads = () => town.gym.control.history({ op: 'bookings', box: 'norte' });
const shots = async () => (await town.gym.control.history({ op: 'book' })).map(({ memberId }) => memberId);
/** Moves both clocks (the service's, the gym's) on by 30 s, `times` times, each time with a sweep and one read of the watched days that are due. */
const later = async (times = 3) => {
  for (let at = 0; at < times; at += 1) {
    await town.advance(30_000);
    await sweepPrebookings(town.services);
    await town.look();
  }
};

describe('a freed place', () => {
  test('is seen at the next look, taken once and told, with a receipt', async () => {
    const free = await town.fill();
    const { id } = await town.watch(1);
    expect(await town.look()).toBe(0);
    await free();
    await town.advance(450_000);
    expect(await town.look()).toBe(1);
    const row = await town.read(id);
    expect([row.status, row.outcome, await town.places(1)]).toEqual(['done', 'booked', ['1800_60 booked']]);
    expect(await shots()).toEqual([1]);
    expect(await town.notices()).toEqual(['place-taken']);
    const prebooking = await town.services.store.readPrebooking(row.prebooking_id ?? '');
    expect(prebooking).toMatchObject({ status: 'booked', receipt: { shots: 1, decidedBy: 'us' } });
    const tokens = await town.cloud.pool.query('select tokens from subscriptions where user_id = $1', [
      town.ids.get(1),
    ]);
    expect(tokens.rows[0]?.tokens).toBe(29);
  });

  test('goes to the earlier of two watches; the later one goes on and has the next', async () => {
    const free = await town.fill();
    const first = await town.watch(1);
    await town.advance(1);
    const second = await town.watch(2);
    await free();
    await town.look();
    expect(await shots()).toEqual([1]);
    expect([(await town.read(first.id)).status, (await town.read(second.id)).status]).toEqual(['done', 'watching']);
    await town.gym.control.changeSlot({ slot: { box: 'norte', day: MONDAY, id: 501 }, change: { limit: 2 } });
    await town.advance(225_000);
    await town.look();
    expect(await shots()).toEqual([1, 2]);
    expect((await town.read(second.id)).outcome).toBe('booked');
  });

  test('is taken once by two processes, which share the reads', async () => {
    const free = await town.fill();
    for (const member of [1, 2, 3]) await town.watch(member);
    await free();
    await Promise.all([town.look(), town.look(), town.look()]);
    expect(await shots()).toHaveLength(1);
    // The day's list is read by the watch, by the race before it sends, and as the race's read-back; `watch_reads` counts only the watch's read.
    expect((await town.cloud.pool.query('select count(*)::int as n from watch_reads')).rows[0]).toEqual({ n: 1 });
    expect((await reads()).length).toBe(3);
  });

  test('is told where only that was asked, and told again after it was full again', async () => {
    const free = await town.fill();
    await town.watch(1, { kind: 'tell' });
    await free();
    await town.look();
    await town.advance(450_000);
    await town.look();
    expect([await town.notices(), await shots()]).toEqual([['place-freed'], []]);
    const again = await town.fill();
    await town.advance(450_000);
    await town.look();
    await again();
    await town.advance(450_000);
    await town.look();
    expect(await town.notices()).toEqual(['place-freed', 'place-freed']);
  });

  test('that is gone when we ask leaves the watch on, and is told to no one', async () => {
    const free = await town.fill();
    const { id } = await town.watch(1);
    await free();
    await town.gym.control.setKnob({ kind: 'refuse', reason: 'full', times: 1 });
    await town.look();
    expect([(await town.read(id)).status, await town.notices()]).toEqual(['watching', []]);
    await town.advance(450_000);
    await town.look();
    expect([(await town.read(id)).outcome, await town.places(1)]).toEqual(['booked', ['1800_60 booked']]);
  });

  test('that the gym refuses for good ends the watch, with its reason', async () => {
    const { id } = await town.watch(1);
    await town.gym.control.setKnob({ kind: 'refuse', reason: 'no-credit' });
    await town.look();
    expect([(await town.read(id)).outcome, await town.notices()]).toEqual(['no-credit', ['prebooking-refused']]);
  });

  test('teaches nothing about when the box opens', async () => {
    const { rows: before } = await town.cloud.pool.query(
      'select opening_rule, learned_margin_ms, clock_evidence from boxes',
    );
    await town.watch(1);
    await town.look();
    expect(await shots()).toEqual([1]);
    const { rows: after } = await town.cloud.pool.query(
      'select opening_rule, learned_margin_ms, clock_evidence from boxes',
    );
    expect(after).toEqual(before);
    expect((await town.cloud.pool.query('select 1 from seen_openings')).rowCount).toBe(0);
  });
});

describe('an answer that is lost', () => {
  test.each(['before', 'after'] as const)('%s the effect is read back, and nothing is sent again', async (when) => {
    await town.gym.control.setKnob({ kind: 'same-hour', on: false });
    const { id } = await town.watch(1);
    await town.gym.control.setKnob({ kind: 'lose', op: 'book', when, how: 'reset', times: 1 });
    await town.look();
    await later();
    expect(await shots()).toEqual([1]);
    const { outcome } = await town.read(id);
    expect([outcome, await town.places(1)]).toEqual(
      when === 'after' ? ['booked', ['1800_60 booked']] : ['unconfirmed', []],
    );
    expect(await town.notices()).toEqual(when === 'after' ? ['place-taken'] : ['prebooking-unconfirmed']);
  });
});

describe('a watch', () => {
  test('ends at its time and says so, once', async () => {
    await town.fill();
    const { id, endsAt } = await town.watch(1);
    town.clock.set(new Date(endsAt.getTime() - 1));
    await town.look();
    expect((await town.read(id)).status).toBe('watching');
    town.clock.set(endsAt);
    await town.look();
    await town.look();
    expect([(await town.read(id)).outcome, await town.notices()]).toEqual(['not-freed', ['watch-ended']]);
  });

  test('ends when the gym calls the class off', async () => {
    await town.fill();
    const { id } = await town.watch(1);
    await town.gym.control.changeSlot({ slot: { box: 'norte', day: MONDAY, id: 501 }, change: { calledOff: true } });
    await town.look();
    expect([(await town.read(id)).outcome, await town.notices()]).toEqual([
      'class-cancelled',
      ['watch-class-cancelled'],
    ]);
  });

  test('of a member without a living login is told, and the place goes to the next one', async () => {
    const first = await town.watch(1);
    await town.advance(1);
    const second = await town.watch(2);
    await town.cloud.pool.query(
      `update auth_sessions set status = 'needs-login' where user_id = $1 and session_type = 'background'`,
      [town.ids.get(1)],
    );
    await town.look();
    expect([(await town.read(first.id)).status, (await town.read(second.id)).outcome]).toEqual(['watching', 'booked']);
    expect(await town.notices()).toEqual(['watch-at-risk', 'place-taken']);
  });

  test('whose login the gym has forgotten renews it and takes the place all the same', async () => {
    const { id } = await town.watch(1);
    await town.gym.control.setKnob({ kind: 'logout', op: 'bookings', times: 1 });
    await town.look();
    expect((await town.read(id)).outcome).toBe('booked');
  });

  test('ends where the member has booked by hand meanwhile', async () => {
    await town.fill();
    const { id } = await town.watch(1);
    await town.gym.control.changeSlot({ slot: { box: 'norte', day: MONDAY, id: 501 }, change: { limit: 2 } });
    await town.gym.control.bookByHand({ box: 'norte', day: MONDAY, id: 501, member: 1 });
    await town.look();
    expect([(await town.read(id)).outcome, await shots(), await town.notices()]).toEqual(['already-booked', [], []]);
  });
});

describe('a place on the waitlist', () => {
  /** Writes a waitlisted prebooking as a race stores it. */
  const waitlisted = async (member: number, familyId: number | null = null) => {
    const slot = { box: 'norte', day: MONDAY, id: 501 };
    await town.gym.control.bookByHand({ ...slot, member, waitlist: true, ...(familyId !== null && { familyId }) });
    const startsAt = new Date('2026-03-02T17:00:00Z');
    const { rows } = await town.cloud.pool.query<{ id: string }>(
      `insert into prebookings (user_id, box_id, day, class_id, time_id, class_name, waitlist, opens_at, starts_at, created_at, updated_at, family_id)
       values ($1, $2, $3, '501', '1800_60', 'WOD', true, $4, $5, $4, $4, $6) returning id`,
      [town.ids.get(member), town.boxId, MONDAY, town.clock.now(), startsAt, familyId],
    );
    const id = rows[0]?.id ?? '';
    for (const status of ['scheduled', 'claimed', 'armed'])
      await town.cloud.pool.query('update prebookings set status = $2, claim_epoch = 1 where id = $1', [id, status]);
    await town.services.store.settlePrebookings(
      [{ id, epoch: 1, status: 'waitlisted', outcome: 'waitlisted' }],
      town.clock.now(),
    );
    return id;
  };

  test('is watched by itself; moved up is told at the next look, and the calendar says so', async () => {
    const free = await town.fill();
    await town.services.store.keepCalendar(town.ids.get(1) ?? '', 'hash', town.clock.now());
    const id = await waitlisted(1);
    await town.services.store.refreshCalendars(town.clock.now());
    await town.look();
    expect(await town.notices()).toEqual(['prebooking-waitlisted']);
    await free();
    await town.advance(450_000);
    await town.look();
    expect(await town.places(1)).toEqual(['1800_60 booked']);
    expect(await town.notices()).toEqual(['prebooking-waitlisted', 'place-moved-up']);
    const calendar = await town.services.store.readCalendar('hash', town.clock.now());
    expect(calendar?.entries.map(({ state, sequence }) => [state, sequence > 0])).toEqual([['confirmed', true]]);
    // The reminder of a class comes on the evening before it, at six in the box's time zone.
    town.clock.set(new Date('2026-03-01T17:00:00Z'));
    await town.look();
    expect((await town.notices()).at(-1)).toBe('class-reminder');
    expect(await shots()).toEqual([]);
    expect((await town.services.store.readPrebooking(id))?.status).toBe('waitlisted');
  });

  test('of a child, moved up, leaves the entries of the member in the calendar as they are', async () => {
    const free = await town.fill();
    const userId = town.ids.get(1) ?? '';
    const states = async () => {
      const calendar = await town.services.store.readCalendar('hash', town.clock.now());
      return calendar?.entries.map(({ timeId, state }) => `${timeId} ${state}`);
    };
    await town.services.store.keepCalendar(userId, 'hash', town.clock.now());
    await waitlisted(1, CHILD);
    await town.services.store.refreshCalendars(town.clock.now());
    const startsAt = new Date('2026-03-02T19:00:00Z');
    const own = { timeId: '2000_60', className: 'WOD', state: 'confirmed', startsAt, endsAt: startsAt } as const;
    const seen = { userId, boxId: town.boxId, day: MONDAY, now: town.clock.now() };
    await town.services.store.notePlaces({ ...seen, mine: [own] });
    expect(await states()).toEqual(['1800_60 waitlisted', '2000_60 confirmed']);
    await free();
    await town.advance(450_000);
    await town.look();
    expect(await states()).toEqual(['1800_60 confirmed', '2000_60 confirmed']);
  });

  test('that the member has left is watched no longer, but a forgotten login proves nothing', async () => {
    await town.fill();
    await waitlisted(1);
    const { reservations } = await town.gym.control.truth({ member: 'm1@example.test' });
    await town.gym.control.cancelByHand({
      reservationId: reservations.find((one) => one.state === 'waitlisted')?.id ?? 0,
    });
    const outcomes = async () =>
      (await town.cloud.pool.query('select outcome from watches')).rows.map((row) => row.outcome);
    await town.gym.control.setKnob({ kind: 'logout', op: 'whoami' });
    await town.look();
    expect(await outcomes()).toEqual([null]);
    await town.gym.control.clearKnobs();
    await town.advance(450_000);
    await town.look();
    expect(await outcomes()).toEqual(['left']);
  });
});

test('a swap gives the other place back after the better one stands, and says so', async () => {
  const free = await town.fill();
  const instead = await placeAtEight(town, 1);
  const { id } = await town.watch(1, { instead });
  await free();
  await town.look();
  await later(1);
  expect([(await town.read(id)).outcome, await town.places(1)]).toEqual(['swapped', ['1800_60 booked']]);
  const changes = (await town.gym.control.history()).flatMap(({ effect }) => (effect ? [effect.what] : []));
  expect(changes.filter((what) => what === 'booked' || what === 'cancelled')).toEqual(['booked', 'cancelled']);
  expect(await town.notices()).toEqual(['place-swapped']);
});

test('an hour of looks stays within what a login bears', async () => {
  await town.fill();
  for (const member of [1, 2]) await town.watch(member);
  for (let minute = 0; minute < 60; minute += 1) {
    await town.look();
    await town.advance(MINUTE_MS);
  }
  const by = Map.groupBy(await reads(), ({ memberId }) => memberId);
  const counts = [...by.values()].map((list) => list.length);
  expect([counts.length, Math.max(...counts) <= 8, counts.reduce((a, b) => a + b) >= 15]).toEqual([2, true, true]);
});
