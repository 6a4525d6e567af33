// npm run faults: campaigns of injected faults against the real renewal (or, with `--only race`, the real race; with `--only kills`,
// kills right after an answer was delivered), and the wrong twins
// that must turn them red. Exit code 0: everything green (and, with --controls, every twin caught). It never leaves this machine.
import { parseArgs } from 'node:util';
import { type CampaignOptions, runCampaign, type Tally } from './campaign.ts';
import { runControls } from './controls/run-controls.ts';
import { linesOfKills, playKills } from './kills/kills.ts';
import { mergeTallies } from './merge.ts';
import { ALL_FAULTS, MODES, type Mode } from './plan.ts';
import { isProfile, PROFILES, type Profile } from './profiles.ts';
import { raceMain } from './race/race-main.ts';
import { isGreen, jsonOf, linesOf } from './report.ts';
import { linesOfRows } from './rows.ts';
import { playScenes } from './scenes/scenes.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const OPTIONS = {
  only: { type: 'string', default: 'renew' },
  profile: { type: 'string', default: 'commit' },
  seed: { type: 'string', default: '1' },
  batch: { type: 'string', default: '0' },
  /** How many batches of the profile, from `--batch` on: a long campaign in several runs. */
  batches: { type: 'string' },
  /** The profile's scenes and nothing else. */
  scenes: { type: 'boolean', default: false },
  episodes: { type: 'string' },
  mode: { type: 'string' },
  engine: { type: 'string', default: 'real' },
  controls: { type: 'boolean', default: false },
  /** Only planned faults whose name begins like this, e.g. "kill after the gym acted". */
  fault: { type: 'string' },
  'no-second-cron': { type: 'boolean', default: false },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function profileOf({ profile: name, episodes, batches, scenes }: Values): Profile {
  if (!isProfile(name)) throw new Error(`Expected --profile ${Object.keys(PROFILES).join(' | ')}, got ${name}.`);
  const profile = { ...PROFILES[name], ...(batches !== undefined && { batches: Number(batches) }) };
  if (scenes) return { ...profile, batches: 0, stands: 1 };
  if (episodes === undefined) return profile;
  const wanted = Number(episodes);
  const episodesABatch = Math.min(wanted, profile.episodesABatch);
  return { ...profile, stands: 1, batches: Math.ceil(wanted / profile.episodesABatch), episodesABatch };
}

function optionsOf(values: Values): CampaignOptions & Profile {
  const modes: readonly Mode[] = MODES.filter((mode) => values.mode === undefined || mode === values.mode);
  if (modes.length === 0) throw new Error(`Expected --mode ${MODES.join(' | ')}.`);
  const { fault, seed, batch, engine } = values;
  const only = fault === undefined ? undefined : ALL_FAULTS.filter(({ name }) => name.startsWith(fault));
  return {
    ...profileOf(values),
    ...{ modes, seed: Number(seed), from: Number(batch), engine, say },
    ...(only && { only, killsABatch: 0 }),
    ...(values['no-second-cron'] && { again: 'troubled' as const }),
  };
}

/** Several stands side by side keep all cores busy; each plays its own range of batches. */
async function campaign(options: CampaignOptions & Profile): Promise<Tally> {
  const { stands, batches, from = 0 } = options;
  const share = Math.ceil(batches / stands);
  const starts = Array.from({ length: stands }, (_, at) => from + at * share);
  return mergeTallies(
    await Promise.all(
      starts.map((start) => runCampaign({ ...options, from: start, batches: Math.min(share, from + batches - start) })),
    ),
  );
}

const KILLS = 500;

async function main(args: string[]): Promise<boolean> {
  if (args.includes('race') || args.includes('receipts')) return raceMain(args);
  if (args.includes('kills')) return killMain();
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.only !== 'renew') throw new Error('Expected --only renew | race | receipts | kills.');
  if (values.controls) return runControls(say);
  const options = optionsOf(values);
  const played = await campaign(options);
  // After it and not beside it: some of them measure.
  const isPart = [values.episodes, values.fault, values.batches].some((one) => one !== undefined);
  const isWhole = !isPart && options.engine === 'real';
  const tally = { ...played, scenes: await playScenes(isWhole ? options.scenes : 'none', say) };
  for (const line of [...linesOf(tally), ...linesOfRows(tally)]) say(line);
  say(jsonOf(tally));
  return isGreen(tally);
}

/** Processes that are killed right after the gym's answers were delivered. */
async function killMain(): Promise<boolean> {
  const tally = await playKills(KILLS, 1);
  for (const line of linesOfKills(tally)) say(line);
  return tally.lost.length === 0;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
