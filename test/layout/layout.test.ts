// Tests that the code keeps its layout: no import goes to a higher layer, each package and global is used only where it belongs, and every file says
// what it is for.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FAILURES } from '../../services/failures.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHIPPED = ['worker', 'jobs', 'embedded', 'services'] as const;

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));

const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
/** Gives a file's source without its comments, so that a mention in a comment does not count as a use. */
const code = (file: string): string =>
  source(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');

const importsOf = (file: string): string[] =>
  [...code(file).matchAll(/(?:from|import)\s+'([^']+)'|import\('([^']+)'\)/g)].map((m) => m[1] ?? m[2] ?? '');
const packageOf = (specifier: string): string =>
  specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : (specifier.split('/')[0] ?? '');
const targetOf = (file: string, specifier: string): string => relative(ROOT, join(ROOT, dirname(file), specifier));

const shipped = SHIPPED.flatMap(filesIn);
const all = [
  ...shipped,
  ...['simulator', 'demo', 'test', 'bench', 'web'].flatMap((f) => {
    try {
      return filesIn(f);
    } catch {
      return [];
    }
  }),
];

/** The folders from which a folder's files may import. No shipped file imports from the simulator, the demo, a test or the bench. */
const ARROWS: Record<(typeof SHIPPED)[number], readonly string[]> = {
  worker: ['worker', 'jobs', 'embedded', 'services'],
  jobs: ['services'],
  embedded: ['embedded', 'services'],
  services: ['services'],
};

/** The layers of folders inside `services/`, the lowest layer first. A file imports from its own layer or from a lower layer. */
const STOREYS: readonly (readonly string[])[] = [
  ['services'],
  ['services/gym', 'services/gym/aimharder'],
  ['services/session', 'services/prebooking', 'services/prebooking/words', 'services/timed-sender', 'services/rule'],
  ['services/store', 'services/seal'],
  ['services/dispatch', 'services/identity', 'services/notify', 'services/notify/channels', 'services/renewal'],
  ['services/race', 'services/booking', 'services/account', 'services/calendar', 'services/expansion'],
  ['services/watch'],
];

/**
 * Each package and the only folders or files that may import it. `embedded/` stands in for cloud services, so it may import packages that no other
 * folder may import.
 */
const HOMES: Record<string, readonly string[]> = {
  hono: ['worker/'],
  '@hono/node-server': ['worker/'],
  '@hono/zod-openapi': ['worker/'],
  'socket.io': ['worker/realtime/'],
  'node-cron': ['worker/'],
  croner: ['embedded/queue/cron.ts'],
  undici: [
    'services/http.ts',
    'services/http-kept.ts',
    'services/http-connector.ts',
    'services/store/database-fetch.ts',
  ],
  'p-retry': ['services/retry.ts'],
  'p-limit': [
    'services/expansion/',
    'services/race/',
    'services/renewal/',
    'services/watch/',
    'jobs/sweep-prebookings.ts',
  ],
  '@supabase/supabase-js': ['services/store/', 'services/identity/'],
  '@supabase/ssr': ['services/identity/'],
  '@upstash/qstash': ['services/dispatch/'],
  'temporal-polyfill': ['services/prebooking/opening-rule.ts'],
  'tough-cookie': ['services/gym/aimharder/'],
  nodemailer: ['services/notify/channels/smtp.ts'],
  grammy: ['services/notify/channels/telegram.ts', 'worker/telegram.ts'],
  'web-push': ['services/notify/channels/web-push.ts'],
  'ical-generator': ['services/calendar/'],
  'prom-client': ['worker/monitor/'],
  jose: ['services/identity/', 'services/dispatch/signature.ts', 'embedded/'],
  pg: ['embedded/'],
  pino: ['services/log.ts'],
};
/** Packages that every file may import: zod parses data from outside wherever it enters. */
const EVERYWHERE = new Set(['zod']);

const FORBIDDEN_NAMES =
  /^(utils?|helpers?|common|shared|lib|misc|types|constants|manager|handler|processor|index)(\.|$)/;

describe('the tree', () => {
  test.each(shipped)('%s reaches only downwards', (file) => {
    const folder = file.split('/')[0] as (typeof SHIPPED)[number];
    const wrong = importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => targetOf(file, specifier))
      .filter((target) => !ARROWS[folder].some((allowed) => target.startsWith(`${allowed}/`)));
    expect(wrong).toEqual([]);
  });

  test.each(shipped)('%s imports packages only in their homes', (file) => {
    const wrong = importsOf(file)
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .filter((specifier) => !isTypeOnly(file, specifier))
      .map(packageOf)
      .filter((name) => !EVERYWHERE.has(name) && !(HOMES[name] ?? []).some((home) => file.startsWith(home)));
    expect(wrong).toEqual([]);
  });

  test('what a browser gets is made of web/ and the words of a receipt, and nothing shipped reaches into it', () => {
    const isWords = (target: string) =>
      /^services\/prebooking\/(hindrance\.ts|outcome\.ts|receipt-text\.ts|words\/)/.test(target);
    const outside = filesIn('web').flatMap((file) =>
      targetsOf(file).filter((target) => !target.startsWith('web/') && !isWords(target)),
    );
    expect(outside).toEqual([]);
    expect(shipped.filter((file) => targetsOf(file).some((target) => target.startsWith('web/')))).toEqual([]);
  });

  test('the client needs no framework', () => {
    const packages = filesIn('web/client').flatMap((file) => importsOf(file).filter((name) => !name.startsWith('.')));
    expect([...new Set(packages)]).toEqual(['socket.io-client']);
  });

  test('a job never calls a job', () => {
    const calls = filesIn('jobs').filter((file) => importsOf(file).some((s) => s.startsWith('./')));
    expect(calls).toEqual([]);
  });

  test('inside services no file imports from a storey above its own', () => {
    expect(filesIn('services').flatMap((file) => climbs(file, targetsOf(file)))).toEqual([]);
  });

  test('an import from a storey above is found', () => {
    expect(climbs('services/store/box-store.ts', ['services/race/settle.ts'])).toEqual([
      'services/store/box-store.ts -> services/race/settle.ts',
    ]);
    expect(climbs('services/clock.ts', ['services/gym/gym.ts'])).toHaveLength(1);
    expect(climbs('services/race/settle.ts', ['services/store/box-store.ts', 'services/race/shots.ts'])).toEqual([]);
    expect(() => climbs('services/attic/box.ts', [])).toThrow('services/attic');
  });

  test('no two folders inside services import each other', () => {
    const folders = new Map<string, string[]>();
    for (const file of filesIn('services')) {
      const to = targetsOf(file)
        .map(nounOf)
        .filter((noun) => noun !== nounOf(file));
      folders.set(nounOf(file), [...(folders.get(nounOf(file)) ?? []), ...to]);
    }
    expect(cyclesIn(folders)).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    const files = ['worker', 'jobs', 'embedded', 'services', 'simulator', 'bench', 'demo', 'web'].flatMap(filesIn);
    expect(cyclesIn(new Map(files.map((file) => [file, targetsOf(file)])))).toEqual([]);
  });

  test('a circle is found, also behind an entrance', () => {
    const graph = { door: ['a'], a: ['b'], b: ['c', 'd'], c: ['a'], d: [] };
    expect(cyclesIn(new Map(Object.entries(graph)))).toEqual([['a', 'b', 'c']]);
    expect(cyclesIn(new Map([['a', ['a']]]))).toEqual([['a']]);
  });

  test('a platform is named in its own folder alone', () => {
    const naming = shipped.filter((file) => !file.startsWith('services/gym/aimharder/') && namesPlatform(file));
    expect(naming).toEqual([]);
  });

  test('a platform named elsewhere is found', () => {
    expect(PLATFORM.test(withoutContract('services/race/settle.ts', "gym === 'aimharder'"))).toBe(true);
    expect(PLATFORM.test(withoutContract('services/race/settle.ts', 'box.aimharderBoxId'))).toBe(true);
    expect(PLATFORM.test(withoutContract('worker/box-shape.ts', 'aimharderBoxId: at.platformBoxId'))).toBe(false);
  });

  test('a session is always said which: no function answers with "a session"', () => {
    const silent = shipped.filter((file) => /function getSession\b|const getSession\b/.test(code(file)));
    expect(silent).toEqual([]);
  });
});

describe('globals with one home', () => {
  const only = (pattern: RegExp, homes: readonly string[]) =>
    shipped.filter((file) => !homes.some((home) => file.startsWith(home)) && pattern.test(code(file)));

  test('the environment is read in worker/config.ts alone', () => {
    expect(only(/process\.env\b/, ['worker/config.ts'])).toEqual([]);
  });

  test('the wall clock is read in services/clock.ts alone', () => {
    expect(only(/Date\.now\(\)|new Date\(\)/, ['services/clock.ts'])).toEqual([]);
  });

  test('no file writes to the console', () => {
    expect(only(/console\.\w+\(/, [])).toEqual([]);
  });

  test('p-retry stands around no call that changes the gym', () => {
    const users = shipped.filter((file) => /retrySafeRead\(/.test(code(file)) && !file.startsWith('services/retry.ts'));
    for (const file of users) expect(code(file)).not.toMatch(/retrySafeRead\([^;]*method: 'POST'/);
  });
});

describe('every file', () => {
  test.each(all)('%s begins by saying what it is for', (file) => {
    const first = source(file).replace(/^#!.*\n/, '');
    expect(first).toMatch(/^(\/\/ .+|\/\*\*)/);
  });

  test('no name says nothing', () => {
    expect(all.filter((file) => FORBIDDEN_NAMES.test(basename(file)))).toEqual([]);
  });

  test('names are kebab-case', () => {
    expect(
      all.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.hosted|\.config)?\.ts$/.test(basename(file))),
    ).toEqual([]);
  });

  test('a limit in a test follows the machine', () => {
    const bare = /\b(?:testT|hookT|t)imeout: \d+_\d{3}\b|^\s*\}, \d+_\d{3}\);$/m;
    const tests = filesIn('test').filter((file) => file.endsWith('.test.ts'));
    expect(tests.filter((file) => bare.test(code(file)))).toEqual([]);
  });

  test('none outgrows three screens without a reason', () => {
    const lengths = shipped.map((file) => source(file).split('\n').length);
    const short = lengths.filter((n) => n <= 150).length / lengths.length;
    expect(short).toBeGreaterThanOrEqual(0.8);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(260);
  });
});

const roomOf = (file: string): string => dirname(file);
/** Gives the folder of a file in `services/`, at most two levels deep: `services/gym` also for a file in `services/gym/aimharder`. */
const nounOf = (file: string): string => roomOf(file).split('/').slice(0, 2).join('/');
const targetsOf = (file: string): string[] =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => targetOf(file, specifier));

const storeyOf = (file: string): number => {
  const storey = STOREYS.findIndex((rooms) => rooms.includes(roomOf(file)));
  if (storey < 0) throw new Error(`Expected ${roomOf(file)} to have its place in STOREYS.`);
  return storey;
};

/** Gives the imports of a file in `services/` that point to a higher layer. */
const climbs = (file: string, targets: readonly string[]): string[] => {
  const own = storeyOf(file);
  return targets
    .filter((target) => target.startsWith('services/') && storeyOf(target) > own)
    .map((t) => `${file} -> ${t}`);
};

/** Gives groups of nodes of the import graph that reach each other (Tarjan's strongly connected components), and nodes that reach themselves. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (node: string): number => {
    const at = order.size;
    let low = at;
    order.set(node, at);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? at);
    }
    if (low === at) {
      const group = stack.splice(stack.indexOf(node));
      if (group.length > 1 || graph.get(node)?.includes(node)) cycles.push(group.sort());
    }
    return low;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return cycles;
}

const PLATFORM = /aimharder/i;
/**
 * The identifiers with AimHarder's name in them that the API contract or the database schema prescribes, for each file that may use them: names of
 * settings, of a column, and of a field in the service's answers.
 */
const CONTRACT: Readonly<Record<string, RegExp>> = {
  'services/gym/platforms.ts': /aimharder/gi,
  'services/store/box-store.ts': /aimharderBoxId/g,
  'worker/box-shape.ts': /aimharderBoxId/g,
  'worker/doctor/place-checks.ts': /AIMHARDER_\w+/g,
  'worker/config.ts': /AIMHARDER_\w+|'aimharder'|https:[\w/.{}]*aimharder\.com/g,
};
const withoutContract = (file: string, text: string): string => text.replace(CONTRACT[file] ?? /$^/, '');
const namesPlatform = (file: string): boolean => PLATFORM.test(withoutContract(file, code(file)));

/** Tells whether a file imports only types from a package: a type costs nothing at run time and does not make the file depend on the package. */
function isTypeOnly(file: string, specifier: string): boolean {
  const escaped = specifier.replace(/[/\\.@-]/g, '\\$&');
  return new RegExp(`import type [^;]+from '${escaped}'`).test(source(file));
}

test('the app speaks of no failure that the service does not have', () => {
  // The error codes `client/…` name failures of web/client itself, so they need not be in services/failures.ts.
  const app = readdirSync(join(ROOT, 'web/app'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join('web/app', file));
  const families = new Set(Object.keys(FAILURES).map((known) => known.split('/')[0]));
  const said = app.flatMap((file) =>
    [...code(file).matchAll(/'([a-z]+)\/[a-z-]+'/g)]
      .filter(([, family]) => families.has(family ?? ''))
      .map(([word]) => word.slice(1, -1)),
  );
  expect(said).toContain('auth/proof-needed');
  expect(said.filter((word) => !Object.hasOwn(FAILURES, word))).toEqual([]);
});
