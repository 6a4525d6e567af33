// Each class has twelve places and N rivals, whose bookings arrive 300 ± 150 ms after the opening. puntual and three kinds of bots race for places of
// such classes, 30 ms away from a gym whose clock is not exactly known. The picture `contention.svg` shows when
// the requests of puntual, the bots and the rivals arrive.
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { makeBot } from './cold-bot.ts';
import { type BOTS, type ContentionWay, drawContention, type Try, WAYS } from './contention-picture.ts';
import { openRoom } from './room.ts';
import { quantile, rotated, seededRandom } from './stats.ts';
import { openTown, type Town, type TownClass } from './town.ts';

const CAPACITY = 12;
const RIVALS = { afterOpeningMs: 300, spreadMs: 150 };
const CROWDS = [12, 50, 200, 1_000];
const CLASSES_A_CROWD = 3;
const ONE_WAY_MS = 15;
/** The gym's clock is off by minus this many ms in the first round and by plus this many in the last, like a server's uncorrected clock. */
const MAX_OFF_MS = 500;
const AHEAD_MS = 7_500;
/** The classes for one kind of bot open this many ms apart, so that the bots of that kind do not slow each other down. */
const APART_MS = 60;
const BETWEEN_WAYS_MS = 1_600;
/** The earlier app sent its booking this many ms before the opening by its own clock, as a guess of the travel time. */
const GUESS_MS = 30;
const CRON_MS = 60_000;
/**
 * This many ms after its opening, a class has no free place left. A cron bot that would wake up later is started then, so that the bench need not
 * wait a minute.
 */
const GONE_MS = 1_500;

export const contention: Bench = {
  name: 'contention',
  what: 'capacity 12, N rivals at 300 ± 150 ms, gym clock within ±0.5 s: share of places won, beside three kinds of bots',
  run,
};

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const room = await openRoom();
  const town = await openTown(room, ONE_WAY_MS);
  const random = seededRandom(12);
  const tries: Try[] = [];
  try {
    for (let at = 0; at < rounds; at += 1) {
      say(`contention: round ${at + 1} of ${rounds}`);
      const share = rounds > 1 ? at / (rounds - 1) : 0.5;
      await town.setOffset(MAX_OFF_MS * (2 * share - 1));
      tries.push(...(await oneRound(town, at, quick ? 1 : CLASSES_A_CROWD, random)));
    }
  } finally {
    await town.close();
    await room.close();
  }
  return conclude(tries);
}

async function oneRound(town: Town, at: number, each: number, random: () => number): Promise<Try[]> {
  const go = await Promise.all(rotated(WAYS, at).map((way, turn) => enter(town, way, `r${at}w${turn}`, each, random)));
  const startMs = Math.ceil((Date.now() + AHEAD_MS) / 10) * 10;
  return (await Promise.all(go.map((race, turn) => race(startMs + turn * BETWEEN_WAYS_MS)))).flat();
}

interface Race {
  readonly crowd: number;
  readonly wanted: TownClass;
}

/**
 * Adds the classes of one way, each class with its rivals. Every way gets classes of its own, alike in places and in rivals. The classes for puntual
 * all open at one instant; those for a kind of bot (a booking program beside puntual) open one after the other.
 */
async function open(town: Town, way: ContentionWay, slug: string, startMs: number, each: number): Promise<Race[]> {
  const crowds = CROWDS.flatMap((crowd) => Array.from({ length: each }, () => crowd));
  const races: Race[] = crowds.map((crowd, index) => ({
    crowd,
    wanted: {
      id: 500 + index,
      opensAt: new Date(startMs + (way === 'puntual' ? 0 : index * APART_MS)),
      limit: CAPACITY,
      rivals: { count: crowd, ...RIVALS },
    },
  }));
  await town.addClasses(
    slug,
    races.map(({ wanted }) => wanted),
  );
  return races;
}

type Go = (startMs: number) => Promise<Try[]>;

/**
 * Adds a box with new signed-in members (for puntual) or new bots (for the other ways). Returns a function that runs the races of the members or bots
 * added here.
 */
async function enter(town: Town, way: ContentionWay, slug: string, each: number, random: () => number): Promise<Go> {
  const count = CROWDS.length * each;
  await town.addBox(slug);
  if (way === 'puntual') {
    const users = await town.addMembers(slug, count);
    return async (startMs) => {
      const races = await open(town, way, slug, startMs, each);
      return tell(town, way, slug, races, await raceOurs(town, slug, races, users));
    };
  }
  const bots = await Promise.all(Array.from({ length: count }, () => makeBot(town, slug)));
  return async (startMs) => {
    const races = await open(town, way, slug, startMs, each);
    const won = races.map(({ wanted }, index) => bots[index]?.(wanted, wakesAt(way, wanted.opensAt, random)) ?? false);
    return tell(town, way, slug, races, await Promise.all(won));
  };
}

function wakesAt(way: (typeof BOTS)[number], opensAt: Date, random: () => number): Date {
  const afterMs = {
    'fire at T, cold': 0,
    'first app: T − 30 ms, cold': -GUESS_MS,
    'cron every 60 s': random() * CRON_MS,
  };
  return new Date(opensAt.getTime() + Math.min(afterMs[way], GONE_MS));
}

async function raceOurs(
  town: Town,
  slug: string,
  races: readonly Race[],
  users: readonly string[],
): Promise<boolean[]> {
  const wishes = races.map(({ wanted }, index) => ({ userId: users[index] ?? '', wanted }));
  const ended = await town.race(slug, wishes);
  return users.map((user) => ended.find((one) => one.userId === user)?.status === 'booked');
}

async function tell(
  town: Town,
  way: ContentionWay,
  slug: string,
  races: readonly Race[],
  won: readonly boolean[],
): Promise<Try[]> {
  const arrivals = await town.arrivals(
    slug,
    races.map(({ wanted }) => wanted),
  );
  return races.map(({ crowd, wanted }, index) => ({
    way,
    crowd,
    isWon: won[index] ?? false,
    afterOpeningMs: arrivals.get(wanted.id)?.[0] ?? Number.NaN,
  }));
}

const share = (tries: readonly Try[]): number => (100 * tries.filter((one) => one.isWon).length) / tries.length;

function conclude(tries: readonly Try[]): Outcome {
  const of = (way: ContentionWay, crowd?: number) =>
    tries.filter((one) => one.way === way && (crowd === undefined || one.crowd === crowd));
  const rows = WAYS.map((way) => {
    const after = of(way).map((one) => one.afterOpeningMs);
    const shares = CROWDS.map((crowd) => `${round(share(of(way, crowd)))}%`);
    return [way, of(way).length, ...shares, round(quantile(after, 0.5)), round(quantile(after, 0.95))];
  });
  return {
    tables: [
      {
        title: `Places won of ${CAPACITY} against N rivals, and arrival after the opening in ms`,
        head: ['way', 'tries', ...CROWDS.map((crowd) => `N = ${crowd}`), 'p50', 'p95'],
        rows,
      },
    ],
    targets: [target('wins where a place existed', share(of('puntual')), 99, ' %', true)],
    figures: { rows },
    pictures: { 'contention.svg': drawContention(WAYS, CROWDS, tries) },
  };
}
