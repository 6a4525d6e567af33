// Plays random races, which `checker.ts` judges, for two parts of `npm run faults`: one tests races, the other the receipts of races.
import { parseArgs } from 'node:util';
import { COMMAND, faultsNamed, profileNamed, replayArgs, say, stretchOf } from '../staging/command.ts';
import { runRaceCampaign } from './campaign.ts';
import { runRaceControls } from './controls/run-race-controls.ts';
import { MEMBER_FAULTS } from './faults.ts';
import { BLOWS, CROWDS, GYM, QUEUE, RECEIPTS } from './openings.ts';
import type { Draw } from './plan.ts';
import { RACE_PROFILES, type RaceProfile, RECEIPT_PROFILES } from './race-profiles.ts';
import { jsonOf, linesOf } from './race-report.ts';

function onlyOf(names: readonly string[] | undefined): Draw['only'] {
  const members = MEMBER_FAULTS.filter((one) => faultsNamed(ALL, names)?.includes(one));
  const openings = OPENINGS.filter((one) => faultsNamed(ALL, names)?.includes(one));
  return { ...(members.length > 0 && { members }), ...(openings.length > 0 && { openings }) };
}
const OPENINGS = [...QUEUE, ...GYM, ...CROWDS, ...BLOWS, ...RECEIPTS];
const ALL = [...MEMBER_FAULTS, ...OPENINGS];

/** Plays the campaign of races that the command line describes, or runs the wrong twins (`--controls`); returns whether every check passed. */
export async function raceMain(args: string[]): Promise<boolean> {
  const { values } = parseArgs({ args, options: COMMAND });
  if (values.controls) return runRaceControls(say);
  const isOfReceipts = values.only === 'receipts';
  const profile: RaceProfile = isOfReceipts
    ? profileNamed(RECEIPT_PROFILES, values.profile ?? 'full')
    : profileNamed(RACE_PROFILES, values.profile ?? 'commit');
  // With `--only receipts`, each run plays different races, unless a seed is given.
  const seed = Number(values.seed ?? (isOfReceipts ? Math.floor(Math.random() * 1e9) : 1));
  say(`--seed ${seed}`);
  const tally = await runRaceCampaign({
    ...{ seed, say, shape: profile.shape, engine: values.engine ?? 'real', replay: replayArgs(values) },
    ...stretchOf(values, profile.batches),
    only: { ...profile.only, ...onlyOf(values.fault) },
  });
  for (const line of [...linesOf(tally, true), jsonOf(tally)]) say(line);
  return tally.found.length === 0;
}
