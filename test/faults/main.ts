// The command `npm run faults` injects faults into the real renewal or race, or kills processes right after the gym's answer. With `--controls`,
// wrong twins are played instead of the real code. Exit code 0 means that all checks passed (with `--controls`: that every wrong twin was caught).
// The command `npm run faults` talks to this machine only.
import { parseArgs } from 'node:util';
import { killsMain } from './kills/kills.ts';
import { raceMain } from './race/race-main.ts';
import { renewMain } from './renew-main.ts';
import { COMMAND } from './staging/command.ts';

const MAINS: Readonly<Record<string, (args: string[]) => Promise<boolean>>> = {
  renew: renewMain,
  race: raceMain,
  receipts: raceMain,
  kills: killsMain,
};

const args = process.argv.slice(2);
const { only = 'renew' } = parseArgs({ args, options: { only: COMMAND.only }, strict: false }).values;
const main = MAINS[String(only)];
if (!main) throw new Error(`Expected --only ${Object.keys(MAINS).join(' | ')}.`);
process.exitCode = (await main(args)) ? 0 : 1;
