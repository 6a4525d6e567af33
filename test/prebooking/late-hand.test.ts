// B20: a member takes the place by hand while our shot waits for the opening, and the gym's list shows a place only a while after it was booked.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import { emailOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LANES = [{ name: 'box' }] as const;
const soon = someDay();
const slot = { box: 'box', day: soon.day, id: 501 };
let app: TestService;
beforeAll(async () => {
  app = await startService(raceTown(LANES, soon), systemClock);
});
afterAll(() => app.stop());

test('a place that the list shows only seconds after the gym refused a second one for it is found to be the member’s own', async () => {
  const { id } = await wishIn(app, 'box', soon);
  await openAll(app, LANES, soon);
  await app.gym.control.changeSlot({ slot, change: { opensAt: 0 } });
  const stands = () => app.services.store.readPrebooking(id);
  const racing = executePrebooking(app.services, { prebookingId: id });
  await expect.poll(async () => (await stands())?.status, { interval: 20 }).toBe('armed');
  await app.gym.control.setKnob({ kind: 'list-lag', lagMs: 2_500, op: 'bookings', box: 'box' });
  await app.gym.control.bookByHand({ ...slot, member: emailOf('box') });
  await racing;
  const places = (await app.gym.control.truth()).reservations;
  expect(places.map((one) => one.by)).toEqual(['hand']);
  expect(await stands()).toMatchObject({ outcome: 'already-booked', reservationId: String(places[0]?.id) });
});
