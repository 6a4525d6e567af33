// Measures whole races, from a stored prebooking to the arrival of its booking at the gym, with the gym's clock two seconds ahead of ours or behind.
// Each race runs with a real database and real sockets, at a pretend gym 30 ms away. A bot that sends its booking at the opening by its own clock
// runs beside each race.
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { makeBot } from './cold-bot.ts';
import { openRoom } from './room.ts';
import { quantile, rotated } from './stats.ts';
import { openTown, type Town, type TownClass } from './town.ts';

const OFFSETS_MS = [2_000, -2_000];
const ONE_WAY_MS = 15;
const BOXES = 8;
const MEMBERS = 2;
/** The boxes of one round open their classes this many ms apart, one box after the other. */
const APART_MS = 250;
/** The first opening is at least this many ms ahead, so that there is time for all probes of the gym's clock. */
const AHEAD_MS = 12_000;

export const endToEnd: Bench = {
  name: 'end-to-end',
  what: 'prebooking → gym with its clock ±2 s (whole race, 30 ms round trip): arrival after the opening, beside fetch at local T',
  run,
};

interface Seen {
  readonly ours: Map<number, number[]>;
  readonly bots: Map<number, number[]>;
  lost: number;
}

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const room = await openRoom();
  const town = await openTown(room, ONE_WAY_MS);
  const seen: Seen = { ours: new Map(), bots: new Map(), lost: 0 };
  try {
    // The two offsets of the gym's clock alternate from round to round.
    const turns = Math.ceil(rounds / OFFSETS_MS.length) * OFFSETS_MS.length;
    for (let at = 0; at < turns; at += 1) {
      say(`end-to-end: round ${at + 1} of ${turns}`);
      const [offsetMs = 0] = rotated(OFFSETS_MS, at);
      await town.setOffset(offsetMs);
      await openings(town, `r${at}`, offsetMs, quick ? 2 : BOXES, seen);
    }
  } finally {
    await town.close();
    await room.close();
  }
  return conclude(seen);
}

/**
 * Runs one round: several boxes open two classes each, one box after the other. At each box two members of puntual have prebookings for one class,
 * and a bot that does not use puntual books the other class.
 */
async function openings(town: Town, name: string, offsetMs: number, count: number, seen: Seen): Promise<void> {
  const slugs = Array.from({ length: count }, (_, box) => `${name}b${box}`);
  const ready = [];
  for (const slug of slugs) {
    await town.addBox(slug);
    ready.push({ slug, users: await town.addMembers(slug, MEMBERS), bot: await makeBot(town, slug) });
  }
  const baseMs = Date.now() + AHEAD_MS;
  await Promise.all(
    ready.map((one, box) => raceOf(town, { ...one, opensAt: instantOf(baseMs + box * APART_MS) }, offsetMs, seen)),
  );
}

const instantOf = (ms: number): Date => new Date(Math.ceil(ms / 10) * 10);

interface Ready {
  readonly slug: string;
  readonly opensAt: Date;
  readonly users: string[];
  readonly bot: Awaited<ReturnType<typeof makeBot>>;
}

async function raceOf(town: Town, { slug, opensAt, users, bot }: Ready, offsetMs: number, seen: Seen): Promise<void> {
  const wanted: TownClass = { id: 501, opensAt, limit: 12 };
  const botsOwn: TownClass = { ...wanted, id: 502 };
  const classes = [wanted, botsOwn];
  await town.addClasses(slug, classes);
  const wishes = users.map((userId) => ({ userId, wanted }));
  const [ended] = await Promise.all([town.race(slug, wishes), bot(botsOwn, opensAt)]);
  seen.lost += ended.filter((one) => one.status !== 'booked').length;
  const arrived = await town.arrivals(slug, classes);
  // Only each member's first request counts: a request that follows a "too early" refusal says nothing about the aim.
  add(seen.ours, offsetMs, (arrived.get(wanted.id) ?? []).slice(0, users.length));
  add(seen.bots, offsetMs, (arrived.get(botsOwn.id) ?? []).slice(0, 1));
}

function add(into: Map<number, number[]>, key: number, samples: readonly number[]): void {
  into.set(key, [...(into.get(key) ?? []), ...samples]);
}

const earlyShare = (samples: readonly number[]): number =>
  (100 * samples.filter((ms) => ms < 0).length) / samples.length;

function conclude(seen: Seen): Outcome {
  const row = (way: string, offsetMs: number, all: readonly number[]) => [
    way,
    `${offsetMs > 0 ? '+' : ''}${offsetMs / 1000} s`,
    all.length,
    ...[quantile(all, 0), quantile(all, 0.5), quantile(all, 0.99), quantile(all, 1), earlyShare(all)].map(round),
  ];
  const rows = OFFSETS_MS.flatMap((offsetMs) => [
    row('puntual', offsetMs, seen.ours.get(offsetMs) ?? []),
    row('fetch at local T', offsetMs, seen.bots.get(offsetMs) ?? []),
  ]);
  const all = [...seen.ours.values()].flat();
  return {
    tables: [
      {
        title: 'Milliseconds from the opening to the arrival, on the gym’s clock',
        head: ['way', 'gym’s clock', 'shots', 'first', 'p50', 'p99', 'last', 'early %'],
        rows,
      },
    ],
    targets: [
      target('arrival p50', quantile(all, 0.5), 3, ' ms'),
      target('arrival p99', quantile(all, 0.99), 10, ' ms'),
      target('arrivals before the opening', earlyShare(all), 0.5, ' %'),
      target('prebookings not booked', seen.lost, 0, ''),
    ],
    figures: { rows },
  };
}
