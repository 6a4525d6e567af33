// Every command in the documentation's blocks: a shell can parse it, and it is run here or by a named test, or this file says why it is not. The
// names of benches and the flags that follow a command are checked against the program or its source.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksIn, isThere, type Page, ROOT, readPages, spansIn } from './page.ts';

const pages = readPages();
const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const scripts: Readonly<Record<string, string>> = JSON.parse(source('package.json')).scripts;
const run = (command: string, args: readonly string[]) =>
  spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env['PATH'] } });

type Tried =
  /** The command is run here with these arguments, must end with this exit code, and must print this text. */
  | { readonly args: readonly string[]; readonly code: number; readonly says: string }
  /** The command is run by the named test. */
  | { readonly by: string }
  | { readonly untried: string };

const NEEDS_ACCOUNT = 'needs an account at Supabase or Vercel';
/** How each command is checked, by the command's beginning; of several matching beginnings the longest counts. */
const COMMANDS: Readonly<Record<string, Tried>> = {
  'npm ci': { untried: '.ci/run is what runs it' },
  'npm test': { untried: 'it is running this' },
  'npm run demo': { by: 'test/stories/demo.test.ts' },
  'npm run check': { untried: '.ci/run is what runs it' },
  'npm run keys -- new': { args: ['worker/keys.ts', 'new'], code: 0, says: 'SEAL_KEYS=' },
  'npm run deploy:schedules': { by: 'test/worker/deploy-schedules.test.ts' },
  'npm run doctor': { by: 'test/worker/doctor.test.ts' },
  'npm run doctor -- gym': { by: 'test/worker/doctor-gym.test.ts' },
  'npm run faults': {
    args: ['test/faults/main.ts', '--only', 'nothing'],
    code: 1,
    says: 'renew | race | receipts | kills',
  },
  'npx vitest': { untried: 'it is running this' },
  'npx vercel': { untried: NEEDS_ACCOUNT },
  'supabase db push': { by: 'test/database/push.test.ts' },
  supabase: { untried: NEEDS_ACCOUNT },
  'docker build': { by: 'test/worker/container.test.ts' },
  'docker run': { by: 'test/worker/container.test.ts' },
  'curl -X POST': { untried: 'docs.test.ts looks its address up in the contract' },
  chmod: { untried: 'of the system' },
  cat: { untried: 'of the system' },
  grep: { untried: 'of the system' },
  printf: { untried: 'of the system' },
};

const isShell = ({ language }: { language: string }) => ['sh', 'bash'].includes(language);
/** Gives the blocks of commands; a block without a language counts when its lines begin as commands do. */
const shellIn = (page: Page): string[] =>
  blocksIn(page)
    .filter((block) => isShell(block) || (block.language === '' && /^npm run /.test(block.text)))
    .map(({ text }) => text);

/** Gives the commands of a block, one a line, without comments, here-documents and the lines of a loop. */
function commandsOf(text: string): string[] {
  const whole = text.replace(/\\\n\s*/g, ' ').replace(/<<'(\w+)'\n[\s\S]*?^\1$/gm, '');
  return whole
    .split('\n')
    .flatMap((line) => line.replace(/(^|\s)#.*$/, '').split(/&&|\||;/))
    .map((part) =>
      part
        .trim()
        .replace(/^(?:[A-Z_]+=\S+ )+/, '')
        .replace(/^(npm run) -s /, '$1 '),
    )
    .filter((part) => part !== '' && !/^(?:while|done|for|do)\b/.test(part));
}
const triedAs = (command: string): string | undefined =>
  Object.keys(COMMANDS)
    .filter((beginning) => command === beginning || command.startsWith(`${beginning} `))
    .sort((a, b) => b.length - a.length)[0];
const untried = (commands: readonly string[]) => commands.filter((command) => triedAs(command) === undefined);

const blocks = pages.flatMap((page) => shellIn(page).map((text) => ({ file: page.file, text })));
const commands = blocks.flatMap(({ text }) => commandsOf(text));

describe('blocks of commands', () => {
  const numbered = blocks.map(({ file, text }, at) => [`${file} (${at})`, text] as const);
  test.each(numbered)('%s can be read by a shell', (_at, text) => {
    const input = text.replace(/<([\w ]+)>/g, '$1');
    const { status, stderr } = spawnSync('bash', ['-n'], { input, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  test('hold no command that is not tried, or said to be', () => {
    expect(commands.length).toBeGreaterThan(30);
    expect(untried(commands)).toEqual([]);
    const strange = commandsOf('npm ci && npm run gone  # a comment\nX=1 brew install y');
    expect(untried(strange)).toEqual(['npm run gone', 'brew install y']);
  });

  test('leave nothing in the list of commands that no page has', () => {
    const used = new Set(commands.map(triedAs));
    expect(Object.keys(COMMANDS).filter((one) => !used.has(one))).toEqual([]);
  });

  test('that a test runs name one that does', () => {
    const tests = Object.values(COMMANDS).flatMap((tried) => ('by' in tried ? [tried.by] : []));
    expect(tests.filter((file) => !isThere(file))).toEqual([]);
  });

  const runs = Object.entries(COMMANDS).flatMap(([name, tried]) => ('args' in tried ? [{ name, ...tried }] : []));
  test.each(runs)('$name does what it says', ({ args, code, says }) => {
    const { status, stdout, stderr } = run(process.execPath, args);
    expect([status, `${stdout}${stderr}`.includes(says)]).toEqual([code, true]);
  });
});

/** Gives what the documentation's pages write after `npm run <script> -- `, in blocks of commands and in code spans. */
const argumentsOf = (script: string): string[] =>
  pages
    .flatMap((page) => [...spansIn(page), ...shellIn(page)])
    .flatMap((text) => [...text.matchAll(new RegExp(`npm run (?:-s )?${script} -- ([^\n#\`|]+)`, 'g'))])
    .map(([, words = '']) => words.trim());

describe('what stands behind a command', () => {
  test('benches that are named exist, and bench/README.md names all of them', () => {
    const { status, stdout } = run(process.execPath, ['bench/main.ts', 'no-such-bench']);
    expect(status).toBe(2);
    const there = [...stdout.matchAll(/^ {2}([\w-]+) /gm)].map(([, name = '']) => name);
    const named = argumentsOf('bench').flatMap((words) => words.split(' ').filter((word) => /^[a-z]/.test(word)));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !there.includes(name))).toEqual([]);
    const listed = [...source('bench/README.md').matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = '']) => name);
    expect(listed.sort()).toEqual(there.sort());
  });

  /** Gives those of the given flags that appear neither in the script's file nor in the files of its folder and subfolders. */
  function unknownFlags(script: string, given: readonly string[]): string[] {
    const [entry = ''] = /[\w/-]+\.ts$/.exec(scripts[script] ?? '') ?? [];
    const folder = dirname(entry);
    const code = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => source(join(folder, name)))
      .join('\n');
    const flags = given.flatMap((words) => [...words.matchAll(/--([\w-]+)/g)].map(([, flag = '']) => flag));
    return flags.filter((flag) => !new RegExp(`'(?:--)?${flag}'|\\b${flag}: \\{ type`).test(code));
  }
  const withFlags = ['bench', 'demo', 'doctor', 'deploy:schedules', 'faults', 'keys'];
  test.each(withFlags)('npm run %s knows its flags', (script) => {
    expect(unknownFlags(script, argumentsOf(script))).toEqual([]);
    expect(unknownFlags(script, ['--no-such-flag'])).toEqual(['no-such-flag']);
  });
});
