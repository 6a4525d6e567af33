// Prints results on standard output: aligned tables, and data about the machine.

import type { Outcome, Table } from './bench.ts';
import type { Machine } from './machine.ts';

const NOISY_PERCENT = 20;
const NOISY_PAUSE_MS = 3;

export const print = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

export function printTable({ title, head, rows }: Table): void {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = head.map((_, column) => cells.slice(1).every((row) => /^[-\d.]+[×%]?$/.test(row[column] ?? '')));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  print(`  ${title}`);
  const [first = [], ...others] = cells;
  print(`  ${line(first)}`);
  print(`  ${widths.map((width) => '-'.repeat(width)).join('  ')}`);
  for (const row of others) print(`  ${line(row)}`);
  print();
}

export function printMachine(machine: Machine, command: string): void {
  const { noise } = machine;
  const { loopMs, p50Percent, p95Percent, p99Percent } = noise;
  print(
    `host noise: a loop of ${loopMs} ms at best takes ${p50Percent} % longer at p50, ${p95Percent} % at p95, ${p99Percent} % at p99;`,
  );
  print(`            longest pause in half a second ${noise.longestPauseMs} ms; load ${machine.load1}`);
  if (noise.p95Percent > NOISY_PERCENT || noise.longestPauseMs > NOISY_PAUSE_MS) {
    print(
      '            TOO NOISY: absolute figures of this run say little; look at ratios, or run it again on a quiet machine',
    );
  }
  print(`machine:    ${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, ${machine.system}`);
  print(`versions:   node ${machine.node}, openssl ${machine.openssl}`);
  print(`command:    ${command}`);
  print();
}

export function printOutcome(name: string, outcome: Outcome, seconds: number): void {
  for (const table of outcome.tables) printTable(table);
  printTable({
    title: `Targets of ${name} (${Math.round(seconds)} s)`,
    head: ['target', 'wanted', 'reached', ''],
    rows: outcome.targets.map((one) => [one.what, one.wanted, one.reached, one.isMet ? 'met' : 'MISSED']),
  });
}
