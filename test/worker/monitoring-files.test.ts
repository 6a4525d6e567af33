// The alert rules and the dashboard in docs/monitoring: promtool shows that the rules do what they say, and /metrics has every name that rules and
// dashboard use.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { OPERATOR_TOKEN, openApp, type TestApp } from '../routes/open-app.ts';
import { handClock } from '../support/hand-clock.ts';
import { hasPromtool, promtool } from '../support/promtool.ts';
import { SUNDAY_NOON } from '../support/town.ts';

const FOLDER = fileURLToPath(new URL('../../docs/monitoring/', import.meta.url));
const read = (file: string) => readFile(join(FOLDER, file), 'utf8');
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Record<string, string>;
}
const rulesOf = (text: string): Rule[] => parse(text).groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
const namesIn = (text: string): string[] => [...new Set(text.match(/\bpuntual_[a-z0-9_]+/g))].sort();

/** Every name that a series of /metrics may have. */
let known: Set<string>;
let app: TestApp;
beforeAll(async () => {
  const clock = handClock(SUNDAY_NOON);
  app = await openApp(clock);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.login('ana@example.test');
  await app.ask('GET', '/metrics', { bearer: OPERATOR_TOKEN });
  const text = (await app.ask('GET', '/metrics', { bearer: OPERATOR_TOKEN })).text;
  const kinds = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  known = new Set(
    kinds.flatMap(([, name = '', kind = '']) => {
      if (kind === 'histogram') return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
      return kind === 'summary' ? [`${name}_sum`, `${name}_count`] : [name];
    }),
  );
});
afterAll(() => app.stop());

describe.skipIf(!hasPromtool)('promtool', () => {
  test('accepts the rules', async () => {
    const { code, said } = await promtool(['check', 'rules', join(FOLDER, 'alerts.yml')]);
    expect([code, said]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  test('finds each rule to fire, and to be silent, when it should', async () => {
    const { code, said } = await promtool(['test', 'rules', join(FOLDER, 'alerts.test.yml')]);
    expect([code, said]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  test('would have found a rule that does not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'puntual-rules-'));
    const wrong = (await read('alerts.yml')).replace('puntual_aged_sessions > 0', 'puntual_aged_sessions > 5');
    await writeFile(join(folder, 'alerts.yml'), wrong);
    await writeFile(join(folder, 'alerts.test.yml'), await read('alerts.test.yml'));
    const { code, said } = await promtool(['test', 'rules', join(folder, 'alerts.test.yml')]);
    await rm(folder, { recursive: true });
    expect([code, said]).toEqual([1, expect.stringContaining('PuntualSessionsAged')]);
  });
});

test('every rule has a test that fires and one that is silent, and says what to do', async () => {
  const rules = rulesOf(await read('alerts.yml'));
  const { tests } = parse(await read('alerts.test.yml'));
  for (const { alert, annotations } of rules) {
    const asked = tests.flatMap((one: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }) =>
      one.alert_rule_test.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length),
    );
    expect([alert, asked.sort()]).toEqual([alert, [0, 1]]);
    expect(annotations['description']?.length).toBeGreaterThan(20);
  }
  expect(rules.length).toBeGreaterThan(15);
});

test('rules and dashboard name nothing that the metrics do not have', async () => {
  const { panels } = JSON.parse(await read('dashboard.json'));
  const asked = panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) => targets.map(({ expr }) => expr));
  const rules = rulesOf(await read('alerts.yml')).map(({ expr }) => expr);
  expect(asked.length).toBeGreaterThan(20);
  expect(namesIn([...asked, ...rules].join('\n')).filter((name) => !known.has(name))).toEqual([]);
});

test('the dashboard’s panels have ids of their own and do not lie on each other', async () => {
  const { panels } = JSON.parse(await read('dashboard.json'));
  const taken = new Set<string>();
  for (const { id, gridPos } of panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect([id, x, y, taken.has(`${x} ${y}`)]).toEqual([id, x, y, false]);
        taken.add(`${x} ${y}`);
      }
  }
  expect(new Set(panels.map(({ id }: { id: number }) => id)).size).toBe(panels.length);
});
