// F1, F8, F9: whatever the gym answers at a login, the service's answer is below 500, with boxes or an explanation, and no foreign host is called.
// The variable LOGINS_SEED repeats the logins of a seed; GENERATED_LOGINS sets the number of logins, which is 2,000 in `npm run test:faults`.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { handClock } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { openStrangeHost, type StrangeHost } from '../support/strange-host.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { type LoginPlan, loginPlans, SLUGS } from './login-plans.ts';
import { openApp, type TestApp } from './open-app.ts';

const SEED = Number(process.env['LOGINS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const LOGINS = Number(process.env['GENERATED_LOGINS'] ?? 60);
/** How many members sign in. A plan says what the gym answers to one member's two logins. */
const PLANS = Math.ceil(LOGINS / 2);

const boxes = SLUGS.map((slug, at) => ({ slug, boid: 10 + at, name: `Box ${slug}` }));
const scenario: ScenarioInput = { boxes };

let app: TestApp;
let strange: StrangeHost;
beforeAll(async () => {
  app = await openApp(handClock(SUNDAY_NOON), scenario);
  strange = await openStrangeHost();
});
afterAll(async () => {
  strange.close();
  await app.stop();
});

let logins = 0;
/** Signs in at the service; each sign-in comes from a network address of its own, so that no rate limit is reached. */
function login(email: string) {
  logins += 1;
  const headers = { 'X-Forwarded-For': `10.${(logins >> 16) & 255}.${(logins >> 8) & 255}.${logins & 255}` };
  return app.ask('POST', '/api/auth/login', { body: { email, password: 'right' }, headers });
}

async function playedWrong({ email, name, roles }: LoginPlan, id: number): Promise<string | undefined> {
  const said = email.replace('{id}', String(id));
  const member = { id, email: said.trim(), password: 'right', name, boxes: [...SLUGS] };
  await app.gym.control.reset({ boxes, members: [member] });
  for (const says of roles) {
    await app.gym.control.clearKnobs();
    await app.gym.control.setKnob({ kind: 'roles', says });
    const { status, json, text } = await login(said);
    if (status !== 200) return `${status} ${text.slice(0, 300)}`;
    if (json.boxes.length + json.unplaced.length === 0) return 'no boxes, and not a word';
  }
  const calls = await app.gym.control.history();
  if (calls.some(({ suffix }) => suffix !== 'com')) return 'a host of the other suffix was called';
  return strange.calls() > 0 ? 'a strange host was called' : undefined;
}

test(
  `of ${PLANS * 2} generated logins none is a 500, none is without boxes and without a word, and no stranger is called (seed ${SEED})`,
  async () => {
    let id = 100;
    const plans = loginPlans(app.gym.boxUrlTemplate, strange.url);
    const property = fc.asyncProperty(plans, async (plan) => {
      id += 1;
      expect(await playedWrong(plan, id)).toBeUndefined();
    });
    await fc.assert(property, { numRuns: PLANS, seed: SEED });
    expect(logins).toBe(PLANS * 2);
  },
  limitMs(60_000 + LOGINS * 200),
);
