// A class that the gym calls off right after it took the booking. The member's row still says "booked" in the gym's list, and there is no class.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bookClass } from '../../jobs/book-class.ts';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import { type Batch, emailOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LANES: readonly Batch[] = [{ name: 'seen' }, { name: 'lost' }, { name: 'hand' }];
const soon = someDay();
let app: TestService;
const wishes = new Map<string, string>();
const stands = (name: string) => app.services.store.readPrebooking(wishes.get(name) ?? '');

beforeAll(async () => {
  app = await startService(raceTown(LANES, soon), systemClock);
  for (const name of ['seen', 'lost']) wishes.set(name, (await wishIn(app, name, soon)).id);
  for (const { name } of LANES)
    await app.gym.control.setKnob({ kind: 'change-after-book', change: { calledOff: true }, box: name });
  await app.gym.control.setKnob({ kind: 'lose', when: 'after', how: 'reset', op: 'book', box: 'lost' });
  // The classes open sooner than the race expects, so that no request comes too early on a busy machine.
  await openAll(app, LANES, soon, undefined, 1_000);
  await Promise.all([...wishes.values()].map((prebookingId) => executePrebooking(app.services, { prebookingId })));
});
afterAll(() => app.stop());

test.each(['seen', 'lost'])('%s: is told as called off, not as won, and costs no plan token', async (name) => {
  const one = await stands(name);
  expect(one).toMatchObject({ status: 'refused', outcome: 'class-cancelled', receipt: { decidedBy: 'gym' } });
  const { rows } = await app.cloud.pool.query(`select kind from outbox where payload ->> 'prebookingId' = $1`, [
    one?.id,
  ]);
  expect(rows).toEqual([{ kind: 'prebooking-refused' }]);
  expect((await app.cloud.pool.query('select 1 from token_spends')).rowCount).toBe(0);
});

test('by hand is told as called off, too', async () => {
  const { member, boxes, device } = await app.signIn(emailOf('hand'));
  const request = {
    userId: member.id,
    deviceFingerprint: device.fingerprint,
    boxId: boxes[0]?.id ?? '',
    day: soon.day,
  };
  await expect(bookClass(app.services, { ...request, classId: '501' })).rejects.toMatchObject({
    code: 'prebooking/class-cancelled',
  });
});
