// What a race does when the database does not answer the arming (the mark that a request is about to be sent) in time. A process sends a request only
// if it knows that the mark `armed` is in the table. A process that does not know this takes the mark back; the next wake-up or sweep runs the race.
// After the mark was taken back, no member is told that a request may have been sent, and a late arming statement arms nothing.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { systemClock } from '../../services/clock.ts';
import { Failure } from '../../services/failures.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { Store } from '../../services/store/store.ts';
import { limitMs } from '../support/limits.ts';
import { type Batch, emailOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LIMIT = { timeout: limitMs(60_000) };
const CASES: readonly Batch[] = ['answer', 'mark', 'late', 'dead'].map((name) => ({ name, members: 2 }));
const soon = someDay();
let app: TestService;
const wishes = new Map<string, Prebooking[]>();
beforeAll(async () => {
  app = await startService(raceTown(CASES, soon), systemClock);
  for (const { name } of CASES)
    wishes.set(name, [await wishIn(app, name, soon), await wishIn(app, name, soon, { member: 1 })]);
});
afterAll(() => app.stop());
beforeEach(() => app.gym.control.clearHistory());

type ArmCall = Parameters<Store['armPrebookings']>[0];
const lost = () => new Failure('database/unavailable', 'The database cannot be reached just now.');
const race = (name: string, change: Partial<Store> = {}) =>
  executePrebooking(
    { ...app.services, store: { ...app.services.store, ...change } },
    { prebookingId: wishes.get(name)?.[0]?.id ?? '' },
  );
const stands = (name: string) =>
  Promise.all((wishes.get(name) ?? []).map(({ id }) => app.services.store.readPrebooking(id)));
const statuses = async (name: string) => (await stands(name)).map((one) => one?.status);
const sent = async () => (await app.gym.control.history({ op: 'book' })).length;
/** Writes the mark `armed`, and loses the database's answer. */
const losesAnswer = async (ask: ArmCall) => {
  await app.services.store.armPrebookings(ask);
  throw lost();
};

test('a mark with a lost answer is taken back, and the next wake-up books late', LIMIT, async () => {
  await openAll(app, CASES, soon);
  await expect(race('answer', { armPrebookings: losesAnswer })).rejects.toMatchObject({ code: 'database/unavailable' });
  expect([await statuses('answer'), await sent()]).toEqual([['claimed', 'claimed'], 0]);
  await race('answer');
  expect([await statuses('answer'), await sent()]).toEqual([['booked', 'booked'], 2]);
  expect((await stands('answer')).map((one) => one?.receipt?.['shots'])).toEqual([1, 1]);
});

test('a mark that reaches the database after it was taken back arms nothing', LIMIT, async () => {
  await openAll(app, CASES, soon);
  let asked: ArmCall | undefined;
  const travels = async (ask: ArmCall) => {
    asked = ask;
    throw lost();
  };
  await expect(race('mark', { armPrebookings: travels })).rejects.toMatchObject({ code: 'database/unavailable' });
  if (!asked) throw new Error('Expected it to arm.');
  expect(await app.services.store.armPrebookings(asked)).toEqual([]);
  expect(await statuses('mark')).toEqual(['claimed', 'claimed']);
  await race('mark');
  expect([await statuses('mark'), await sent()]).toEqual([['booked', 'booked'], 2]);
});

/**
 * The time from the test's start to the opening, in ms: enough for the race's reads, and for loading the booking requests well before the opening.
 */
const OPENS_IN_MS = 9_000;

test('a late entrant’s lost mark is taken back alone, and the sweep books it', LIMIT, async () => {
  await openAll(app, CASES, soon, OPENS_IN_MS);
  const gate = { kind: 'gate', when: 'before', name: 'look', op: 'bookings', times: 1 } as const;
  await app.gym.control.setKnob({ ...gate, member: emailOf('late', 1) });
  let arms = 0;
  const racing = race('late', {
    armPrebookings: (ask) => {
      arms += 1;
      return arms === 1 ? app.services.store.armPrebookings(ask) : losesAnswer(ask);
    },
  });
  const isLoaded = () => app.log.some((line) => line.includes('race: ready') && line.includes('"late":1'));
  await expect.poll(isLoaded, { interval: 10, timeout: limitMs(OPENS_IN_MS) }).toBe(true);
  await app.gym.control.openGate('look');
  await racing;
  expect([arms, await statuses('late'), await sent()]).toEqual([2, ['booked', 'claimed'], 1]);
  await sweepPrebookings(app.services);
  expect([await statuses('late'), await sent()]).toEqual([['booked', 'booked'], 2]);
});

test('what cannot be taken back is looked for at the gym, and never sent by another', LIMIT, async () => {
  await openAll(app, CASES, soon);
  const refuses = async () => {
    throw new Failure('database/refused', 'The database refused disarm_prebookings.');
  };
  await expect(race('dead', { armPrebookings: losesAnswer, disarmPrebookings: refuses })).rejects.toThrow();
  expect(await statuses('dead')).toEqual(['armed', 'armed']);
  await app.cloud.pool.query(`update prebookings set claim_until = now() - interval '1 s' where status = 'armed'`);
  await sweepPrebookings(app.services);
  expect([await statuses('dead'), await sent()]).toEqual([['unknown', 'unknown'], 0]);
});
