// The tree keeps its shape: arrows point down, every package and global has one home, every file says what it is for.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHIPPED = ['worker', 'jobs', 'services'] as const;

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));

const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
/** Source without comments and without the insides of strings, so that words about a thing are not the thing. */
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
  ...['simulator', 'demo', 'test', 'bench'].flatMap((f) => {
    try {
      return filesIn(f);
    } catch {
      return [];
    }
  }),
];

/** Where a folder's files may reach. Nothing shipped reaches the simulator, the demo, a test or the bench. */
const ARROWS: Record<(typeof SHIPPED)[number], readonly string[]> = {
  worker: ['worker', 'jobs', 'services'],
  jobs: ['services'],
  services: ['services'],
};

/** Each package and the only places that may import it. `services/embedded` stands in for a cloud and brings its own. */
const HOMES: Record<string, readonly string[]> = {
  hono: ['worker/'],
  '@hono/node-server': ['worker/'],
  '@hono/zod-openapi': ['worker/'],
  'socket.io': ['worker/realtime/'],
  'node-cron': ['worker/', 'services/embedded/'],
  undici: ['services/http.ts'],
  'p-retry': ['services/retry.ts'],
  'p-limit': ['services/prebooking/', 'services/session/'],
  '@supabase/supabase-js': ['services/store/', 'services/identity/'],
  '@supabase/ssr': ['services/identity/'],
  '@upstash/qstash': ['services/dispatch/'],
  'temporal-polyfill': ['services/prebooking/opening-rule.ts'],
  'tough-cookie': ['services/gym/aimharder/'],
  'prom-client': ['worker/monitor/'],
  jose: ['services/identity/', 'services/dispatch/signature.ts', 'services/embedded/'],
  pg: ['services/embedded/'],
  pino: ['services/log.ts'],
};
/** Anyone may parse with zod where foreign data enters. */
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

  test('a job never calls a job', () => {
    const calls = filesIn('jobs').filter((file) => importsOf(file).some((s) => s.startsWith('./')));
    expect(calls).toEqual([]);
  });

  test('neutral code names no platform', () => {
    const naming = [...filesIn('jobs'), ...filesIn('services')].filter(
      (file) => !file.startsWith('services/gym/') && /from '[^']*aimharder\//.test(source(file)),
    );
    expect(naming).toEqual([]);
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

  test('nobody writes to the console', () => {
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
    expect(all.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/.test(basename(file)))).toEqual([]);
  });

  test('none outgrows three screens without a reason', () => {
    const lengths = shipped.map((file) => source(file).split('\n').length);
    const short = lengths.filter((n) => n <= 150).length / lengths.length;
    expect(short).toBeGreaterThanOrEqual(0.8);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(260);
  });
});

/** A type costs nothing at run time and binds nobody to a package. */
function isTypeOnly(file: string, specifier: string): boolean {
  const escaped = specifier.replace(/[/\\.@-]/g, '\\$&');
  return new RegExp(`import type [^;]+from '${escaped}'`).test(source(file));
}
