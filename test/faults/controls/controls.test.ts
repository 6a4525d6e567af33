// A harness that stays green on a wrong twin of the renewal proves nothing about the real renewal: each twin must make the harness fail.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RenewCompany, startCompany } from '../campaign.ts';
import { CONTROLS, runControl } from './run-controls.ts';

const LONG_MS = 900_000;

let company: RenewCompany;
beforeAll(async () => {
  company = await startCompany();
}, LONG_MS);
afterAll(() => company.stop(), LONG_MS);

describe('the harness turns red on', () => {
  test.each(CONTROLS.map((control) => [control.name, control] as const))(
    '%s',
    async (_, control) => {
      const caught = await runControl(control, company);
      expect(caught).toMatchObject({ name: control.name, red: true });
    },
    LONG_MS,
  );
});
