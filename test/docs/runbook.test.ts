// docs/runbook.md has an entry for every alarm that the code can raise: log lines, notices to the operator, the monitor's alerts, Prometheus' rules,
// and failures that the operator must act on. The pages docs/threats.md and docs/privacy.md are compared with the code, too.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { FAILURES } from '../../services/failures.ts';
import { ALERTS as NOTICES } from '../../services/prebooking/words/words.ts';
import { ALERTS as SHOWN } from '../../worker/monitor/snapshot.ts';
import { RELATIONS } from '../database/rls-declared.ts';
import { THREATS } from '../identity/threats.ts';
import { differences } from './checks.ts';
import { type Page, ROOT, readPage, rowsIn, spansIn } from './page.ts';

const SHIPPED = ['worker', 'jobs', 'embedded', 'services'];
const source = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const shipped = SHIPPED.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)),
);

/** For files that build their alarm texts from parts: the function that gives the full texts. */
const SAID_ELSEWHERE: Readonly<Record<string, (text: string) => string[]>> = {
  'jobs/refresh-background-sessions.ts': (text) =>
    [...text.matchAll(/\[survey\.\w+, '([^']+)'\]/g)].map(([, words = '']) => `alert: ${words}`),
  // The texts of the operator's notices are in a list of their own, NOTICES.
  'services/notify/tell-operator.ts': () => [],
};

/**
 * Gives a file's quoted texts that begin with `alert: `, with `…` for each `${…}`. Throws when an alert's text consists of variables alone and
 * SAID_ELSEWHERE does not give the texts of that file.
 */
function alertLines(file: string, text: string): string[] {
  const found = [...text.matchAll(/(['`])alert: (.*?)\1/g)];
  const lines = found.map(([, , words = '']) => words.replace(/\$\{[^}]*\}/g, '…'));
  const bare = lines.includes('…');
  const elsewhere = SAID_ELSEWHERE[file];
  if (bare && !elsewhere) throw new Error(`Expected ${file} to say what its alert is, or SAID_ELSEWHERE to.`);
  const plain = lines.filter((words) => words !== '…').map((words) => `alert: ${words}`);
  return [...plain, ...(bare && elsewhere ? elsewhere(text) : [])];
}

/**
 * Gives the alarms that a page explains: its code spans that begin with `alert: `, `notice `, `monitor `, `rule ` or `code ` and have further words.
 */
const signalsOf = (page: Page): string[] =>
  spansIn(page)
    .filter((span) => /^(?:notice|monitor|rule|code) \S+$|^alert: ./.test(span))
    .filter((span) => !/^\w+:? …$/.test(span));

function realSignals(): string[] {
  const { groups } = parse(source('docs/monitoring/alerts.yml')) as { groups: { rules: { alert: string }[] }[] };
  return [
    ...shipped.flatMap((file) => alertLines(file, source(file))),
    ...NOTICES.map((one) => `notice ${one}`),
    ...SHOWN.map((one) => `monitor ${one}`),
    ...groups.flatMap(({ rules }) => rules.map(({ alert }) => `rule ${alert}`)),
    ...Object.entries(FAILURES).flatMap(([code, { tell }]) => (tell === 'operator' ? [`code ${code}`] : [])),
  ];
}

const runbook = readPage('docs/runbook.md');

test('docs/runbook.md has an entry for every alarm, and none for an alarm that is gone', () => {
  const real = realSignals();
  expect(real.length).toBeGreaterThan(80);
  expect(differences(runbook, signalsOf(runbook), real)).toEqual([]);
});

test('an alarm without an entry is found, and an entry without an alarm', () => {
  const line = alertLines('jobs/made-up.ts', `logger.error({}, 'alert: the roof is on fire');`);
  expect(differences(runbook, signalsOf(runbook), [...realSignals(), ...line])).toEqual([
    'docs/runbook.md lacks alert: the roof is on fire',
  ]);
  const more = { ...runbook, text: `${runbook.text}\n\`rule PuntualGone\`` };
  expect(differences(more, signalsOf(more), realSignals())).toEqual([
    'docs/runbook.md has rule PuntualGone, which is gone',
  ]);
  /** Gives a line of code that logs a text with a variable in it. */
  const filled = (rest: string) => ['logger.error({}, `alert: $', '{why}', rest, '`)'].join('');
  expect(alertLines('jobs/x.ts', filled(' a login'))).toEqual(['alert: … a login']);
  expect(() => alertLines('jobs/x.ts', filled(''))).toThrow('jobs/x.ts');
});

test('every entry of the runbook begins with its signals and says what to do', () => {
  const entries = runbook.text.split(/^### /m).slice(1);
  expect(entries.length).toBeGreaterThan(20);
  for (const entry of entries) {
    const [title = '', , signals = '', , ...said] = entry.split('\n');
    expect([title, signals.startsWith('`')]).toEqual([title, true]);
    expect([title, said.join(' ').length > 80]).toEqual([title, true]);
  }
});

/** Gives each threat with its test files, `T1: file, file`, as the page of threats names them. */
const proofsOf = (page: Page): string[] =>
  rowsIn(page)
    .filter(([id = '']) => /^T[\d-]/.test(id))
    .map(([id = '', , , tests = '']) => `${id}: ${spansIn({ ...page, text: tests }).join(', ')}`);

test('docs/threats.md has every threat with the files that hold it', () => {
  const page = readPage('docs/threats.md');
  const real = Object.entries(THREATS).map(
    ([id, { proofs }]) => `${id}: ${[...new Set(proofs.map(({ file }) => file))].sort().join(', ')}`,
  );
  expect(differences(page, proofsOf(page), real)).toEqual([]);
  const less = { ...page, text: page.text.replace(/^\| T9 .*\n/m, '') };
  expect(differences(less, proofsOf(less), real)).toEqual([expect.stringMatching(/lacks T9: /)]);
});

test('docs/privacy.md has every table of the database', () => {
  const page = readPage('docs/privacy.md');
  const named = rowsIn(page).flatMap(([cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
  const tables = Object.entries(RELATIONS).flatMap(([name, { view }]) => (view ? [] : [name]));
  expect(tables.length).toBeGreaterThan(30);
  expect(differences(page, named, tables)).toEqual([]);
  expect(differences(page, named, [...tables, 'diaries'])).toEqual(['docs/privacy.md lacks diaries']);
});
