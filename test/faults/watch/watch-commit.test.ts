// Plays watches of classes that get a free place, at a gym that loses and refuses requests; plays them also with a wrong twin that gives up the old
// place first. `WATCH_EPISODES` says how many episodes are played (the whole campaign: 5,000); `WATCH_SEED` plays the campaign of a printed seed
// again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Services } from '../../../worker/services.ts';
import { limitMs } from '../../support/limits.ts';
import { openWatchTown, type WatchTown } from '../../watch/watch-town.ts';
import { playWatches } from './campaign.ts';
import { hireSecond, type SecondProcess } from './second-process.ts';

const ASKED = process.env['FAULTS_PROFILE'] === 'commit' ? 600 : 30;
const EPISODES = Number(process.env['WATCH_EPISODES'] ?? ASKED);
const SEED = Number(process.env['WATCH_SEED'] ?? 1);
const LONG_MS = limitMs(60_000 + 600 * EPISODES);

let town: WatchTown;
let second: SecondProcess;
beforeAll(async () => {
  town = await openWatchTown(undefined, { isNear: true });
  second = await hireSecond(town);
}, LONG_MS);
afterAll(async () => {
  await second.stop();
  await town.stop();
});

test(
  'none has a place twice, none is without one, none has two for good and does not know',
  async () => {
    const tally = await playWatches({ town, episodes: EPISODES, seed: SEED, second });
    const { episodes, shared, ends } = tally;
    const by = `${shared} of them by two processes, where the second raced for ${second.raced()} places`;
    process.stdout.write(`watches: --seed ${SEED}, ${episodes} episodes, ${by}, ends ${JSON.stringify(ends)}\n`);
    expect(tally.found.slice(0, 20)).toEqual([]);
    expect(tally.episodes).toBe(EPISODES);
    // A campaign in which no second process read the watched days would prove nothing.
    expect(second.pid).not.toBe(process.pid);
    expect(shared).toBeGreaterThanOrEqual(Math.floor(EPISODES / 3));
    expect(second.raced()).toBeGreaterThan(shared / 3);
    expect((tally.ends['booked'] ?? 0) + (tally.ends['swapped'] ?? 0)).toBeGreaterThan(EPISODES / 3);
    expect(Object.keys(tally.faults).length).toBeGreaterThan(EPISODES / 4);
  },
  LONG_MS,
);

/** The wrong twin: it gives up the member's old place as soon as the watched class has a free place, before it books that place. */
const givesBackFirst = ({ store, gym, freshener }: Services): Partial<Services> => ({
  store: {
    ...store,
    async noteWatchDay(seen, now) {
      for (const { watchId } of seen.takes) {
        const { rows } = await town.cloud.pool.query('select user_id, instead from watches where id = $1', [watchId]);
        const [{ user_id: userId, instead }] = rows;
        const box = instead && (await store.readBox(instead.boxId));
        if (!box) continue;
        const { session } = await freshener.background(userId, { staleAt: new Date(0) });
        await gym.cancel(session.key, box.at, {
          reservationId: instead.reservationId,
          familyId: undefined,
          acceptLate: false,
        });
      }
      return store.noteWatchDay(seen, now);
    },
  },
});

test(
  'a twin that gives back first turns the campaign red',
  async () => {
    const fate = {
      name: 'book full after all, same-day',
      swap: 'same-day',
      lateCancelMinutes: 60,
      second: false,
    } as const;
    const fates = [{ ...fate, knobs: [{ kind: 'refuse', op: 'book', reason: 'full', times: 1 } as const] }];
    const { found } = await playWatches({ town, episodes: 2, seed: 7, change: givesBackFirst, fates });
    expect(found.some((line) => line.includes('without a place'))).toBe(true);
  },
  LONG_MS,
);
