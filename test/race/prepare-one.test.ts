// If the process that claimed a race has no key in its SEAL_KEYS that opens one member's data key, another process with such a key may immediately
// claim that member's prebooking.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { rotateKeys } from '../../jobs/rotate-keys.ts';
import { systemClock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { createFreshener } from '../../services/renewal/freshen.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import type { Services } from '../../worker/services.ts';
import { limitMs } from '../support/limits.ts';
import { type Batch, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LANES: readonly Batch[] = [
  { name: 'none', slots: [{ limit: 9 }] },
  { name: 'some', members: 2, slots: [{ limit: 9 }] },
];
const OPENS_IN_MS = 12_000;
const soon = someDay();
let app: TestService;
let newer: Services;
let opensAt: Date;
let none: Prebooking;
let some: readonly [Prebooking, Prebooking];

const wrapped = async (userId: string): Promise<string> =>
  (await app.cloud.pool.query('select wrapped from user_keys where user_id = $1', [userId])).rows[0].wrapped;

beforeAll(async () => {
  app = await startService(raceTown(LANES, soon), systemClock);
  none = await wishIn(app, 'none', soon);
  some = [await wishIn(app, 'some', soon), await wishIn(app, 'some', soon, { member: 1 })];
  const ring = `k2:${createHash('sha256').update('second').digest('base64')},${app.cloud.secrets.sealKeys.reveal()}`;
  const parts = { ...app.services, seal: createSeal(new Secret(ring)) };
  newer = { ...parts, freshener: createFreshener(parts) };
  const own = await wrapped(some[0].userId);
  await rotateKeys(newer);
  // The process with the old keyring (`app.services`) can open the data key of the first member of `some` only.
  await app.cloud.pool.query('update user_keys set wrapped = $1 where user_id = $2', [own, some[0].userId]);
  opensAt = new Date(Date.now() + OPENS_IN_MS);
  await app.cloud.pool.query('update prebookings set opens_at = $1', [opensAt]);
  for (const box of ['none', 'some'])
    await app.gym.control.changeSlot({ slot: { box, day: soon.day, id: 501 }, change: { opensAt: opensAt.getTime() } });
});
afterAll(() => app.stop());

test('a process that has none of the keys leaves the race at once, and one that has them wins the place', async () => {
  const older = executePrebooking(app.services, { prebookingId: none.id });
  await expect(older).rejects.toMatchObject({
    code: 'prebooking/not-yet',
    message: expect.stringContaining('lacks the keys'),
  });
  expect(await executePrebooking(newer, { prebookingId: none.id })).toMatchObject({ status: 'booked' });
});

test('a process that has some of the keys races for those, and another for the rest', async () => {
  opensAt = new Date(Date.now() + OPENS_IN_MS);
  await app.cloud.pool.query('update prebookings set opens_at = $1 where is_live', [opensAt]);
  await app.gym.control.changeSlot({
    ...{ slot: { box: 'some', day: soon.day, id: 501 } },
    change: { opensAt: opensAt.getTime() },
  });
  const [own, others] = some;
  app.log.length = 0;
  const older = executePrebooking(app.services, { prebookingId: own.id });
  await expect
    .poll(() => app.log.some((line) => line.includes('another process is to race for it')), {
      timeout: limitMs(10_000),
    })
    .toBe(true);
  await expect.poll(() => app.services.store.readClaimLeft(others.id)).toBe(0);
  const [first, second] = await Promise.all([older, executePrebooking(newer, { prebookingId: others.id })]);
  expect(first.status).toBe('booked');
  expect(second.prebookings).toMatchObject([{ id: others.id, status: 'booked' }]);
});
