// The checks of a page of documentation: each is a function that gives the page's faults in words. What a page is compared with, such as the names of
// scripts and settings, is an argument of the check.
import { dirname, join, normalize } from 'node:path';
import { anchorsIn, blocksIn, isThere, linksIn, type Page, rowsIn, spansIn } from './page.ts';

/** Gives the page's relative links to files that do not exist, and to anchors that no heading makes. */
export function brokenLinks(page: Page, pages: readonly Page[]): string[] {
  return linksIn(page).flatMap((link) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? page.file : normalize(join(dirname(page.file), path));
    if (path !== '' && !isThere(file)) return [`${page.file}: ${link} leads nowhere`];
    const target = pages.find((one) => one.file === file);
    if (anchor === undefined || target === undefined || anchorsIn(target).has(anchor)) return [];
    return [`${page.file}: ${link} names no heading`];
  });
}

const FOLDER = /^(?:\.ci|\.github|bench|demo|docs|embedded|jobs|services|simulator|supabase|test|web|worker)\//;
const FILE = /^[\w./@-]+\.(?:ts|tsx|md|sql|json|toml|yml|yaml|svg|css|html|mjs|webp|png)$/;
/** Matches a placeholder within a path, such as `…` or `<id>`. */
const OPEN = /[<>*…{}$]|\.\.\./;

/**
 * Gives one message for each path in the page's code spans that leads to no file or folder, neither from the root nor from the page's folder.
 * @param made files that only a run of the program creates.
 */
export function missingPaths(page: Page, made: ReadonlySet<string>): string[] {
  return spansIn(page)
    .filter((span) => (FOLDER.test(span) || FILE.test(span)) && !OPEN.test(span) && !/\s/.test(span))
    .filter((span) => !made.has(span) && !span.startsWith('/'))
    .map((span) => span.replace(/:\d+$/, ''))
    .filter((span) => !isThere(span) && !isThere(join(dirname(page.file), span)))
    .map((span) => `${page.file}: there is no ${span}`);
}

/** Gives the npm scripts that the page names in code spans or code blocks, and that package.json lacks. */
export function unknownScripts(page: Page, scripts: ReadonlySet<string>): string[] {
  const text = [...spansIn(page), ...blocksIn(page).map((block) => block.text)].join('\n');
  const named = [...text.matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g)].map(([, name = '']) => name);
  const short = [...text.matchAll(/npm (test|start)\b/g)].map(([, name = '']) => name);
  return [...new Set([...named, ...short])]
    .filter((name) => !scripts.has(name))
    .map((name) => `${page.file}: package.json has no script ${name}`);
}

/** True if `path`, as a page writes it (`:id`, `{id}`, `<id>` or a value), means `door`, a path of the API contract. */
const isDoor = (path: string, door: string): boolean =>
  new RegExp(`^${door.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
const DOOR =
  /^(?:(?:GET|PUT|POST|DELETE)(?:, (?:GET|PUT|POST|DELETE))* )?(\/(?:api|cron|calendar|invitation|confirm|health|ready|metrics|monitor|openapi\.json|docs|socket\.io)\b\S*)$/;

/** Returns the paths that a docs page names in code spans or after `$URL`, and that are not in the API contract. */
export function unknownDoors(page: Page, paths: ReadonlySet<string>): string[] {
  const asked = blocksIn(page).flatMap(({ text }) => [...text.matchAll(/\$URL(\/\S+)/g)].map(([, path = '']) => path));
  const named = spansIn(page).flatMap((span) => DOOR.exec(span)?.[1] ?? []);
  return [...named, ...asked]
    .map((path) => path.replace(/\?.*$/, ''))
    .filter((path) => path !== '/socket.io/')
    .filter((path) =>
      path.endsWith('…')
        ? ![...paths].some((one) => one.startsWith(path.slice(0, -1)))
        : ![...paths].some((door) => isDoor(path, door)),
    )
    .map((path) => `${page.file}: the contract has no ${path}`);
}

/** Gives each `METHOD path` in the first cells of the page's table rows, written as in the API contract. */
export const doorsIn = (page: Page): string[] =>
  rowsIn(page).flatMap(([cell = '']) => {
    const doors: string[] = [];
    let methods: string[] = [];
    let hasPath = true;
    for (const [, method, path] of cell.matchAll(/\b(GET|PUT|POST|DELETE)\b|`(\/[^`]*)`/g)) {
      if (method !== undefined) {
        methods = hasPath ? [method] : [...methods, method];
        hasPath = false;
      } else if (path !== undefined) {
        hasPath = true;
        doors.push(...methods.map((one) => `${one} ${path.replace(/:(\w+)/g, '{$1}')}`));
      }
    }
    return doors;
  });

const SETTING = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/**
 * Gives the page's words that look like names of settings and that no code reads. @param settings the names of the settings that the service and its
 * tools read.
 */
export function unknownSettings(page: Page, settings: ReadonlySet<string>): string[] {
  const inSpans = spansIn(page).map((span) => span.replace(/=.*$/, ''));
  const inBlocks = blocksIn(page)
    .filter(({ language }) => language !== '' && language !== 'sql')
    .flatMap(({ text }) => [...text.matchAll(/(?:^|\$|\s)([A-Z][A-Z0-9_]+)(?==|\b(?=["/]))/gm)])
    .map(([, name = '']) => name);
  return [...new Set([...inSpans, ...inBlocks])]
    .filter((name) => SETTING.test(name) && !settings.has(name))
    .map((name) => `${page.file}: nothing reads ${name}`);
}

/** Gives, in words, what `real` has and the page's list `said` lacks, and the reverse. */
export const differences = (page: Page, said: readonly string[], real: readonly string[]): string[] => [
  ...[...new Set(real)].filter((one) => !said.includes(one)).map((one) => `${page.file} lacks ${one}`),
  ...[...new Set(said)].filter((one) => !real.includes(one)).map((one) => `${page.file} has ${one}, which is gone`),
];
