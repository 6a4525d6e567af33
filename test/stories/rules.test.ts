// A member's rule at a box whose opening rule is unknown, over some weeks. The rule books Tuesdays across a summer-time change, and pauses while the
// member is away. The service tells the member of a holiday and of a changed timetable a day before the rule's class would open. Deleting the rule
// withdraws the rule's prebookings that no race has claimed. Sockets are real, openings pass in real time, and the days between are skipped.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { type Clock, systemClock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { ScenarioInput, SlotInput } from '../../simulator/scenario.ts';
import { CRON_SECRET, type Login, openApp, type TestApp } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { askedTwice } from '../support/rule-town.ts';

/** The time from the race's start to the opening, in ms: enough for a race to be ready on a busy machine. */
const LEAD_MS = 1_500;
const SUNDAY_NOON = new Date('2026-03-15T12:00:00Z');
const WEEKS = ['20260317', '20260324', '20260331', '20260407', '20260414', '20260421', '20260428', '20260505'] as const;
const [FIRST, SECOND, THIRD, HOLIDAY, AWAY, MOVED, CLAIMED, WAITING] = WEEKS;

const wod = (day: string, time = '18:00 - 19:00'): SlotInput => ({
  day,
  time,
  classId: 5,
  className: 'WOD',
  limit: 12,
});
/** The box opens classes three days before each class, at the class's hour; the gym publishes its classes two weeks ahead. */
const town: ScenarioInput = {
  boxes: [
    {
      ...{ slug: 'norte', boid: 77, name: 'Box Norte', opening: { kind: 'days-before', days: 3 } },
      slots: [wod(FIRST), wod(SECOND)],
    },
  ],
  members: [{ id: 1, name: 'Ana', email: 'ana@example.test', password: 'right', boxes: ['norte'] }],
};

let offsetMs = 0;
/** The system's clock plus `offsetMs`. The test sets `offsetMs` to jump from one opening to the next. */
const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + offsetMs) };
let app: TestApp;
let ana: Login;
beforeAll(async () => {
  app = await openApp(clock, town);
});
afterAll(() => app.stop());

async function goTo(at: string | Date): Promise<void> {
  offsetMs = new Date(at).getTime() - Date.now();
  await app.gym.control.followSystem(offsetMs);
}
/** Signs the member in again, because the story continues on another day. */
const signIn = async () => {
  ana = await app.login('ana@example.test');
};
const ask = (method: string, path: string, body?: unknown) =>
  app.ask(method, path, { bearer: ana.bearer, ...(body !== undefined && { body }) });
const sweep = async () =>
  expect((await app.ask('POST', '/cron/sweep-prebookings', { bearer: CRON_SECRET })).status).toBe(200);
const all = async () => (await app.services.store.readMemberPrebookings(ana.userId, undefined, 100)).toReversed();
const on = async (day: string): Promise<Prebooking | undefined> => (await all()).find((one) => one.day === day);
const stands = async () => Object.fromEntries((await all()).map(({ day, status }) => [day, status]));
const told = async () =>
  (await app.cloud.pool.query(`select payload from outbox where kind = 'rule-changed' order by id`)).rows.map(
    ({ payload }) => [payload.day, payload.finding, payload.gymSaid],
  );
async function race(day: string, at?: Date): Promise<Prebooking | undefined> {
  const one = await on(day);
  if (at) await goTo(new Date(at.getTime() - LEAD_MS));
  await executePrebooking(app.services, { prebookingId: one?.id ?? '' });
  return on(day);
}
const shots = () => app.gym.control.history({ op: 'book' });
const publish = (day: string, time?: string) => app.gym.control.addSlot({ box: 'norte', ...wod(day, time) });

test('a rule made on Sunday, week after week', { timeout: limitMs(180_000) }, async () => {
  await goTo(SUNDAY_NOON);
  await signIn();
  const boxId = ana.boxes[0]?.id ?? '';

  // The answer warns that the box's opening rule is unknown. Each of the two Tuesdays that the gym has published gets a prebooking that is due at
  // once.
  const made = await ask('POST', '/api/rules', { boxId, weekday: 2, timeId: '1800_60', className: 'WOD' });
  expect([made.status, made.json.warnings]).toEqual([201, ['zone-assumed', 'opening-unsure', 'no-channel']]);
  const { id } = made.json.rule;
  await sweep();
  expect((await on(FIRST))?.ruleId).toBe(id);
  const unsure = (await ask('GET', `/api/prebookings/${(await on(SECOND))?.id}`)).json.prebooking;
  expect(unsure.readiness.findings).toMatchObject([{ kind: 'opening-unsure' }]);
  // The first Tuesday's class can already be booked; when the gym refuses the second Tuesday's, it says how many days ahead a class can be booked.
  expect(await race(FIRST)).toMatchObject({ status: 'booked' });
  expect(await race(SECOND)).toMatchObject({ status: 'scheduling', opensAt: new Date('2026-03-21T17:00:00Z') });
  expect((await app.services.store.readBox(boxId))?.openingRule).toEqual({ kind: 'days-before', days: 3 });

  // Summer time begins between the opening of the third Tuesday's class and that class.
  const { days } = (await ask('GET', `/api/rules/${id}/preview?weeks=4`)).json;
  expect(days.map(({ day, state }: { day: string; state: string }) => [day, state])).toEqual([
    [FIRST, 'asked'],
    [SECOND, 'asked'],
    [THIRD, 'will-ask'],
    [HOLIDAY, 'will-ask'],
  ]);
  expect(days[2]).toMatchObject({
    opensAt: '2026-03-28T18:00:00+01:00',
    startsAt: '2026-03-31T18:00:00+02:00',
    clockChange: { offsetBefore: '+01:00', offsetAfter: '+02:00' },
  });

  expect(await race(SECOND, new Date('2026-03-21T17:00:00Z'))).toMatchObject({ status: 'booked' });
  await publish(THIRD);
  await sweep();
  const inWinter = new Date('2026-03-28T17:00:00Z');
  expect(await on(THIRD)).toMatchObject({ opensAt: inWinter, startsAt: new Date('2026-03-31T16:00:00Z') });
  expect(await race(THIRD, inWinter)).toMatchObject({ status: 'booked', outcome: 'booked' });
  expect(
    (await shots()).filter(({ asked, simAtMs }) => asked['day'] === THIRD && simAtMs < inWinter.getTime() - 1_000),
  ).toEqual([]);

  // A holiday: the gym publishes the day without a class, and with a text in which the box says that it is closed. The member is told of the holiday
  // once, a day before the class would open.
  await app.gym.control.setKnob({ kind: 'day-words', day: HOLIDAY, words: ['Cerrado por festivo'] });
  await goTo('2026-04-01T12:00:00Z');
  await sweep();
  expect([await on(HOLIDAY), await told()]).toEqual([undefined, []]);
  for (const at of ['2026-04-03T16:05:00Z', '2026-04-03T23:00:00Z']) {
    await goTo(at);
    await sweep();
  }
  expect(await told()).toEqual([[HOLIDAY, 'class-gone', 'Cerrado por festivo']]);

  // The member is away in the week of the day `AWAY`: the prebooking for this day is withdrawn, and no race is run for it.
  await publish(AWAY);
  await goTo('2026-04-06T12:00:00Z');
  await signIn();
  await sweep();
  const waiting = await on(AWAY);
  expect(waiting).toMatchObject({ status: 'scheduled', opensAt: new Date('2026-04-11T16:00:00Z') });
  const pause = await ask('POST', '/api/pauses', { from: '20260413', to: '20260419' });
  expect(pause.json).toMatchObject({ withdrawn: [waiting?.id], kept: [], inside: [], stale: false });
  await sweep();
  expect((await all()).filter(({ day }) => day === AWAY).map(({ status }) => status)).toEqual(['withdrawn']);

  // The timetable has changed: on the day `MOVED` the class is half an hour later. The service does not book the moved class without asking the
  // member.
  await publish(MOVED, '18:30 - 19:30');
  await goTo('2026-04-15T12:00:00Z');
  await sweep();
  await goTo('2026-04-17T16:05:00Z');
  await sweep();
  expect((await told()).slice(1)).toEqual([[MOVED, 'class-gone', undefined]]);
  expect(await on(MOVED)).toBeUndefined();

  // The rule is deleted while it has a claimed prebooking and a waiting one. A prebooking that the member made by hand stays.
  await publish(CLAIMED);
  await publish(WAITING);
  await app.gym.control.addSlot({ box: 'norte', ...wod(WAITING, '20:00 - 21:00') });
  await goTo('2026-04-25T15:00:00Z');
  await signIn();
  await sweep();
  await sweep();
  const byHand = await ask('POST', '/api/prebookings', { boxId, day: WAITING, timeId: '2000_60', className: 'WOD' });
  expect(byHand.status).toBe(201);
  const [claimed, last] = [
    await on(CLAIMED),
    (await all()).find(({ day, ruleId }) => day === WAITING && ruleId === id),
  ];
  // The later of the rule's two waiting prebookings has its opening too far ahead for a wake-up in the queue.
  expect([claimed?.status, last?.status]).toEqual(['scheduled', 'scheduling']);
  await app.cloud.pool.query(`update prebookings set status = 'claimed' where id = $1`, [claimed?.id]);
  const gone = await ask('DELETE', `/api/rules/${id}`);
  expect(gone.json).toEqual({ withdrawn: [last?.id], kept: [claimed?.id] });
  await goTo('2026-04-25T15:30:00Z');
  await sweep();
  expect(await stands()).toMatchObject({
    [FIRST]: 'booked',
    [SECOND]: 'booked',
    [THIRD]: 'booked',
    [AWAY]: 'withdrawn',
    [CLAIMED]: 'claimed',
  });
  expect((await all()).filter(({ day }) => day === WAITING).map(({ timeId, status }) => [timeId, status])).toEqual([
    ['1800_60', 'withdrawn'],
    ['2000_60', 'scheduling'],
  ]);

  expect(await askedTwice(app.cloud.pool)).toEqual([]);
  const { reservations } = await app.gym.control.truth({ member: 'ana@example.test' });
  expect(reservations.filter(({ state }) => state === 'booked')).toHaveLength(3);
});
