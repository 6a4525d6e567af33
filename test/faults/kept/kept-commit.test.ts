// Tests of kept logins at a gym that refuses sign-ins, locks accounts, and loses or garbles its answers. Of two wrong twins, one tries again after a
// refusal, and one forgets when it last signed a member in. The environment variable KEPT_EPISODES says how many members are played; the whole
// campaign has 2,000.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApp, type TestApp } from '../../routes/open-app.ts';
import { type HandClock, handClock } from '../../support/hand-clock.ts';
import { limitMs } from '../../support/limits.ts';
import { SUNDAY_NOON, town } from '../../support/town.ts';
import { playKept } from './campaign.ts';

const EPISODES = Number(process.env['KEPT_EPISODES'] ?? 100);
const LONG_MS = limitMs(900_000);

let app: TestApp;
let clock: HandClock;
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await openApp(clock, town, {}, undefined, { isNear: true });
}, LONG_MS);
afterAll(() => app.stop());

test(
  'after a refusal no login is sent by itself, one an hour and two a day at most, and no password stands in the clear',
  async () => {
    const tally = await playKept({ app, clock, episodes: EPISODES, seed: 1 });
    expect(tally.found.slice(0, 20)).toEqual([]);
    expect(tally.episodes).toBe(EPISODES);
    // A campaign in which the gym refused no sign-in, or in which no session was restored, would prove nothing.
    expect(tally.refusals).toBeGreaterThan(EPISODES / 4);
    expect(tally.mended).toBeGreaterThan(EPISODES / 2);
  },
  LONG_MS,
);

test(
  'a twin that tries again after a refusal turns the campaign red',
  async () => {
    const change = ({ store }: TestApp['services']) => ({ store: { ...store, dropKeptLogin: async () => 0 } });
    const { found } = await playKept({ app, clock, episodes: 30, seed: 7, change });
    expect(found.some((line) => line.includes('by itself after a refusal'))).toBe(true);
  },
  LONG_MS,
);

test(
  'a twin that forgets what it used turns the campaign red',
  async () => {
    const change = ({ store }: TestApp['services']) => ({ store: { ...store, takeKeptLogin: async () => 1 } });
    const { found } = await playKept({ app, clock, episodes: 30, seed: 7, change });
    expect(found.some((line) => line.includes('within an hour'))).toBe(true);
  },
  LONG_MS,
);
