// A harness that stays green on a wrong twin proves nothing about the real race: each must be caught, by the invariant it breaks.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stand, startStand } from '../../stand.ts';
import { RACE_CONTROLS, runRaceControl } from './run-race-controls.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand?.stop());

test.each(RACE_CONTROLS)('the race harness turns red on $name', { timeout: 120_000 }, async (control) => {
  const { red, by } = await runRaceControl(control, stand);
  expect(red, `broken: ${by.join('; ') || 'nothing'}`).toBe(true);
});

test('the race harness stays green on the real race, staged as the twins are', { timeout: 120_000 }, async () => {
  for (const control of RACE_CONTROLS.slice(0, 4)) {
    const { by } = await runRaceControl({ ...control, name: 'real' }, stand);
    expect(by).toEqual([]);
  }
});
