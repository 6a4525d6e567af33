// The member's app on a slow phone: how soon a day of sixty classes stands, how soon a press is answered, how soon a settled race is seen.
// Chromium runs with a quarter of the machine's speed; the first load also over a slow mobile network (150 ms, 1.6 Mbit/s).
import type { Page } from 'playwright-core';
import { type AppStage, openAppStage } from './app-stage.ts';
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';

const SLOW_MOBILE = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
const FULL_SPEED = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
const FIRST_OPENING_MS = 90_000;
const BETWEEN_OPENINGS_MS = 6_000;
const MAX_RACES = 12;

interface Load {
  readonly paintMs: number;
  readonly largestMs: number;
  /** All rows of the day stand. */
  readonly listMs: number;
  /** Sum of what long tasks take beyond 50 ms each, until the list stands. */
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

async function measure(stage: AppStage, { rounds, say }: Setting, openings: readonly number[]): Promise<Outcome> {
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
  const of = (loads: readonly Load[], name: keyof Load) => median(loads.map((one) => one[name]));
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
    ],
    targets: [
      target('first paint of a day of 60 classes', of(fast, 'paintMs'), 1_500, ' ms'),
      target('press → state shown', median(presses), 100, ' ms'),
      target('race settled → on screen', median(seen), 300, ' ms'),
      target('layout shift', of(slow, 'shift'), 0.1, ''),
    ],
    figures: { fast, slow, presses, seen },
  };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function wishAll({ stack, boxId, raceDay, accessToken }: AppStage, openings: readonly number[]): Promise<void> {
  for (const [at, opensAtMs] of openings.entries()) {
    const timeId = `${String(7 + at).padStart(2, '0')}00_60`;
    const response = await fetch(`${stack.url}/api/prebookings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ boxId, day: raceDay, timeId, className: 'WOD', opensAt: new Date(opensAtMs).toISOString() }),
    });
    if (response.status !== 201) throw new Error(`Expected a prebooking, got ${response.status} ${await response.text()}`);
  }
}

/** What the page notes about itself from its first instant on. */
const NOTES = () => {
  const notes = { largestMs: 0, shift: 0, blockedMs: 0, listMs: 0 };
  Object.assign(window, { notes });
  const observe = (type: string, note: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  observe('largest-contentful-paint', ({ startTime }) => (notes.largestMs = startTime));
  observe('layout-shift', (entry) => (notes.shift += Number(Reflect.get(entry, 'value'))));
  observe('longtask', ({ duration }) => (notes.blockedMs += notes.listMs === 0 ? duration - 50 : 0));
  const look = () => {
    if (document.querySelectorAll('main .row').length >= 60) notes.listMs = performance.now();
    else requestAnimationFrame(look);
  };
  look();
};

async function load(stage: AppStage, network: typeof FULL_SPEED): Promise<Load> {
  const { page, cdp } = await stage.openPhone();
  await cdp.send('Network.enable');
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
  await cdp.send('Network.emulateNetworkConditions', network);
  await page.addInitScript(NOTES);
  await page.goto(`${stage.stack.url}/classes?box=${stage.boxId}&day=${stage.fullDay}`);
  await page.waitForFunction(() => Reflect.get(window, 'notes').listMs > 0, undefined, { timeout: 60_000 });
  const read = await page.evaluate(() => ({
    ...(Reflect.get(window, 'notes') as Omit<Load, 'paintMs'>),
    paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  }));
  await page.close();
  return read;
}

/** From the press to the first frame in which the button says that it is busy. */
async function pressAll(stage: AppStage, rounds: number): Promise<number[]> {
  const { page } = await stage.openPhone();
  await page.goto(`${stage.stack.url}/classes?box=${stage.boxId}&day=${stage.fullDay}`);
  await page.locator('main .row').nth(59).waitFor();
  const presses: number[] = [];
  for (let at = 0; at < Math.min(rounds, 30); at++) {
    const button = page.locator('main .row').nth(2 * at).locator('button');
    await button.evaluate((pressed) => {
      pressed.addEventListener(
        'click',
        ({ timeStamp }) =>
          new MutationObserver((_, observer) => {
            observer.disconnect();
            requestAnimationFrame(() => setTimeout(() => Object.assign(window, { pressMs: performance.now() - timeStamp })));
          }).observe(pressed, { attributes: true, childList: true, characterData: true, subtree: true }),
        { capture: true, once: true },
      );
    });
    await button.click();
    await page.waitForFunction(() => Reflect.get(window, 'pressMs') > 0);
    presses.push(await page.evaluate(() => Number(Reflect.get(window, 'pressMs'))));
    await page.evaluate(() => Object.assign(window, { pressMs: 0 }));
    // Until it is decided, so that one press does not wait for another's list.
    await page.locator('main .row').nth(2 * at).locator('.note').waitFor();
  }
  await page.close();
  return presses;
}

/** From the instant written into each row to the first frame that shows it. */
async function watchRaces(stage: AppStage, openings: readonly number[]): Promise<number[]> {
  const { page } = await stage.openPhone();
  await page.goto(`${stage.stack.url}/bookings`);
  await noteEnds(page);
  const until = (openings.at(-1) ?? 0) + 60_000;
  const count = () => page.evaluate(() => Object.keys(Reflect.get(window, 'ends')).length);
  while ((await count()) < openings.length && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 250));
  const ends = await page.evaluate(() => Reflect.get(window, 'ends') as Record<string, number>);
  await page.close();
  const rows = await stage.query('select id, settled_at from prebookings where id = any($1)', [Object.keys(ends)]);
  const seen = rows.map(({ id, settled_at: settledAt }) => (ends[String(id)] ?? 0) - (settledAt as Date).getTime());
  if (seen.length < openings.length) throw new Error(`Expected ${openings.length} races to be seen, saw ${seen.length}.`);
  return seen;
}

/** Notes when each row of a prebooking first says that it is booked; those that say so already are left out. */
const noteEnds = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const ends: Record<string, number> = {};
    Object.assign(window, { ends });
    const look = () => {
      for (const row of document.querySelectorAll('main .row')) {
        const id = row.querySelector('a[href^="/bookings/"]')?.getAttribute('href')?.slice('/bookings/'.length);
        if (id && !(id in ends) && row.querySelector('.state.good')) ends[id] = Date.now();
      }
      requestAnimationFrame(look);
    };
    look();
  });
