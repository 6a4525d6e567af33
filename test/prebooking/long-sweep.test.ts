// Long work must not delay urgent work: reading a slow gym's list must not delay the next minute's races, and delivering notices must not delay the
// reading of the list.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { systemClock } from '../../services/clock.ts';
import type { Channel } from '../../services/notify/channel.ts';
import { Secret } from '../../services/secret.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { type Batch, emailOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LANES: readonly Batch[] = [
  { name: 'slow', members: 4 },
  { name: 'doubt', members: 2 },
];
const soon = someDay();
let app: TestService;
beforeAll(async () => {
  app = await startService(raceTown(LANES, soon), systemClock);
});
afterEach(() => app.cloud.pool.query('delete from members'));
afterAll(() => app.stop());

test('a pass begins nothing after its time, so that the next one can begin; the next ones do the rest', async () => {
  for (const member of [0, 1, 2, 3]) await wishIn(app, 'slow', soon, { member });
  await app.cloud.pool.query(`
    alter table prebookings disable trigger guard_prebooking;
    update prebookings set status = 'unknown', opens_at = now() - interval '2 min', send_deadline = now() - interval '1 min', claim_epoch = 1;
    alter table prebookings enable trigger guard_prebooking`);
  const clock = handClock(new Date());
  let looks = 0;
  const readDay: typeof app.services.gym.readDay = (...asked) => {
    looks += 1;
    clock.advance(MINUTE_MS);
    return app.services.gym.readDay(...asked);
  };
  const sweep = () => sweepPrebookings({ ...app.services, clock, gym: { ...app.services.gym, readDay } });
  await sweep();
  expect(looks).toBe(1);
  for (let pass = 0; pass < 7; pass += 1) await sweep();
  const { rows } = await app.cloud.pool.query('select distinct status from prebookings');
  expect([looks, rows]).toEqual([8, [{ status: 'unconfirmed' }]]);
});

test('a result that is not known yet is looked for while a channel keeps the telling waiting', async () => {
  const [known, unknown] = [await wishIn(app, 'doubt', soon), await wishIn(app, 'doubt', soon, { member: 1 })];
  await app.gym.control.setKnob({
    kind: 'late-effect',
    afterMs: 4_000,
    op: 'book',
    times: 1,
    member: emailOf('doubt', 1),
  });
  await openAll(app, [LANES[1] as Batch], soon);
  const taken = Promise.withResolvers<void>();
  const told: string[] = [];
  const webhook: Channel = async ({ prebooking }) => {
    told.push(prebooking?.id ?? '');
    await taken.promise;
  };
  const operator = { address: new Secret('http://127.0.0.1:9'), signingSecret: new Secret('whsec_AAAA') };
  const services = { ...app.services, notifyOptions: { operator, webhook } };
  const racing = executePrebooking(services, { prebookingId: known.id });
  const status = async () => (await app.services.store.readPrebooking(unknown.id))?.status;
  await expect.poll(() => told.length, { timeout: limitMs(15_000) }).toBe(1);
  await expect.poll(status, { timeout: limitMs(15_000) }).toBe('booked');
  taken.resolve();
  expect((await racing).prebookings.map((one) => one.status)).toEqual(['booked', 'booked']);
  expect(told).toEqual([known.id, unknown.id]);
});
