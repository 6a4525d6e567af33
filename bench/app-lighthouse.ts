// Lighthouse's scores of the app as the service serves it, on a phone with a slow mobile network that Lighthouse simulates. Lighthouse is no
// dependency (docs/decisions.md): the environment variable LIGHTHOUSE names the folder of its package. Without the variable LIGHTHOUSE the scores are
// left out, and a line of the output says so.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { z } from 'zod';
import { type AppStage, CHROMIUM, signIn } from './app-stage.ts';
import { type Setting, type Table, type Target, target } from './bench.ts';
import { median } from './stats.ts';

const MAX_ROUNDS = 3;
/** The lowest score (0 to 1) that any screen may have, for each of Lighthouse's categories. */
const FLOORS = { performance: 0.95, accessibility: 1, 'best-practices': 1 } as const;
type Category = keyof typeof FLOORS;
const CATEGORIES = Object.keys(FLOORS) as Category[];
/** Flags that keep Chromium from calling anything but this machine. */
const ALONE = ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1', '--disable-background-networking'];

const audit = z.object({
  id: z.string(),
  score: z.number().nullable(),
  title: z.string(),
  numericValue: z.number().optional(),
});
const answerShape = z.object({
  lhr: z.object({
    lighthouseVersion: z.string(),
    categories: z.record(
      z.string(),
      z.object({ score: z.number().nullable(), auditRefs: z.array(z.object({ id: z.string(), weight: z.number() })) }),
    ),
    audits: z.record(z.string(), audit),
  }),
});
type Report = z.infer<typeof answerShape>['lhr'];
type Lighthouse = (url: string, flags: Readonly<Record<string, unknown>>) => Promise<unknown>;

export interface Judged {
  readonly table: Table;
  readonly targets: readonly Target[];
  readonly figures: Readonly<Record<string, unknown>>;
}

/** Asks Lighthouse to score every screen, which takes ten seconds a screen and round; undefined when the variable LIGHTHOUSE is not set. */
export async function askLighthouse(stage: AppStage, { rounds, say }: Setting): Promise<Judged | undefined> {
  const folder = process.env['LIGHTHOUSE'];
  if (!folder) {
    say('  SKIPPED: no word of Lighthouse. LIGHTHOUSE names the folder of its package, …/node_modules/lighthouse');
    return undefined;
  }
  const lighthouse = (await import(pathToFileURL(join(folder, 'core/index.js')).href)).default as Lighthouse;
  const profile = await mkdtemp(join(tmpdir(), 'puntual-lighthouse-'));
  const port = await freePort();
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: ['--no-sandbox', `--remote-debugging-port=${port}`, ...ALONE],
  });
  const ask = async (path: string): Promise<Report> => {
    const flags = { port, output: 'json', logLevel: 'error', onlyCategories: CATEGORIES };
    return answerShape.parse(await lighthouse(`${stage.stack.url}${path}`, flags)).lhr;
  };
  try {
    const reports = new Map<string, Report[]>();
    for (const path of ['/login', ...screensOf(stage)]) {
      if (path === '/') await signIn(context, stage.stack.url);
      const shown = path.replace(/\?.*/, '');
      for (let round = 0; round < Math.min(rounds, MAX_ROUNDS); round++)
        reports.set(shown, [...(reports.get(shown) ?? []), await ask(path)]);
      say(`  Lighthouse has seen ${shown}: ${failuresIn(reports.get(shown) ?? []).join('; ') || 'nothing to mend'}`);
    }
    return judge(reports);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}

const screensOf = ({ boxId, fullDay }: AppStage): string[] => [
  '/',
  `/classes?box=${boxId}&day=${fullDay}`,
  '/bookings',
  '/weekly',
  '/account',
  '/chat',
  '/operator',
];

const scoreOf = (reports: readonly Report[], category: Category): number =>
  median(reports.map(({ categories }) => categories[category]?.score ?? 0));

/** The checks of accessibility and best practices that a screen failed; the performance score is made of timings, which are not listed. */
function failuresIn(reports: readonly Report[]): string[] {
  const failed = reports.flatMap(({ categories, audits }) =>
    (['accessibility', 'best-practices'] as const).flatMap((category) =>
      (categories[category]?.auditRefs ?? [])
        .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 1)
        .map(({ id }) => `${id}: ${audits[id]?.title}`),
    ),
  );
  return [...new Set(failed)];
}

function judge(reports: ReadonlyMap<string, readonly Report[]>): Judged {
  const [first] = [...reports.values()][0] ?? [];
  const timing = (seen: readonly Report[], id: string) =>
    Math.round(median(seen.map(({ audits }) => audits[id]?.numericValue ?? Number.NaN)));
  const rows = [...reports].map(([screen, seen]) => [
    screen,
    ...CATEGORIES.map((category) => scoreOf(seen, category)),
    timing(seen, 'first-contentful-paint'),
    timing(seen, 'largest-contentful-paint'),
    timing(seen, 'total-blocking-time'),
  ]);
  const worst = (category: Category) => Math.min(...[...reports.values()].map((seen) => scoreOf(seen, category)));
  return {
    table: {
      title: `Lighthouse ${first?.lighthouseVersion}, mobile: medians`,
      head: [
        'screen',
        'performance',
        'accessibility',
        'best practices',
        'first paint ms',
        'largest paint ms',
        'blocked ms',
      ],
      rows,
    },
    targets: CATEGORIES.map((category) =>
      target(`Lighthouse ${category}, worst screen`, worst(category), FLOORS[category], '', true),
    ),
    figures: { lighthouse: rows },
  };
}

/** Finds a free port, at which Chromium listens for Lighthouse: Lighthouse takes a debugging port, not a browser object. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new TypeError('Expected a port.');
  return address.port;
}
