// Whether a place that comes free goes to puntual or to a bot that looks just as often. For a pass over 10,000 watches at 300 boxes, the bench also
// counts the reads of the gym's lists, and measures the processor time that the pass takes in this process.
import { randomUUID } from 'node:crypto';
import { Agent } from 'undici';
import { watchPlaces } from '../jobs/watch-places.ts';
import { watchPlacesHere } from '../worker/place-watch.ts';
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { fillMembers } from './members.ts';
import { sleep } from './moment.ts';
import { openRoom, type Room } from './room.ts';
import { median, quantile, seededRandom } from './stats.ts';
import { openTown, type Town } from './town.ts';

const ROUNDS = 200;
/**
 * How many boxes the bench plays at the same time. Each box is one round, in which puntual and the bench's bot compete for one freed place; their
 * reads of the boxes' lists are spread over `INTERVAL_MS`.
 */
const A_BATCH = 50;
const INTERVAL_MS = 20_000;
const ONE_WAY_MS = 15;
const AHEAD_MS = 2_000;
const AFTER_MS = 4_000;
const WATCHES = 10_000;
const BOXES = 300;

export const watches: Bench = {
  name: 'watches',
  what: 'a place that comes free, ours beside a bot that looks at the same interval (20 s), 200 rounds; a pass over 10,000 watches at 300 boxes',
  run,
};

async function run({ rounds, quick, say }: Setting): Promise<Outcome> {
  const room = await openRoom();
  const town = await openTown(room, ONE_WAY_MS);
  try {
    const contest: Won[] = [];
    const all = quick ? A_BATCH / 5 : ROUNDS;
    for (let from = 0; from < all; from += A_BATCH) {
      say(`watches: rounds ${from + 1} to ${Math.min(all, from + A_BATCH)} of ${all}`);
      contest.push(...(await playContest(room, town, from, Math.min(A_BATCH, all - from))));
    }
    say('watches: a pass over many');
    const passes = await measurePasses(room, town, quick ? 500 : WATCHES, quick ? 30 : BOXES, Math.max(2, rounds));
    return conclude(contest, passes);
  } finally {
    await town.close();
    await room.close();
  }
}

interface Won {
  readonly by: 'ours' | 'bot' | 'none';
  /**
   * The time, in ms, from the instant at which puntual's read of the box's list was due until the gym had received puntual's booking; undefined if
   * puntual sent no booking.
   */
  readonly ourTakeMs: number | undefined;
}

/**
 * At one instant a place comes free in every box. puntual and the bench's bot, which reads the lists with fetch, each look at the box's list once, at
 * different instants within `INTERVAL_MS` after the place came free.
 */
async function playContest(room: Room, town: Town, first: number, count: number): Promise<Won[]> {
  const random = seededRandom(1_000 + first);
  const slugs = Array.from({ length: count }, (_, at) => `w${first + at}`);
  // Two neighbouring boxes share two instants of reading: at the first, puntual reads one box's list and the bench's bot the other's; at the second,
  // the reverse. Over both boxes, puntual and the bot have the same instants, so that only their speeds differ.
  const draws = Array.from(
    { length: Math.ceil(count / 2) },
    () => [random() * INTERVAL_MS, random() * INTERVAL_MS] as const,
  );
  const looksAfterMs = (at: number, who: 0 | 1): number => draws[Math.floor(at / 2)]?.[(at + who) % 2] ?? 0;
  const bots = new Map<string, (at: Date) => Promise<void>>();
  const freesAtMs = Date.now() + AHEAD_MS + count * 120;
  const ours = new Map<string, number>();
  for (const [at, slug] of slugs.entries()) {
    await town.addBox(slug);
    await town.addClasses(slug, [{ id: 501, opensAt: new Date(0), limit: 0 }]);
    const [userId = ''] = await town.addMembers(slug, 1);
    bots.set(slug, await makeLookingBot(town, slug));
    const { rows } = await room.pool.query<{ id: string }>('select id from boxes where subdomain = $1', [slug]);
    await watch(town, userId, rows[0]?.id ?? '');
    const looksAtMs = freesAtMs + looksAfterMs(at, 0);
    ours.set(slug, looksAtMs);
    await room.pool.query('update watch_days set next_at = $2 where box_id = $1', [rows[0]?.id, new Date(looksAtMs)]);
  }
  await sleep(Math.max(0, freesAtMs - Date.now()));
  await Promise.all(
    slugs.map((slug) =>
      town.gym.control.changeSlot({ slot: { box: slug, day: town.day, id: 501 }, change: { limit: 1 } }),
    ),
  );
  const looking = watchPlacesHere(town.services, { stopping: new AbortController().signal });
  await Promise.all(slugs.map((slug, at) => bots.get(slug)?.(new Date(freesAtMs + looksAfterMs(at, 1)))));
  await sleep(Math.max(0, freesAtMs + INTERVAL_MS + AFTER_MS - Date.now()));
  await looking.stop();
  return Promise.all(slugs.map((slug) => winnerOf(town, slug, ours.get(slug) ?? 0)));
}

async function winnerOf(town: Town, slug: string, looksAtMs: number): Promise<Won> {
  const { reservations } = await town.gym.control.truth({ box: slug });
  const [place] = reservations.filter((one) => one.state === 'booked');
  const shots = await town.gym.control.history({ op: 'book', box: slug });
  const bot = (id: number) => id >= FIRST_BOT;
  const shot = shots.find(({ memberId }) => memberId !== null && !bot(memberId));
  const ourTakeMs = shot && shot.bodyReadAtMs - looksAtMs;
  return { by: place === undefined ? 'none' : bot(place.memberId) ? 'bot' : 'ours', ourTakeMs };
}

async function watch({ services, day }: Town, userId: string, boxId: string): Promise<void> {
  const now = new Date();
  const startsAt = new Date(now.getTime() + 2 * 24 * 3_600_000);
  const one = { boxId, day, classId: '501', timeId: '1800_60', className: 'Class 501', kind: 'book' as const };
  const times = { notAfter: 90, startsAt, endsAt: startsAt, instead: undefined, now };
  await services.store.createWatch({ id: randomUUID(), userId, ...one, ...times });
}

const FIRST_BOT = 2_000_000;
let bots = FIRST_BOT;

/**
 * Adds a bot with a session. The returned function opens a connection before `at`, reads the day's classes at `at`, and at once books a free place.
 */
async function makeLookingBot(town: Town, slug: string): Promise<(at: Date) => Promise<void>> {
  bots += 1;
  const id = bots;
  await town.gym.control.addMember({
    id,
    email: `look${id}@example.test`,
    password: 'right',
    name: `Bot ${id}`,
    boxes: [slug],
  });
  const [session] = await town.gym.control.openSessions([{ member: id, fingerprint: `look-${id}` }]);
  const cookie = (session?.setCookies ?? []).map((line) => line.split(';')[0]).join('; ');
  const list = `${town.farUrl}/box/${slug}/api/bookings?day=${town.day}&box=${town.boidOf(slug)}&familyId=`;
  return async (at) => {
    const agent = new Agent({ connect: { ca: town.gym.ca ?? '' } });
    const ask = (url: string, init: object = {}) =>
      fetch(url, { headers: { cookie }, dispatcher: agent, ...init } as object);
    try {
      await sleep(Math.max(0, at.getTime() - Date.now() - 500));
      await (await ask(list)).text();
      await sleep(Math.max(0, at.getTime() - Date.now()));
      const { bookings = [] } = (await (await ask(list)).json()) as {
        bookings?: { id: number; limit: number; ocupation: number }[];
      };
      const free = bookings.find((one) => Number(one.limit) > Number(one.ocupation));
      if (!free) return;
      const body = new URLSearchParams({ id: String(free.id), day: town.day, insist: '0', familyId: '' });
      await (await ask(`${town.farUrl}/box/${slug}/api/book`, { method: 'POST', body })).text();
    } finally {
      await agent.destroy();
    }
  };
}

interface Pass {
  readonly cpuMs: number;
  readonly reads: number;
  readonly asked: number;
  readonly tookMs: number;
}

/** Measures passes over watches in which every watched day of every box is due at once, which is the most work that a pass can have. */
async function measurePasses(room: Room, town: Town, count: number, boxes: number, passes: number): Promise<Pass[]> {
  const { pool, stack } = room;
  await pool.query('delete from members; delete from watch_days; delete from watch_budgets; delete from boxes');
  await fillMembers(pool, stack.secrets.sealKeys, town.farUrl, count);
  await pool.query(`update members set admission = 'admitted'`);
  await pool.query('delete from user_boxes');
  for (let at = 0; at < boxes; at += 1) {
    const slug = `many${at}`;
    await town.addBox(slug);
    await town.addClasses(slug, [{ id: 501, opensAt: new Date(0), limit: 0 }]);
  }
  await pool.query('delete from boxes');
  await pool.query(
    `insert into boxes (aimharder_box_id, subdomain, name, created_at) select x.boid, x.slug, x.slug, now() from jsonb_to_recordset($1) x(boid text, slug text)`,
    [JSON.stringify(Array.from({ length: boxes }, (_, at) => ({ slug: `many${at}`, boid: town.boidOf(`many${at}`) })))],
  );
  await pool.query(
    `with m as (select id, row_number() over (order by id) as n from members), b as (select id, row_number() over (order by id) as n from boxes),
       j as (insert into user_boxes (user_id, box_id, joined_at) select m.id, b.id, now() from m join b on b.n = 1 + m.n % $1 returning user_id, box_id)
     insert into watches (id, user_id, box_id, day, class_id, time_id, class_name, kind, not_after, starts_at, ends_at, created_at, updated_at)
       select gen_random_uuid(), user_id, box_id, $2, '501', '1800_60', 'Class 501', 'book', 90, now() + interval '2 days', now() + interval '2 days', now(), now() from j`,
    [boxes, town.day],
  );
  await pool.query('vacuum analyze');
  const measured: Pass[] = [];
  for (let at = 0; at <= passes; at += 1) {
    await pool.query('delete from watch_reads');
    await pool.query('update watch_days set next_at = now()');
    await town.gym.control.clearHistory();
    const [before, startedAtMs] = [process.cpuUsage(), performance.now()];
    const { read } = await watchPlaces(town.services);
    const { user, system } = process.cpuUsage(before);
    const asked = (await town.gym.control.history({ op: 'bookings' })).length;
    // The first pass over the watches only warms the code up and is not counted.
    if (at > 0)
      measured.push({ cpuMs: (user + system) / 1_000, reads: read, asked, tookMs: performance.now() - startedAtMs });
  }
  return measured;
}

function conclude(contest: readonly Won[], passes: readonly Pass[]): Outcome {
  const won = (by: Won['by']) => contest.filter((one) => one.by === by).length;
  const takes = contest.flatMap(({ ourTakeMs }) => ourTakeMs ?? []);
  const share = (100 * won('ours')) / contest.length;
  const cpu = passes.map(({ cpuMs }) => cpuMs);
  const asked = Math.max(...passes.map((one) => one.asked));
  const contestRows = [
    [contest.length, won('ours'), won('bot'), won('none'), round(median(takes)), round(quantile(takes, 0.95))],
  ];
  const passRows = passes.map((one) => [one.reads, one.asked, round(one.cpuMs), round(one.tookMs)]);
  return {
    tables: [
      {
        title: 'Who had the place; and from our look, when it was due, to the gym’s having our request (ms)',
        head: ['rounds', 'ours', 'bot', 'none', 'p50', 'p95'],
        rows: contestRows,
      },
      {
        title: 'Passes over many watches',
        head: ['days read', 'asked of the gym', 'CPU here, ms', 'took, ms'],
        rows: passRows,
      },
    ],
    targets: [
      target('places won beside a bot at the same interval', share, 45, ' %', true),
      target('our request after a look that was due, p95', quantile(takes, 0.95), 1_000, ' ms'),
      target('reads of a pass over 10,000 watches', asked, BOXES, ''),
      target('CPU of a pass over 10,000 watches', median(cpu), 2_000, ' ms'),
    ],
    figures: { contest: contestRows, passes: passRows, takes },
  };
}
