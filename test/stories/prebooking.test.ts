// A prebooking from the member's wish to the booked place, on real sockets and in real time: these few tests prove that the booking request is sent
// at the opening. Faults of messages, answers and processes are tested in test/prebooking.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPrebooking } from '../../jobs/create-prebooking.ts';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { withdrawPrebooking } from '../../jobs/withdraw-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { classOpeningIn, openingTown, type Soon } from '../support/opening-town.ts';
import { startService, type TestService } from '../support/service.ts';

let app: TestService;
beforeAll(async () => {
  app = await startService(openingTown(classOpeningIn(1_000)), systemClock);
});
afterAll(() => app.stop());
beforeEach(() => app.cloud.pool.query('delete from members'));

async function stage(inMs: number, change: Partial<ScenarioInput> = {}): Promise<Soon> {
  const soon = classOpeningIn(inMs);
  await app.gym.control.reset({ ...openingTown(soon), ...change });
  return soon;
}
async function wishOf(email: string, soon: Soon): Promise<Prebooking> {
  const member = await app.signIn(email);
  const box = member.boxes.find((one) => one.at.slug === 'norte');
  const wish = { boxId: box?.id ?? '', day: soon.day, timeId: '1800_60', className: 'WOD', opensAt: soon.opensAt };
  return createPrebooking(app.services, {
    userId: member.member.id,
    deviceFingerprint: member.device.fingerprint,
    wish,
  });
}
const execute = (one: Prebooking) => executePrebooking(app.services, { prebookingId: one.id });
const bookCalls = () => app.gym.control.history({ op: 'book' });
const places = async () => (await app.gym.control.truth()).reservations.filter((one) => one.state === 'booked');
const read = async (one: Prebooking) => {
  const found = await app.services.store.readPrebooking(one.id);
  if (!found) throw new Error('Expected the prebooking to be there.');
  return found;
};

describe('a prebooking', () => {
  test('prebooking with the background session: it books at the instant, not before, with the service’s own session', async () => {
    const soon = await stage(3_500);
    const wish = await wishOf('ana@example.test', soon);
    expect(app.wakeUps.at(-2)?.at).toEqual(new Date(soon.opensAt.getTime() - 30_000));
    const answer = await execute(wish);
    expect(answer.status).toBe('booked');
    const calls = await bookCalls();
    expect(calls.at(-1)?.bodyReadAtMs).toBeGreaterThanOrEqual(soon.opensAt.getTime());
    const [background] = (
      await app.cloud.pool.query(`select fingerprint from auth_sessions where session_type = 'background'`)
    ).rows;
    expect(calls[0]?.fingerprint).toBe(background.fingerprint);
    const settled = await read(wish);
    const [place] = await places();
    expect(settled).toMatchObject({ status: 'booked', outcome: 'booked', reservationId: String(place?.id) });
    expect(settled.receipt).toMatchObject({
      opensAt: soon.opensAt.toISOString(),
      shots: calls.length,
      decidedBy: 'us',
    });
  });

  test('one delivery races for every member that waits for that instant', async () => {
    const soon = await stage(1_200);
    const ana = await wishOf('ana@example.test', soon);
    const bea = await wishOf('bea@example.test', soon);
    await execute(bea);
    expect([(await read(ana)).status, (await read(bea)).status]).toEqual(['booked', 'booked']);
    const [first, second] = await places();
    expect(first?.slotId).toBe(second?.slotId);
  });

  test('a withdrawn one is never sent, and another of the same instant still is', async () => {
    const soon = await stage(900);
    const ana = await wishOf('ana@example.test', soon);
    const bea = await wishOf('bea@example.test', soon);
    await withdrawPrebooking(app.services, { userId: ana.userId, id: ana.id });
    await execute(ana);
    expect([(await read(ana)).status, (await read(bea)).status]).toEqual(['withdrawn', 'booked']);
    expect(await bookCalls()).toHaveLength(1);
  });

  test('a gym with its clock behind ours says too early at first, and a further try wins', async () => {
    const soon = await stage(900);
    const wish = await wishOf('ana@example.test', soon);
    await app.gym.control.setKnob({ kind: 'refuse', reason: 'too-early', op: 'book', times: 2 });
    expect(await execute(wish)).toMatchObject({ status: 'booked' });
    expect((await bookCalls()).length).toBeGreaterThanOrEqual(3);
    expect(await places()).toHaveLength(1);
  });

  test('a session the gym has forgotten is renewed or told, never passed off as the crowd', async () => {
    const soon = await stage(900);
    const wish = await wishOf('ana@example.test', soon);
    await app.gym.control.killSession({ member: 1 });
    await execute(wish);
    expect(await read(wish)).toMatchObject({ status: 'refused', outcome: 'session-dead' });
  });

  test('the same wish twice is a duplicate', async () => {
    const soon = await stage(60_000);
    const wish = await wishOf('ana@example.test', soon);
    const again = { boxId: wish.boxId, day: wish.day, timeId: wish.timeId, className: 'WOD', opensAt: soon.opensAt };
    await expect(
      createPrebooking(app.services, { userId: wish.userId, deviceFingerprint: undefined, wish: again }),
    ).rejects.toMatchObject({ code: 'prebooking/duplicate' });
  });

  test('a delivery that comes a minute too soon is asked to come again, and an unknown one never', async () => {
    const soon = await stage(100_000);
    const wish = await wishOf('ana@example.test', soon);
    await expect(execute(wish)).rejects.toMatchObject({ code: 'prebooking/not-yet', retryAfterMs: expect.any(Number) });
    await expect(executePrebooking(app.services, { prebookingId: randomUUID() })).rejects.toMatchObject({
      code: 'prebooking/missing',
    });
  });
});
