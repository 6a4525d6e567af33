// Swaps at a gym that loses answers, refuses requests, and asks the member to consent to a late cancellation: the member is never without a place,
// and is told if two places remain.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import { MONDAY } from '../support/town.ts';
import { openWatchTown, placeAtEight, placeOf, SUNDAY, type WatchTown, watchBox, watchTown } from './watch-town.ts';

let town: WatchTown;
beforeAll(async () => {
  town = await openWatchTown();
});
afterAll(() => town.stop());
beforeEach(() => town.again());

const later = async (times: number) => {
  for (let at = 0; at < times; at += 1) {
    await town.advance(30_000);
    await sweepPrebookings(town.services);
    await town.look();
  }
};
const all = async () => {
  const { reservations } = await town.gym.control.truth({ member: 'm1@example.test' });
  return reservations.filter((one) => one.state === 'booked').map((one) => `${one.day} ${one.timeid}`);
};
const cancels = async () => (await town.gym.control.history({ op: 'cancelBook' })).length;
/** The hours of the classes in which the service knows that it won a place and that the place was given back. */
const givenBack = async () => {
  const { rows } = await town.cloud.pool.query<{ time_id: string }>(
    'select time_id from prebookings where given_back_at is not null',
  );
  return rows.map((row) => row.time_id);
};
const BETTER = `${MONDAY} 1800_60`;

test.each<[string, KnobInput, number]>([
  ['lost before its effect', { kind: 'lose', op: 'cancelBook', when: 'before', how: 'reset', times: 1 }, 2],
  ['lost after its effect', { kind: 'lose', op: 'cancelBook', when: 'after', how: 'reset', times: 1 }, 1],
  [
    'a page of something in between',
    { kind: 'lose', op: 'cancelBook', when: 'after', how: 'bad-gateway', times: 1 },
    1,
  ],
  ['a failure in the gym’s words', { kind: 'answer', op: 'cancelBook', body: { cancelState: 3 }, times: 1 }, 2],
  ['a gym that is busy', { kind: 'status', op: 'cancelBook', code: 429, times: 1 }, 2],
  ['a login that the gym forgot', { kind: 'logout', op: 'cancelBook', times: 1 }, 2],
])('the answer to giving it back is %s: one place stands in the end, the better one', async (_what, knob, requests) => {
  const instead = await placeAtEight(town, 1);
  const { id } = await town.watch(1, { instead });
  await town.gym.control.setKnob(knob);
  await town.look();
  expect((await all()).length).toBeGreaterThan(0);
  await later(4);
  expect([await all(), (await town.read(id)).outcome]).toEqual([[BETTER], 'swapped']);
  expect(await cancels()).toBe(requests);
  expect(await town.notices()).toEqual(['place-swapped']);
});

// The call that cancels the old place throws instead of returning an answer. The swap's row says that the request was about to be sent, not whether
// the request was sent, so the service reads the gym's list before it cancels again.
test.each<[string, boolean, unknown]>([
  ['before the request left', false, new TypeError('fetch failed')],
  ['after the gym took it', true, new TypeError('terminated')],
  ['after the gym took it, by a deadline', true, new DOMException('late', 'TimeoutError')],
  ['after the gym took it, something that is no error', true, 'oops'],
])('a request that throws %s is looked for through the quiet period, not sent again', async (_what, leaves, thrown) => {
  const instead = await placeAtEight(town, 1);
  const { id } = await town.watch(1, { instead });
  const { gym } = town.services;
  let calls = 0;
  let lagging: Awaited<ReturnType<typeof gym.readDay>> | undefined;
  const cancel: typeof gym.cancel = async (key, at, wish) => {
    calls += 1;
    if (calls > 1) return gym.cancel(key, at, wish);
    // The gym's list still shows the cancelled place, as the real list may for some seconds.
    lagging = await gym.readDay(key, at, MONDAY);
    if (leaves) await gym.cancel(key, at, wish);
    throw thrown;
  };
  const readDay: typeof gym.readDay = async (...asked) => lagging ?? gym.readDay(...asked);
  const services = { ...town.services, gym: { ...gym, cancel, readDay } };
  await town.look(services);
  await town.advance(16_000);
  await town.look(services);
  expect(calls).toBe(1);
  lagging = undefined;
  await town.advance(5_000);
  await town.look(services);
  await later(2);
  expect([await all(), (await town.read(id)).outcome, calls]).toEqual([[BETTER], 'swapped', leaves ? 1 : 2]);
});

test('a place that would be given back at a loss stays, and the better one goes back', async () => {
  await town.again({ ...watchTown, boxes: [watchBox('norte', 77, { lateCancelMinutes: 180 })] });
  const instead = await placeOf(town, 1, { box: 'norte', boxId: town.boxId, day: SUNDAY, id: 503 });
  const { id } = await town.watch(1, { instead });
  await town.look();
  await later(2);
  expect([await all(), (await town.read(id)).outcome, await town.notices()]).toEqual([
    [`${SUNDAY} 1500_60`],
    'kept',
    ['swap-undone'],
  ]);
  expect(await givenBack()).toEqual(['1800_60']);
});

test('where neither goes back without a loss the member is told, and both stand until they act', async () => {
  await town.again({ ...watchTown, boxes: [watchBox('norte', 77, { lateCancelMinutes: 10_000 })] });
  const instead = await placeOf(town, 1, { box: 'norte', boxId: town.boxId, day: SUNDAY, id: 503 });
  const { id } = await town.watch(1, { instead });
  await town.look();
  await later(2);
  expect([(await all()).length, (await town.read(id)).status, await town.notices()]).toEqual([
    2,
    'swapping',
    ['swap-stuck'],
  ]);
  const { reservations } = await town.gym.control.truth({ member: 'm1@example.test' });
  await town.gym.control.cancelByHand({ reservationId: reservations.find((one) => one.day === SUNDAY)?.id ?? 0 });
  await later(11);
  expect([await all(), (await town.read(id)).outcome]).toEqual([[BETTER], 'swapped']);
  expect(await town.notices()).toEqual(['swap-stuck', 'place-swapped']);
});

test('a place that was not won gives nothing back', async () => {
  const instead = await placeAtEight(town, 1);
  const { id } = await town.watch(1, { instead });
  await town.gym.control.setKnob({ kind: 'refuse', reason: 'full' });
  await town.look();
  await later(2);
  expect([await all(), await cancels(), (await town.read(id)).status]).toEqual([[`${MONDAY} 2000_60`], 0, 'watching']);
});

test('a better place in doubt is looked for before anything is given back', async () => {
  const instead = await placeAtEight(town, 1);
  const { id } = await town.watch(1, { instead });
  await town.gym.control.setKnob({ kind: 'lose', op: 'book', when: 'before', how: 'reset', times: 1 });
  await town.look();
  await later(6);
  expect([await all(), await cancels(), (await town.read(id)).outcome]).toEqual([[`${MONDAY} 2000_60`], 0, 'kept']);
  expect(await town.notices()).toEqual(['swap-kept']);
});

test('the class given back is not called to mind', async () => {
  const instead = await placeAtEight(town, 1);
  const { rows } = await town.cloud.pool.query<{ id: string }>(
    `insert into prebookings (user_id, box_id, day, class_id, time_id, class_name, opens_at, starts_at, created_at, updated_at)
     values ($1, $2, $3, '502', '2000_60', 'WOD', $4, $5, $4, $4) returning id`,
    [town.ids.get(1), town.boxId, MONDAY, town.clock.now(), new Date('2026-03-02T19:00:00Z')],
  );
  for (const status of ['scheduled', 'claimed'])
    await town.cloud.pool.query('update prebookings set status = $2, claim_epoch = 1 where id = $1', [
      rows[0]?.id,
      status,
    ]);
  const { reservationId } = instead;
  const won = { id: rows[0]?.id ?? '', epoch: 1, status: 'booked' as const, outcome: 'already-booked', reservationId };
  await town.services.store.settlePrebookings([won], town.clock.now());
  await town.watch(1, { instead });
  await town.look();
  expect(await givenBack()).toEqual(['2000_60']);
  town.clock.set(new Date('2026-03-01T17:00:00Z'));
  expect(await town.services.store.postReminders(town.clock.now())).toBe(1);
  const { rows: told } = await town.cloud.pool.query(`select payload from outbox where kind = 'class-reminder'`);
  expect(told.map(({ payload }) => payload.prebookingId)).not.toContain(rows[0]?.id);
});

test('a step is one process’s at a time, and what comes late writes nothing', async () => {
  const instead = await placeAtEight(town, 1);
  await town.watch(1, { instead });
  const { store } = town.services;
  const idle = { ...town.services, store: { ...store, takeSwapSteps: async () => [] } };
  await town.look(idle);
  const now = town.clock.now();
  const [mine] = await store.takeSwapSteps('one', 60_000, 5, now);
  expect(await store.takeSwapSteps('two', 60_000, 5, now)).toEqual([]);
  expect((await store.takeSwapSteps('one', 60_000, 5, now))[0]?.epoch).toBe(mine?.epoch);
  await town.cloud.pool.query(`update watches set step_until = now() - interval '1 second'`);
  const [theirs] = await store.takeSwapSteps('two', 60_000, 5, now);
  const write = (epoch: number) => store.markSwapSent(mine?.id ?? '', epoch, now);
  expect([await write(mine?.epoch ?? 0), await write(theirs?.epoch ?? 0)]).toEqual([0, 1]);
  expect(await store.endSwapStep(mine?.id ?? '', mine?.epoch ?? 0, { outcome: 'swapped' }, now)).toBe(0);
});
