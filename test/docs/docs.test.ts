// Checks the documentation: its links, headings, paths, scripts, endpoints, settings and figures must be true, and two pages must be short. Each
// check is also tried on a page with an invented fault.
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BACKGROUND_STALE_MS, DEVICE_STALE_MS } from '../../services/session/freshness.ts';
import { environmentShape } from '../../worker/config.ts';
import { SCREENS } from '../../worker/routes/pages.ts';
import {
  brokenLinks,
  differences,
  doorsIn,
  missingPaths,
  unknownDoors,
  unknownScripts,
  unknownSettings,
} from './checks.ts';
import { blocksIn, countWords, linksIn, type Page, ROOT, readPage, readPages, rowsIn, spansIn } from './page.ts';

const MAX_README_WORDS = 1_000;
const MAX_CONTRIBUTING_WORDS = 900;
const MAX_PICTURE_BYTES = 60_000;

const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const pages = readPages();
const page = (file: string): Page => pages.find((one) => one.file === file) ?? readPage(file);
/** Gives a page, at the root of the repository, that exists for one test only. */
const madeUp = (text: string): Page => ({ file: 'MADE-UP.md', text });

const scripts = new Set(Object.keys(JSON.parse(source('package.json')).scripts as object));
/** The paths of the API contract, read from its TypeScript types; test/web/contract.test.ts compares these with /openapi.json. */
const contract = new Map(
  [...source('web/client/openapi.ts').matchAll(/^ {4}"(\/[^"]*)": \{\n([\s\S]*?)^ {4}\};$/gm)].map(
    ([, path = '', verbs = '']) => [
      path,
      [...verbs.matchAll(/^ {8}(get|put|post|delete): operations/gm)].map(([, verb = '']) => verb.toUpperCase()),
    ],
  ),
);
const paths = new Set([...contract.keys(), ...SCREENS]);
const settings = Object.keys(environmentShape.shape);
/**
 * Names that look like settings of the service: some are read by the tool or test in the file beside them, other names are settings of the pretend
 * gym.
 */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  PAGES_WITH: 'web/vite.config.ts',
  PAUSED_SESSIONS: 'test/session/paused-refresh.test.ts',
  LOGIN_ERROR_MALFORMED_BODY: 'simulator/routes-login.ts',
};
const known = new Set([...settings, ...Object.keys(OTHER_NAMES)]);
/** Files that documentation names and that only a run of the program creates. */
const MADE_FILES = new Set(['bench/out/', 'stack.json', 'DATA_DIR/stack.json', 'erased.jsonl', 'orphans.jsonl']);
/** Tells whether the endpoints that a page of the documentation names are the pretend gym's and not the service's. */
const isAboutGym = ({ file }: Page) => file.startsWith('simulator/') || file.startsWith('test/');

describe('every page', () => {
  test.each(pages.map(({ file }) => file))('%s leads and points to what is there', (file) => {
    const one = page(file);
    expect([
      ...brokenLinks(one, pages),
      ...missingPaths(one, MADE_FILES),
      ...unknownScripts(one, scripts),
      ...(isAboutGym(one) ? [] : unknownDoors(one, paths)),
      ...unknownSettings(one, known),
    ]).toEqual([]);
  });

  test('a name that is no setting of the service is read where the list says', () => {
    expect(Object.entries(OTHER_NAMES).filter(([name, file]) => !source(file).includes(name))).toEqual([]);
  });

  test('pictures are small', () => {
    const pictures = pages.flatMap((one) =>
      linksIn(one)
        .filter((link) => /\.(?:png|webp|svg)$/.test(link))
        .map((link) => normalize(join(dirname(one.file), link))),
    );
    expect(pictures.length).toBeGreaterThan(2);
    const large = pictures.filter((file) => statSync(join(ROOT, file)).size > MAX_PICTURE_BYTES);
    expect(large).toEqual([]);
  });
});

describe('a fault made up for it is found:', () => {
  test.each([
    ['a link to no file', '[there](docs/nowhere.md)', 'docs/nowhere.md leads nowhere'],
    ['a picture that is gone', '<img src="docs/images/gone.webp" width="1">', 'docs/images/gone.webp leads nowhere'],
    ['a heading that is gone', '[there](docs/hosted.md#gone)', 'docs/hosted.md#gone names no heading'],
    ['a heading of its own that is gone', '# A\n\n[below](#b)', '#b names no heading'],
    ['a file that is gone', '`worker/gone.ts`', 'there is no worker/gone.ts'],
    ['a folder that is gone', '`services/gone/`', 'there is no services/gone/'],
    ['a script in a sentence', '`npm run gone -- --now`', 'package.json has no script gone'],
    ['a script in a block', '```sh\nnpm run -s gone\n```', 'package.json has no script gone'],
    ['an endpoint', '`POST /api/gone`', 'the contract has no /api/gone'],
    ['an endpoint that is called', '```sh\ncurl $URL/api/gone/x\n```', 'the contract has no /api/gone/x'],
    ['a family of endpoints', '`/api/gone/…`', 'the contract has no /api/gone/…'],
    ['a setting in a sentence', '`GONE_SETTING=true`', 'nothing reads GONE_SETTING'],
    ['a setting in a block', '```sh\nGONE_SETTING=1 npm start\n```', 'nothing reads GONE_SETTING'],
  ])('%s', (_what, text, said) => {
    const one = madeUp(text);
    expect([
      ...brokenLinks(one, [...pages, one]),
      ...missingPaths(one, MADE_FILES),
      ...unknownScripts(one, scripts),
      ...unknownDoors(one, paths),
      ...unknownSettings(one, known),
    ]).toEqual([`MADE-UP.md: ${said}`]);
  });

  test('nothing where nothing is wrong', () => {
    const one = madeUp(
      '# A b\n\n[up](#a-b) `worker/main.ts` `npm test` `DELETE /api/prebookings/:id` `/api/operator/…` `SEAL_KEYS` [out](https://x.example)',
    );
    expect([
      ...brokenLinks(one, [one]),
      ...missingPaths(one, MADE_FILES),
      ...unknownScripts(one, scripts),
      ...unknownDoors(one, paths),
      ...unknownSettings(one, known),
    ]).toEqual([]);
  });

  test('a list that lacks one thing and has another too many', () => {
    expect(differences(madeUp(''), ['a', 'x'], ['a', 'b'])).toEqual([
      'MADE-UP.md lacks b',
      'MADE-UP.md has x, which is gone',
    ]);
    const doors = doorsIn(madeUp('| GET, POST `/a/:id`, DELETE `/b` | x |'));
    expect(doors).toEqual(['GET /a/{id}', 'POST /a/{id}', 'DELETE /b']);
  });
});

describe('lists', () => {
  test('docs/endpoints.md has every endpoint of the contract, and no other', () => {
    const real = [...contract].flatMap(([path, verbs]) => verbs.map((verb) => `${verb} ${path}`));
    expect(real.length).toBeGreaterThan(60);
    expect(differences(page('docs/endpoints.md'), doorsIn(page('docs/endpoints.md')), real)).toEqual([]);
  });

  test('docs/running.md has every setting, and no other', () => {
    const named = rowsIn(page('docs/running.md')).flatMap(([cell = '']) =>
      [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = '']) => name),
    );
    expect(differences(page('docs/running.md'), named, settings)).toEqual([]);
  });

  test('every page in docs/ can be reached from the README in two steps', () => {
    const leadsTo = (one: Page) =>
      linksIn(one).map((link) => normalize(join(dirname(one.file), link.split('#')[0] ?? '')));
    const first = leadsTo(page('README.md'));
    const second = first.filter((file) => file.endsWith('.md')).flatMap((file) => leadsTo(page(file)));
    const reached = new Set([...first, ...second]);
    expect(pages.map(({ file }) => file).filter((file) => file.startsWith('docs/') && !reached.has(file))).toEqual([]);
  });
});

describe('README.md', () => {
  const readme = page('README.md');
  test('is read in a few minutes', () => {
    expect(countWords(readme)).toBeLessThanOrEqual(MAX_README_WORDS);
  });
  test('starts with two commands, of which .ci/run runs the second', () => {
    const [block] = blocksIn(readme);
    const lines = block?.text.trim().split('\n');
    const commands = lines?.map((line) => line.replace(/\s+#.*$/, ''));
    expect(commands).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
    expect(source('.ci/run')).toContain(`(${commands?.[1]})`);
  });
  test('says after how many minutes a session is renewed', () => {
    expect(readme.text).toContain(`last success is ${BACKGROUND_STALE_MS / 60_000} minutes old`);
    expect(readme.text).toContain(`before use after ${DEVICE_STALE_MS / 60_000}`);
  });
  test('has no figure that docs/figures.md does not have', () => {
    const [, figures = ''] = /^## Figures$([\s\S]*)/m.exec(readme.text) ?? [];
    const rows = rowsIn({ file: 'README.md', text: figures }).slice(1);
    const cells = rows.map(([, ours = '', beside = '']) => `${ours} ${beside}`);
    const numbers = cells.flatMap((cell) => cell.match(/\d[\d,.]*\d|\d/g) ?? []);
    expect(numbers.length).toBeGreaterThan(10);
    const there = new Set(page('docs/figures.md').text.match(/\d[\d,.]*\d|\d/g));
    expect(numbers.filter((number) => !there.has(number))).toEqual([]);
  });
  test('marks in docs/figures.md are closed', () => {
    const marks = page('docs/figures.md').text.match(/<!-- \/?figures/g) ?? [];
    expect(marks.length).toBeGreaterThan(6);
    expect(marks.map((mark, at) => mark.includes('/') === (at % 2 === 1))).not.toContain(false);
  });
});

test('CONTRIBUTING.md is read in a few minutes', () => {
  expect(countWords(page('CONTRIBUTING.md'))).toBeLessThanOrEqual(MAX_CONTRIBUTING_WORDS);
});

test('promises of the README name tests that exist', () => {
  const [, promises = ''] = /^## What it promises$([\s\S]*?)^## /m.exec(page('README.md').text) ?? [];
  const named = spansIn(madeUp(promises)).filter((span) => span.endsWith('.test.ts'));
  expect(named.length).toBeGreaterThanOrEqual(4);
  for (const file of named) expect(source(file)).toMatch(/\btest\(|\btest\./);
});
