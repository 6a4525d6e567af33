// The member's app on a slow phone: how soon a day of sixty classes, the reaction to a pressed button and the end of a race are on screen. Chromium
// runs with a quarter of the machine's speed; the first load of a page is also measured over a slow mobile network (150 ms, 1.6 Mbit/s).
import { fileURLToPath } from 'node:url';
import { askLighthouse } from './app-lighthouse.ts';
import { type AppStage, openAppStage, type Phone } from './app-stage.ts';
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { median, medianOf } from './stats.ts';

const SLOW_MOBILE = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
const FULL_SPEED = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
const FIRST_OPENING_MS = 90_000;
const BETWEEN_OPENINGS_MS = 6_000;
const MAX_RACES = 12;
const MAX_PRESSES = 15;
const LAST_ROW = 59;
const ROWS_AN_HOUR = 4;
const PAGE_NOTES = fileURLToPath(new URL('app-page.js', import.meta.url));

interface Load {
  readonly paintMs: number;
  readonly largestMs: number;
  /** When all rows of the day are shown, in ms after the page's load began. */
  readonly listMs: number;
  /** How many ms beyond 50 each long task of the main thread takes, summed over the tasks until all rows of the day are shown. */
  readonly blockedMs: number;
  readonly shift: number;
}

export const app: Bench = {
  name: 'app',
  what: 'the app in Chromium with 4× CPU slowdown: a day of 60 classes, a press, a race seen live',
  async run(setting) {
    const races = setting.quick ? 2 : Math.min(MAX_RACES, setting.rounds);
    const firstMs = Math.ceil((Date.now() + FIRST_OPENING_MS) / 1000) * 1000;
    const openings = Array.from({ length: races }, (_, at) => firstMs + at * BETWEEN_OPENINGS_MS);
    const stage = await openAppStage(openings);
    try {
      return await measure(stage, setting, openings);
    } finally {
      await stage.stop();
    }
  },
};

async function measure(stage: AppStage, setting: Setting, openings: readonly number[]): Promise<Outcome> {
  const { rounds, say } = setting;
  await wishAll(stage, openings);
  const fast: Load[] = [];
  const slow: Load[] = [];
  for (let at = 0; at < rounds; at++) {
    fast.push(await load(stage, FULL_SPEED));
    slow.push(await load(stage, SLOW_MOBILE));
    say(`  load ${at + 1} of ${rounds}`);
  }
  const presses = await pressAll(stage, rounds);
  say('  presses measured; now the races');
  const seen = await watchRaces(stage, openings);
  const judged = await askLighthouse(stage, setting);
  const of = (loads: readonly Load[], name: keyof Load) => medianOf(loads, (one) => one[name]);
  const rowOf = (name: string, loads: readonly Load[]) => [
    name,
    ...(['paintMs', 'largestMs', 'listMs', 'blockedMs', 'shift'] as const).map((field) => round(of(loads, field))),
  ];
  return {
    tables: [
      {
        title: 'A day of 60 classes, first load, 4× CPU slowdown: medians',
        head: ['network', 'first paint ms', 'largest paint ms', 'list stands ms', 'blocked ms', 'layout shift'],
        rows: [rowOf('none in between', fast), rowOf('slow mobile', slow)],
      },
      {
        title: 'Press and race: ms',
        head: ['what', 'median', 'worst'],
        rows: [
          ['press Book → said that it is busy', round(median(presses)), round(Math.max(...presses))],
          ['row settled → state on screen', round(median(seen)), round(Math.max(...seen))],
        ],
      },
      ...(judged ? [judged.table] : []),
    ],
    targets: [
      target('first paint of a day of 60 classes', of(fast, 'paintMs'), 1_500, ' ms'),
      target('press → state shown', median(presses), 100, ' ms'),
      target('race settled → on screen', median(seen), 300, ' ms'),
      target('layout shift', of(slow, 'shift'), 0.1, ''),
      ...(judged?.targets ?? []),
    ],
    figures: { fast, slow, presses, seen, ...judged?.figures },
  };
}

async function wishAll({ stack, boxId, raceDay, accessToken }: AppStage, openings: readonly number[]): Promise<void> {
  for (const [at, opensAtMs] of openings.entries()) {
    const timeId = `${String(7 + at).padStart(2, '0')}00_60`;
    const response = await fetch(`${stack.url}/api/prebookings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        boxId,
        day: raceDay,
        timeId,
        className: 'WOD',
        opensAt: new Date(opensAtMs).toISOString(),
      }),
    });
    if (response.status !== 201)
      throw new Error(`Expected a prebooking, got ${response.status} ${await response.text()}`);
  }
}

async function open(stage: AppStage, path: string): Promise<Phone> {
  const phone = await stage.openPhone();
  await phone.page.addInitScript({ path: PAGE_NOTES });
  await phone.page.goto(`${stage.stack.url}${path}`);
  return phone;
}
const dayPath = ({ boxId, fullDay }: AppStage): string => `/classes?box=${boxId}&day=${fullDay}`;

async function load(stage: AppStage, network: typeof FULL_SPEED): Promise<Load> {
  const { page, cdp } = await stage.openPhone();
  await cdp.send('Network.enable');
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
  await cdp.send('Network.emulateNetworkConditions', network);
  await page.addInitScript({ path: PAGE_NOTES });
  await page.goto(`${stage.stack.url}${dayPath(stage)}`);
  await page.waitForFunction('notes.listMs > 0', undefined, { timeout: 60_000 });
  const read = await page.evaluate<Load>('notes.read()');
  await page.close();
  return read;
}

/** Milliseconds from each press of a button to the first frame in which that button says that it is busy. */
async function pressAll(stage: AppStage, rounds: number): Promise<number[]> {
  const { page } = await open(stage, dayPath(stage));
  await page.locator('main .row').nth(LAST_ROW).waitFor();
  const presses: number[] = [];
  for (let at = 0; at < Math.min(rounds, MAX_PRESSES); at++) {
    // The classes whose buttons are pressed are an hour apart, because a member can book only one of the classes that begin in the same hour.
    const row = page.locator('main .row').nth(ROWS_AN_HOUR * at);
    await page.evaluate(`notes.watchPress(${ROWS_AN_HOUR * at})`);
    await row.locator('button').click();
    await page.waitForFunction('notes.pressMs > 0');
    presses.push(await page.evaluate<number>('notes.pressMs'));
    // Waits until the booking is decided, so that no later press has to wait for the app to read the day's classes again after this booking.
    await row.locator('.note').waitFor();
  }
  await page.close();
  return presses;
}

/** Milliseconds from a race's end (the prebooking's `settled_at`) to the first frame that shows this end, for each race. */
async function watchRaces(stage: AppStage, openings: readonly number[]): Promise<number[]> {
  const { page } = await open(stage, '/bookings');
  await page.evaluate('void notes.watchEnds()');
  const until = (openings.at(-1) ?? 0) + 60_000;
  const ends = () => page.evaluate<Record<string, number>>('notes.ends');
  while (Object.keys(await ends()).length < openings.length && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 250));
  const seenAt = await ends();
  await page.close();
  const rows = await stage.query('select id, settled_at from prebookings where id = any($1)', [Object.keys(seenAt)]);
  const seen = rows.map(({ id, settled_at: settledAt }) => (seenAt[String(id)] ?? 0) - (settledAt as Date).getTime());
  if (seen.length < openings.length)
    throw new Error(`Expected ${openings.length} races to be seen, saw ${seen.length}.`);
  return seen;
}
