// A gym with errors at the opening: it refuses connections, is busy, or answers with an error that says nothing. A request that is proven unsent is
// sent again while the class has free places; a request that may have arrived is not sent again.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../jobs/sweep-prebookings.ts';
import { systemClock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { limitMs } from '../support/limits.ts';
import { type Batch, memberOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const LANES: readonly Batch[] = [
  { name: 'patient' },
  { name: 'filled', members: 2, slots: [{ limit: 1 }] },
  { name: 'short' },
  { name: 'busy' },
  { name: 'broken' },
  { name: 'early' },
  { name: 'cut' },
];
const soon = someDay();
let app: TestService;
let wishes: Map<string, Prebooking>;
let opensAt: Date;
beforeAll(async () => {
  app = await startService(raceTown(LANES, soon), systemClock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.cloud.pool.query('delete from members');
  await app.gym.control.reset(raceTown(LANES, soon));
});

async function wishFor(...lanes: string[]): Promise<void> {
  wishes = new Map();
  for (const lane of lanes) wishes.set(lane, await wishIn(app, lane, soon));
  app.log.length = 0;
  opensAt = await openAll(app, LANES, soon, 6_000);
}
const idOf = (lane: string): string => wishes.get(lane)?.id ?? '';
const read = (lane: string) => app.services.store.readPrebooking(idOf(lane));
const calls = (lane: string) => app.gym.control.history({ op: 'book', memberId: memberOf(LANES, lane) });
const race = (lane: string, until?: Date) =>
  executePrebooking(app.services, { prebookingId: idOf(lane), ...(until && { until }) });
/** Waits until all races are ready and then makes the gym refuse connections, so that the refusal affects only the booking requests. */
async function refuseUntil(races: number, ms: number): Promise<void> {
  const ready = () => app.log.filter((line) => line.includes('race: ready')).length;
  await expect.poll(ready, { timeout: limitMs(30_000) }).toBe(races);
  await app.gym.control.refuseConnections({ until: since(ms).getTime() });
}
const since = (ms: number) => new Date(opensAt.getTime() + ms);
const answersOf = (one: Awaited<ReturnType<typeof read>>): string[] =>
  ((one?.receipt?.['tries'] ?? []) as { answer: string }[]).map(({ answer }) => answer);

test('connections refused across the opening cost no place: it is tried again until the gym is back', async () => {
  await wishFor('patient');
  const racing = race('patient');
  await refuseUntil(1, 2_500);
  expect(await racing).toMatchObject({ status: 'booked' });
  const ended = await read('patient');
  expect(ended?.receipt).toMatchObject({ decidedBy: 'us', shots: 1 });
  const answers = answersOf(ended);
  expect([answers.at(-1), new Set(answers.slice(0, -1))]).toEqual(['booked', new Set(['not-sent'])]);
  expect(await calls('patient')).toHaveLength(1);
});

test('a gym that is busy is tried again, as often as it says so', async () => {
  await wishFor('busy');
  const member = memberOf(LANES, 'busy');
  await app.gym.control.setKnob({ kind: 'status', op: 'book', code: 429, times: 4, member });
  expect(await race('busy')).toMatchObject({ status: 'booked' });
  // On a busy machine a connection may be opened too late for its shot; the shot then counts as `not-sent`.
  const answers = answersOf(await read('busy')).filter((answer) => answer !== 'not-sent');
  expect(answers).toEqual([...Array(4).fill('turned-away'), 'booked']);
});

test('a race that begins minutes late is as patient with a busy gym as one at the opening', async () => {
  await wishFor('busy');
  opensAt = await openAll(app, LANES, soon, -240_000);
  const member = memberOf(LANES, 'busy');
  await app.gym.control.setKnob({ kind: 'status', op: 'book', code: 429, times: 4, member });
  expect(await race('busy')).toMatchObject({ status: 'booked' });
  expect(await calls('busy')).toHaveLength(5);
});

test('what the gym answered as too early before it stumbled counts among the nine tries, in the sweep that goes on too', async () => {
  await wishFor('early', 'cut');
  // The gym answers five requests by its rules, turns the next requests away (429), and answers later requests by its rules again.
  for (const [lane, end] of [
    ['early', { times: 3 }],
    ['cut', { until: since(5_000).getTime() }],
  ] as const) {
    const member = memberOf(LANES, lane);
    await app.gym.control.setKnob({ kind: 'opening-skew', skewMs: 3_600_000, member });
    await app.gym.control.setKnob({ kind: 'status', op: 'book', code: 429, skip: 5, member, ...end });
  }
  const [, cut] = await Promise.all([race('early'), race('cut', since(12_500))]);
  expect(cut.status).toBe('claimed');
  await systemClock.sleep(since(5_000).getTime() - Date.now());
  expect(await sweepPrebookings(app.services)).toMatchObject({ executed: 1 });
  for (const lane of ['early', 'cut']) {
    const lookedAt = (await calls(lane)).map(({ struckBy }) => !struckBy.includes('status'));
    expect([lookedAt.slice(0, 8), lookedAt.filter(Boolean).length]).toEqual([
      [...Array(5).fill(true), ...Array(3).fill(false)],
      9,
    ]);
  }
});

test(
  'beyond its deadline an entrant is armed again; a class that filled meanwhile is left; the sweep goes on where a race was cut short',
  async () => {
    await wishFor('patient', 'filled', 'short');
    const racing = Promise.all([race('patient'), race('filled'), race('short', since(12_500))]);
    await refuseUntil(3, 12_000);
    await systemClock.sleep(opensAt.getTime() + 1_000 - Date.now());
    const rival = { box: 'filled', day: soon.day, id: 501, member: memberOf(LANES, 'filled', 1) };
    expect(await app.gym.control.bookByHand(rival)).toMatchObject({ outcome: 'booked' });
    const [patient, filled, short] = await racing;
    expect([patient.status, filled.status, short.status]).toEqual(['booked', 'refused', 'claimed']);
    expect(await read('filled')).toMatchObject({ outcome: 'not-sent', receipt: { decidedBy: 'gym', shots: 0 } });
    expect(await calls('filled')).toEqual([]);
    expect((await read('short'))?.settledAt).toBeUndefined();
    expect(await sweepPrebookings(app.services)).toMatchObject({ executed: 1 });
    const ended = await read('short');
    expect(ended).toMatchObject({ status: 'booked', receipt: { shots: 1 } });
    const answers = answersOf(ended);
    expect([answers.length > 3, answers[0], answers.at(-1)]).toEqual([true, 'not-sent', 'booked']);
  },
  limitMs(60_000),
);

test(
  'an error that may have come after the deed is never answered by another request; with places left the member has one tap',
  async () => {
    await wishFor('broken');
    await app.gym.control.setKnob({ kind: 'status', op: 'book', code: 503, member: memberOf(LANES, 'broken') });
    expect(await race('broken')).toMatchObject({ status: 'unconfirmed' });
    expect(await calls('broken')).toHaveLength(1);
    const ended = await read('broken');
    expect(ended?.receipt).toMatchObject({ decidedBy: 'gym', shots: 1, offer: { classId: '501', timeId: '1800_60' } });
    expect(ended?.receipt?.['words']).toContain('one tap');
  },
  limitMs(60_000),
);
