// The gym's whole answer to a booking comes with a Content-Length that is too large, or in another charset than UTF-8. The race understands the
// answer all the same.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executePrebooking } from '../../jobs/execute-prebooking.ts';
import { systemClock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import { type Batch, emailOf, memberOf, openAll, raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const CUT = { kind: 'lose', when: 'after', how: 'overlong', op: 'book', times: 1 } as const;
const OTHER = { id: 502, time: '19:00 - 20:00' } as const;
const NO = { kind: 'refuse-in-words', key: 'ALGO_NUEVO', state: -12, op: 'book' } as const;
const LANES: readonly Batch[] = [
  { name: 'full', slots: [{ limit: 0 }, OTHER] },
  { name: 'early' },
  { name: 'won' },
  { name: 'words' },
];
const FAULTS: Readonly<Record<string, readonly KnobInput[]>> = {
  full: [CUT],
  early: [{ kind: 'refuse', reason: 'too-early', op: 'book', times: 1 }, CUT],
  won: [CUT],
  words: [
    { ...NO, text: 'Inscripción sólo para socios' },
    { kind: 'charset', as: 'iso-8859-1', op: 'book' },
  ],
};

let app: TestService;
const wishes = new Map<string, Prebooking>();
const stands = (name: string) => app.services.store.readPrebooking(wishes.get(name)?.id ?? '');
const sent = (name: string) => app.gym.control.history({ op: 'book', memberId: memberOf(LANES, name) });
beforeAll(async () => {
  const soon = someDay();
  app = await startService(raceTown(LANES, soon), systemClock);
  for (const { name } of LANES)
    wishes.set(name, await wishIn(app, name, soon, { alternatives: name === 'full' ? [{ timeId: '1900_60' }] : [] }));
  for (const { name } of LANES)
    for (const fault of FAULTS[name] ?? [])
      await app.gym.control.setKnob({ ...fault, member: emailOf(name) } as KnobInput);
  // The classes open sooner than the race expects, so that no request comes too early on a busy machine.
  await openAll(app, LANES, soon, undefined, 1_000);
  await Promise.all([...wishes.values()].map(({ id }) => executePrebooking(app.services, { prebookingId: id })));
});
afterAll(() => app.stop());

test('"full" in a frame that broke off is full: the next choice is booked', async () => {
  expect(await stands('full')).toMatchObject({ status: 'booked', outcome: 'booked' });
  expect(await sent('full')).toHaveLength(2);
});

test('"too early" in a frame that broke off is too early: it is tried again, and books once', async () => {
  expect(await stands('early')).toMatchObject({ status: 'booked' });
  expect(await sent('early')).toHaveLength(2);
});

test('a booking in a frame that broke off is booked, and asked for once', async () => {
  expect(await stands('won')).toMatchObject({ status: 'booked' });
  expect(await sent('won')).toHaveLength(1);
});

test('the gym’s words are told with their accents, whatever charset they come in', async () => {
  expect(await stands('words')).toMatchObject({ status: 'refused', reason: 'Inscripción sólo para socios' });
});
