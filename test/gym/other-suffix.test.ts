// F1: the settings hold the addresses of both suffixes (.com and .es); members sign in at the suffix named first, and nothing is sent to the second.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { platforms } from '../../services/gym/platforms.ts';
import { createHttp, type Http } from '../../services/http.ts';
import { Secret } from '../../services/secret.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';

const norte = { slug: 'norte', boid: 77, name: 'Box Norte' };
const isla = { slug: 'isla', boid: 90, name: 'Box Isla', suffix: 'es' as const };
const ana = { id: 1, email: 'ana@example.test', password: 'right', name: 'Ana', boxes: ['norte', 'isla'] };

let sim: Simulator;
let http: Http;
beforeAll(async () => {
  sim = await startSimulator({ scenario: { boxes: [norte, isla], members: [ana] } });
});
afterAll(async () => {
  await http?.close();
  await sim.stop();
});

/** Gives a gym client with the gym's addresses under both domain endings (.com and .es); members sign in at the addresses `first`. */
async function gymAt(first: typeof sim.es, second: typeof sim.es) {
  const pair = (name: keyof typeof first) => `${first[name]},${second[name]}`;
  const addresses = { loginUrl: pair('loginUrl'), mainUrl: pair('mainUrl'), boxUrlTemplate: pair('boxUrlTemplate') };
  const platform = platforms.aimharder(addresses);
  await http?.close();
  http = createHttp({ allow: [platform.owns] });
  return platform.gym({ http, clock: systemClock });
}

test.each([
  ['com', 'es', norte, isla],
  ['es', 'com', isla, norte],
] as const)('F1: signed in at %s, a box at %s is named, and neither password nor cookie goes there', async (own, other, here, there) => {
  await sim.control.reset();
  const gym = own === 'com' ? await gymAt(sim, sim.es) : await gymAt(sim.es, sim);
  const answer = await gym.signIn({ email: ana.email, password: new Secret('right') }, 'fp-1');
  if (answer.kind !== 'signed-in') throw new Error('Expected to be signed in.');
  expect(answer.boxes).toMatchObject([{ slug: here.slug, platformBoxId: String(here.boid) }]);
  expect(answer.unplaced).toMatchObject([{ name: there.name, reason: 'other-address' }]);
  const warm = await gym.warmUp(answer.key, answer.boxes);
  expect(await gym.isAlive(warm)).toBe(true);
  // puntual's gym client looks up a box's id only at the gym's suffix (.com or .es) at which the member is signed in.
  await gym.readDay(warm, { slug: there.slug, platformBoxId: String(there.boid) }, '20260302').catch(() => undefined);
  const calls = await sim.control.history();
  expect(calls.length).toBeGreaterThan(3);
  expect(calls.filter(({ suffix }) => suffix === other)).toEqual([]);
});
