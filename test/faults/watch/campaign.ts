// Plays watches of classes that get a free place, at a gym that loses and refuses requests. The gym's own history must show that no place is booked
// twice, and that no member gives up a booked place before the freed place is booked. A member that is left with two places must get a notice. In
// every second batch a second process reads the watched days, too; in the other batches the test's own process runs two passes over them at once.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { sweepPrebookings } from '../../../jobs/sweep-prebookings.ts';
import { classStartsAt } from '../../../services/prebooking/opening-rule.ts';
import type { HistoryEntry } from '../../../simulator/history.ts';
import { seededRandom } from '../../../simulator/random.ts';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import type { Services } from '../../../worker/services.ts';
import { MONDAY, SUNDAY_NOON } from '../../support/town.ts';
import { placeOf, SUNDAY, type WatchTown, watchBox, watchMember } from '../../watch/watch-town.ts';
import { drawFate, type Fate } from './fates.ts';
import type { SecondProcess } from './second-process.ts';

export interface WatchCampaign {
  readonly town: WatchTown;
  readonly episodes: number;
  readonly seed: number;
  /** What a wrong twin changes in the services; absent for the real code. */
  readonly change?: (services: Services) => Partial<Services>;
  /**
   * The fates of the episodes (which faults strike, and which place the member gives up), taken in order and then from the beginning again; absent:
   * each fate is drawn.
   */
  readonly fates?: readonly Fate[];
  /** The process that, in every second batch, reads the watched days beside the test's own process. */
  readonly second?: SecondProcess;
}
export interface WatchTally {
  readonly episodes: number;
  /** In how many of the episodes a second process read the watched days beside the test's own process. */
  readonly shared: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly ends: Readonly<Record<string, number>>;
  readonly found: readonly string[];
}

const MAX_BATCH = 300;
const SIDE_BY_SIDE = 12;
/**
 * The seconds from one read of the watched days to the next. `STEPS_S` lists so many reads that puntual can try a second time to book a free place
 * after the gym refused the first booking.
 */
const STEPS_S = [5, 20, 25, 30, 40, 60, 60, 120, 100, 20, 25, 25, 30, 30, 40, 300, 20, 25, 25, 30, 30, 40] as const;

/** Plays a campaign, and returns what it counted and found: each episode is one box in which a place comes free. */
export async function playWatches(campaign: WatchCampaign): Promise<WatchTally> {
  const { town, episodes, seed, change, fates, second } = campaign;
  const services = { ...town.services, ...change?.(town.services) };
  const faults: Record<string, number> = {};
  const ends: Record<string, number> = {};
  const found: string[] = [];
  const add = (to: Record<string, number>, name: string) => {
    to[name] = (to[name] ?? 0) + 1;
  };
  // A campaign with a second process plays at least two batches, because only every second batch has the second process.
  const size = Math.min(MAX_BATCH, second ? Math.ceil(episodes / 2) : episodes);
  let shared = 0;
  for (let first = 0; first < episodes; first += size) {
    const random = seededRandom(seed + first);
    const count = Math.min(size, episodes - first);
    const drawn = Array.from({ length: count }, (_, at) => fates?.[at % fates.length] ?? drawFate(random));
    const beside = (first / size) % 2 === 1 ? second : undefined;
    if (beside) shared += count;
    const played = await playBatch(town, services, drawn, beside);
    for (const one of played) {
      add(faults, one.fate.name);
      add(ends, one.end);
      const by = beside ? ', two processes' : '';
      found.push(
        ...one.found.map(
          (what) => `seed ${seed} of ${episodes}, episode ${first + one.at} (${one.fate.name}${by}): ${what}`,
        ),
      );
    }
  }
  return { episodes, shared, faults, ends, found };
}

interface Episode {
  readonly at: number;
  readonly fate: Fate;
  readonly slug: string;
  /**
   * The ids of the episode's members at the gym: `member` has the watch, `second` watches the same class by a watch made later, `stranger` holds the
   * watched place.
   */
  readonly member: number;
  readonly second: number;
  readonly stranger: number;
}
interface Played extends Episode {
  readonly end: string;
  readonly found: readonly string[];
}

async function playBatch(
  town: WatchTown,
  services: Services,
  fates: readonly Fate[],
  second: SecondProcess | undefined,
): Promise<Played[]> {
  const { gym, clock } = town;
  const all = fates.map(
    (fate, at): Episode => ({ at, fate, slug: `b${at}`, member: 3 * at + 1, second: 3 * at + 2, stranger: 3 * at + 3 }),
  );
  await stage(town, all);
  const watches = await write(town, all);
  for (const { member, fate } of all) for (const knob of fate.knobs) await gym.control.setKnob({ ...knob, member });
  // In each box a place comes free: the class takes two members from here on.
  for (const { slug } of all)
    await gym.control.changeSlot({ slot: { box: slug, day: MONDAY, id: 501 }, change: { limit: 2 } });
  const look = () => town.look(services);
  const both = (step: number) => (second ? lookBeside(second, step, clock.now(), look) : Promise.all([look(), look()]));
  await both(0);
  for (const [at, seconds] of STEPS_S.entries()) {
    await lateEffects(town);
    await town.advance(seconds * 1_000);
    await sweepPrebookings({ ...services, clock });
    await both(at + 1);
  }
  return judge(town, all, watches);
}

/** Makes both processes read the watched days that are due: at even steps the second process begins first, at odd steps both begin at once. */
async function lookBeside(second: SecondProcess, step: number, now: Date, look: () => Promise<unknown>): Promise<void> {
  const { begun, done } = second.look(now);
  if (step % 2 === 0) await begun;
  await Promise.all([look(), done]);
}

/** Waits until the bookings and cancellings that the gym carries out late have happened, before the clocks are moved on. */
async function lateEffects({ gym }: WatchTown): Promise<void> {
  const isOut = ({ struckBy, effect, answeredAtMs }: HistoryEntry) =>
    struckBy.includes('late-effect') && effect === null && answeredAtMs === null;
  for (let looks = 0; looks < 20; looks += 1) {
    const out = [
      ...(await gym.control.history({ op: 'book' })),
      ...(await gym.control.history({ op: 'cancelBook' })),
    ].filter(isOut);
    if (out.length === 0) return;
    await sleep(25);
  }
}

async function stage(town: WatchTown, all: readonly Episode[]): Promise<void> {
  const scenario: ScenarioInput = {
    boxes: all.map(({ slug, at, fate }) => watchBox(slug, 100 + at, { lateCancelMinutes: fate.lateCancelMinutes })),
    members: all.flatMap(({ slug, member, second, stranger }) =>
      [member, second, stranger].map((id) => watchMember(id, [slug])),
    ),
  };
  const { gym, clock, cloud, ids } = town;
  clock.set(SUNDAY_NOON);
  await gym.control.reset(scenario);
  await gym.control.freeze(SUNDAY_NOON.getTime());
  for (const table of ['watch_days', 'watch_budgets', 'members', 'rate_buckets', 'login_limits'])
    await cloud.pool.query(`delete from ${table}`);
  ids.clear();
  const limit = pLimit(SIDE_BY_SIDE);
  const here = all.flatMap(({ member, second, fate }) => (fate.second ? [member, second] : [member]));
  await Promise.all(
    here.map((id) => limit(async () => ids.set(id, (await town.signIn(`m${id}@example.test`)).member.id))),
  );
  // The pretend gym is set to accept a second booking of the same member at the same hour, so that a double booking shows.
  await gym.control.setKnob({ kind: 'same-hour', on: false });
}

/**
 * Books the places that the episodes need, such as a place to give up, and writes the watches. Returns the id of the watch that each episode's first
 * member (`member`) has, by the episode's number.
 */
async function write(town: WatchTown, all: readonly Episode[]): Promise<ReadonlyMap<number, string>> {
  const { gym, services, ids, cloud, clock } = town;
  const { rows } = await cloud.pool.query<{ id: string; subdomain: string }>('select id, subdomain from boxes');
  const boxes = new Map(rows.map(({ id, subdomain }) => [subdomain, id]));
  const watches = new Map<number, string>();
  const startsAt = classStartsAt(MONDAY, '1800_60', 'Europe/Madrid');
  const endsAt = new Date(startsAt.getTime() - 90 * 60_000);
  const limit = pLimit(SIDE_BY_SIDE);
  const begin = async ({ at, fate, slug, member, second, stranger }: Episode) => {
    const boxId = boxes.get(slug) ?? '';
    await gym.control.bookByHand({ box: slug, day: MONDAY, id: 501, member: stranger });
    const near = fate.swap === 'near' ? { day: SUNDAY, id: 503 } : { day: MONDAY, id: 502 };
    const instead = fate.swap === 'none' ? undefined : await placeOf(town, member, { box: slug, boxId, ...near });
    const one = {
      boxId,
      day: MONDAY,
      classId: '501',
      timeId: '1800_60',
      className: 'WOD',
      kind: 'book',
      notAfter: 90,
    } as const;
    const write = (who: number, now: Date, more: object) =>
      services.store.createWatch({
        ...one,
        id: randomUUID(),
        userId: ids.get(who) ?? '',
        startsAt,
        endsAt,
        instead: undefined,
        now,
        ...more,
      });
    watches.set(at, (await write(member, clock.now(), { instead })).id);
    if (fate.second) await write(second, new Date(clock.now().getTime() + 1), {});
  };
  await Promise.all(all.map((one) => limit(() => begin(one))));
  clock.advance(1);
  await gym.control.clearHistory();
  return watches;
}

async function judge(
  town: WatchTown,
  all: readonly Episode[],
  watches: ReadonlyMap<number, string>,
): Promise<Played[]> {
  const { gym, cloud, ids } = town;
  const [truth, books, cancels, rows, notices] = await Promise.all([
    gym.control.truth({}),
    gym.control.history({ op: 'book' }),
    gym.control.history({ op: 'cancelBook' }),
    cloud.pool.query<{ id: string; status: string; outcome: string | null }>('select id, status, outcome from watches'),
    cloud.pool.query<{ user_id: string; kind: string }>('select user_id, kind from outbox'),
  ]);
  return all.map((one) => {
    const found: string[] = [];
    const { member, second, fate } = one;
    const effects = [...books, ...cancels]
      .filter(({ memberId, effect }) => memberId === member && effect !== null)
      .sort((a, b) => (a.effectAtMs ?? 0) - (b.effectAtMs ?? 0))
      .map(({ effect }) => effect?.what);
    const hadOne = fate.swap !== 'none';
    let places = hadOne ? 1 : 0;
    for (const what of effects) {
      places += what === 'booked' ? 1 : what === 'cancelled' ? -1 : 0;
      if (hadOne && places < 1) found.push(`without a place: ${effects.join(', ')}`);
    }
    if (effects.filter((what) => what === 'booked').length > 1) found.push('booked twice');
    const stand = truth.reservations.filter(({ memberId, state }) => memberId === member && state === 'booked');
    const kinds = notices.rows.filter(({ user_id }) => user_id === ids.get(member)).map(({ kind }) => kind);
    const watch = rows.rows.find(({ id }) => id === watches.get(one.at));
    const end = watch?.outcome ?? watch?.status ?? 'gone';
    const isTold = kinds.includes('swap-stuck');
    if (stand.length > 1 && !isTold) found.push(`two places and not told (${end})`);
    if (['taking', 'swapping'].includes(watch?.status ?? '') && !isTold) found.push(`left open as ${watch?.status}`);
    const isBetter = stand.some(({ timeid }) => timeid === '1800_60');
    if (isBetter !== ['booked', 'swapped', 'stuck', 'swapping'].includes(end))
      found.push(`says ${end}, the place ${isBetter ? 'stands' : 'does not'}`);
    if (fate.name === 'book well' && fate.second && books.some(({ memberId }) => memberId === second))
      found.push('the later watch was tried although the earlier one had the place');
    return { ...one, end, found };
  });
}
