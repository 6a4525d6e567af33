// B20: a member takes the place by hand while our shot is waiting for the instant, and the gym's list lags behind its own answers.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import { limitMs } from '../support/limits.ts';
import { emailOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LANES = [{ name: 'box' }] as const;
const soon = someDay();
const slot = { box: 'box', day: soon.day, id: 501 };
let it: TestService;
beforeAll(async () => {
  it = await startService(raceTown(LANES, soon), systemClock);
});
afterAll(() => it.stop());

test('a place that the list shows only seconds after the gym refused a second one for it is found to be the member’s own', async () => {
  const { id } = await wishIn(it, 'box', soon);
  await openAll(it, LANES, soon);
  await it.gym.control.changeSlot({ slot, change: { opensAt: 0 } });
  const stands = () => it.services.store.readPrebooking(id);
  const racing = executePrebooking(it.services, { prebookingId: id });
  await expect.poll(async () => (await stands())?.status, { interval: 20, timeout: limitMs(5_000) }).toBe('armed');
  await it.gym.control.setKnob({ kind: 'list-lag', lagMs: 2_500, op: 'bookings', box: 'box' });
  await it.gym.control.bookByHand({ ...slot, member: emailOf('box') });
  await racing;
  const places = (await it.gym.control.truth()).reservations;
  expect(places.map((one) => one.by)).toEqual(['hand']);
  expect(await stands()).toMatchObject({ outcome: 'already-booked', reservationId: String(places[0]?.id) });
});
