// The tests of a background session that died before the result of a booking was known. The gym's list, read with a dead session, shows none of the
// member's places.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { systemClock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { emailOf, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const soon = someDay();
const MEMBER = emailOf('box');
const clock = handClock(new Date());
let app: TestService;
let wish: Prebooking;
beforeAll(async () => {
  app = await startService(raceTown([{ name: 'box' }], soon), systemClock);
  wish = await wishIn(app, 'box', soon);
  const slot = { box: 'box', day: soon.day, id: 501 };
  await app.gym.control.changeSlot({ slot, change: { opensAt: 0 } });
  await app.gym.control.bookByHand({ ...slot, member: MEMBER });
  await app.cloud.pool.query(`
    alter table prebookings disable trigger guard_prebooking;
    update prebookings set status = 'unknown', opens_at = now() - interval '2 min', send_deadline = now() - interval '1 min', claim_epoch = 1;
    alter table prebookings enable trigger guard_prebooking`);
});
afterAll(() => app.stop());

const sweeps = async (times: number) => {
  for (let at = 0; at < times; at += 1) {
    clock.advance(MINUTE_MS);
    await sweepPrebookings({ ...app.services, clock });
  }
  return app.services.store.readPrebooking(wish.id);
};

test('what a dead session does not see is not counted as absent, and the place is found after the next sign-in', async () => {
  await app.gym.control.killSession({ member: MEMBER });
  expect(await sweeps(2)).toMatchObject({ status: 'unknown', negativeReads: 0 });
  await app.signIn(MEMBER);
  expect(await sweeps(1)).toMatchObject({ status: 'booked' });
});
