// npm run bench [-- name …] [-- --quick] [-- --rounds n] [-- --only pattern]: measures puntual against its peers in one run, on one machine. Exits 0
// when every chosen bench ran, whether or not a target was met: a noisy machine is no failure of the program.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { app } from './app.ts';
import type { Bench, Outcome, Setting } from './bench.ts';
import { boxes } from './boxes.ts';
import { burst } from './burst.ts';
import { bytes } from './bytes.ts';
import { claim } from './claim.ts';
import { clock } from './clock.ts';
import { contention } from './contention.ts';
import { endToEnd } from './end-to-end.ts';
import { fire } from './fire.ts';
import { firstShot } from './first-shot.ts';
import { describeMachine, type Machine } from './machine.ts';
import { memory } from './memory.ts';
import { nowMs } from './moment.ts';
import { oneBooking } from './one-booking.ts';
import { print, printMachine, printOutcome } from './printing.ts';
import { refresh } from './refresh.ts';
import { rules } from './rules.ts';
import { scrape } from './scrape.ts';
import { sender } from './sender.ts';
import { share } from './share.ts';
import { underLoad } from './under-load.ts';
import { watches } from './watches.ts';

const BENCHES: readonly Bench[] = [
  burst,
  boxes,
  oneBooking,
  underLoad,
  fire,
  clock,
  firstShot,
  endToEnd,
  contention,
  sender,
  claim,
  refresh,
  share,
  bytes,
  memory,
  rules,
  scrape,
  app,
  watches,
];
const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const OUT = join(FOLDER, 'out');
/** The picture that docs/figures.md shows, which is kept with the source. */
const SHOWN = 'contention.svg';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string' }, only: { type: 'string' } },
});
const unknown = positionals.filter((name) => !BENCHES.some((bench) => bench.name === name));
if (unknown.length > 0) {
  print(`There is no bench ${unknown.join(', ')}. There are:`);
  for (const bench of BENCHES) print(`  ${bench.name.padEnd(13)} ${bench.what}`);
  process.exit(2);
}

const setting: Setting = {
  quick: values.quick,
  rounds: Number(values.rounds ?? (values.quick ? 2 : 7)),
  only: values.only === undefined ? undefined : new RegExp(values.only),
  say: (line) => process.stderr.write(`${line}\n`),
};
const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ');
const chosen = BENCHES.filter((bench) => positionals.length === 0 || positionals.includes(bench.name));

async function keep(bench: Bench, outcome: Outcome, machine: Machine): Promise<string> {
  const line = JSON.stringify({ bench: bench.name, command, machine, targets: outcome.targets, ...outcome.figures });
  await writeFile(join(OUT, `${bench.name}.json`), `${line}\n`);
  for (const [name, svg] of Object.entries(outcome.pictures ?? {})) {
    await writeFile(join(name === SHOWN && !values.quick ? FOLDER : OUT, name), svg);
  }
  return line;
}

await mkdir(OUT, { recursive: true });
const machine = describeMachine();
printMachine(machine, command);
let missed = 0;
let failed = 0;
for (const bench of chosen) {
  print(`${bench.name}: ${bench.what}`);
  const startedAtMs = nowMs();
  try {
    const outcome = await bench.run(setting);
    printOutcome(bench.name, outcome, (nowMs() - startedAtMs) / 1000);
    print(await keep(bench, outcome, machine));
    missed += outcome.targets.filter((one) => !one.isMet).length;
  } catch (error) {
    failed += 1;
    print(
      `  ${bench.name} could not be run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  print();
}
if (values.quick) print('A quick run: its figures are no result.');
print(
  missed + failed === 0
    ? 'Every target was met.'
    : `${missed} targets were missed (marked MISSED above), ${failed} benches could not be run.`,
);
process.exit(failed === 0 ? 0 : 1);
