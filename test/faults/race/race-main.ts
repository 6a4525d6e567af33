// The race's part of `npm run faults`: campaigns of injected faults against the real race, and the wrong twins that must turn them red.
// Exit code 0: everything green (and, with --controls, every twin caught). It never leaves this machine.
import { parseArgs } from 'node:util';
import { runRaceCampaign } from './campaign.ts';
import { runRaceControls } from './controls/run-race-controls.ts';
import { MEMBER_FAULTS } from './faults.ts';
import { BLOWS, GYM, QUEUE, RECEIPTS } from './openings.ts';
import { isRaceProfile, RACE_PROFILES, RECEIPT_PROFILES } from './race-profiles.ts';
import { jsonOf, linesOf } from './race-report.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const OPTIONS = {
  only: { type: 'string' },
  profile: { type: 'string', default: 'commit' },
  seed: { type: 'string' },
  wave: { type: 'string' },
  waves: { type: 'string' },
  engine: { type: 'string', default: 'real' },
  member: { type: 'string' },
  opening: { type: 'string' },
  controls: { type: 'boolean', default: false },
} as const;

/** Returns whether all was as it must be. */
export async function raceMain(args: string[]): Promise<boolean> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.controls) return runRaceControls(say);
  if (values.only === 'receipts') return receiptsMain(values.seed, values.wave);
  const name = values.profile;
  if (!isRaceProfile(name))
    throw new Error(`Expected --profile ${Object.keys(RACE_PROFILES).join(' | ')}, got ${name}.`);
  const { shape, waves } = RACE_PROFILES[name];
  const members = MEMBER_FAULTS.filter((one) => one.name === values.member);
  const openings = [...QUEUE, ...GYM, ...BLOWS].filter((one) => one.name === values.opening);
  const only = { ...(members.length > 0 && { members }), ...(openings.length > 0 && { openings }) };
  const tally = await runRaceCampaign({
    ...{ seed: Number(values.seed ?? 1), shape, say, engine: values.engine, only },
    ...(values.wave === undefined ? {} : { firstWave: Number(values.wave) }),
    waves: values.waves === undefined ? (values.wave === undefined ? waves : 1) : Number(values.waves),
  });
  for (const line of linesOf(tally, true)) say(line);
  say(jsonOf(tally));
  return tally.found.length === 0;
}

/** Random races of every kind, judged like all others, their receipts above all. The seed is new each time and printed, unless given. */
async function receiptsMain(given: string | undefined, wave: string | undefined): Promise<boolean> {
  const seed = given === undefined ? Math.floor(Math.random() * 1e9) : Number(given);
  say(`receipts: --seed ${seed}`);
  const { shape, waves } = RECEIPT_PROFILES.full;
  const only = { openings: [...RECEIPTS, ...QUEUE, ...GYM, ...BLOWS] };
  const firstWave = Number(wave ?? 0);
  const tally = await runRaceCampaign({ seed, shape, say, only, firstWave, waves: wave === undefined ? waves : 1 });
  for (const line of linesOf(tally, true)) say(line);
  say(jsonOf(tally));
  return tally.found.length === 0;
}

if (import.meta.main) process.exitCode = (await raceMain(process.argv.slice(2))) ? 0 : 1;
