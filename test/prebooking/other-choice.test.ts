// A race that wins another choice than the first: the member is told of the class that was won, and everything that follows names that class.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import { messageOf } from '../../services/notify/messages.ts';
import { startOf } from '../../services/prebooking/class-choice.ts';
import { classStartsAt } from '../../services/prebooking/opening-rule.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { type Batch, emailOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LATER = { id: 502, time: '19:00 - 20:00' } as const;
const YOGA = { id: 503, className: 'Yoga', classId: 7 } as const;
const LOST = { kind: 'lose', when: 'after', how: 'reset', op: 'book', skip: 1, times: 1 } as const;
const CASES: readonly (Batch & { wish: object; isLost?: true })[] = [
  { name: 'hour', slots: [{ limit: 0 }, LATER], wish: { alternatives: [{ timeId: '1900_60' }] } },
  { name: 'class', slots: [{ limit: 0 }, YOGA], wish: { alternatives: [{ className: 'Yoga' }] } },
  { name: 'lost', slots: [{ limit: 0 }, LATER], wish: { alternatives: [{ timeId: '1900_60' }] }, isLost: true },
  {
    name: 'queue',
    slots: [{ calledOff: true }, { ...LATER, limit: 0, waitlist: true }],
    wish: { alternatives: [{ timeId: '1900_60' }], waitlist: true },
  },
  { name: 'first', slots: [{}, LATER], wish: { alternatives: [{ timeId: '1900_60' }] } },
];

let app: TestService;
let day: string;
const wishes = new Map<string, Prebooking>();
const wishOf = (name: string) => wishes.get(name) ?? expect.fail(`Expected a wish in ${name}.`);
const stands = (name: string) => app.services.store.readPrebooking(wishOf(name).id);
const rows = async (sql: string, ...values: unknown[]) => (await app.cloud.pool.query(sql, values)).rows;

beforeAll(async () => {
  const soon = someDay();
  day = soon.day;
  app = await startService(raceTown(CASES, soon), systemClock);
  for (const { name, wish } of CASES) wishes.set(name, await wishIn(app, name, soon, wish));
  for (const { name, isLost } of CASES) if (isLost) await app.gym.control.setKnob({ ...LOST, member: emailOf(name) });
  for (const one of wishes.values()) await app.services.store.keepCalendar(one.userId, one.id, systemClock.now());
  // The classes open sooner than the race expects, so that no request comes too early on a busy machine.
  await openAll(app, CASES, soon, undefined, 1_000);
  await Promise.all([...wishes.values()].map(({ id }) => executePrebooking(app.services, { prebookingId: id })));
  await app.services.store.refreshCalendars(systemClock.now());
});
afterAll(() => app.stop());

test.each([
  ['hour', 'booked', '1900_60', 'WOD', '502'],
  ['lost', 'booked', '1900_60', 'WOD', '502'],
  ['class', 'booked', '1800_60', 'Yoga', '503'],
  ['queue', 'waitlisted', '1900_60', 'WOD', '502'],
  ['first', 'booked', '1800_60', 'WOD', '501'],
] as const)('%s: the %s class is the one that is told', async (name, status, timeId, className, classId) => {
  const one = await stands(name);
  expect(one).toMatchObject({ status, timeId, className, classId });
  expect(one?.startsAt).toEqual(classStartsAt(day, timeId, 'Europe/Madrid'));
  const [row] = await rows(
    `select * from outbox where payload ->> 'prebookingId' = $1 and kind = $2`,
    one?.id,
    `prebooking-${status}`,
  );
  const notice = { id: 1, userId: row.user_id, kind: row.kind, payload: row.payload, createdAt: row.created_at };
  const rest = { attempts: 1, wrapped: undefined, channels: [], box: undefined };
  const { text } = messageOf({ ...notice, ...rest, prebooking: one ? { ...one, alternatives: [] } : undefined });
  expect(text.en).toContain(`${className} ${startOf(timeId)}`);
});

test.each([
  ['hour', ['1800_60 cancelled', '1900_60 confirmed']],
  ['queue', ['1800_60 cancelled', '1900_60 waitlisted']],
  ['first', ['1800_60 confirmed']],
])('%s: the calendar has the class that was won, and no wish for the other', async (name, entries) => {
  const calendar = await app.services.store.readCalendar(wishOf(name).id, systemClock.now());
  expect(calendar?.entries.map(({ timeId, state }) => `${timeId} ${state}`)).toEqual(entries);
});

test('the waitlist place of another choice is watched in that choice’s class', async () => {
  expect(await rows(`select time_id, class_id from watches where kind = 'move-up'`)).toEqual([
    { time_id: '1900_60', class_id: '502' },
  ]);
});
