// The part of `npm run faults` that plays campaigns of renewals.
import { parseArgs } from 'node:util';
import { type CampaignOptions, runCampaign, type Tally } from './campaign.ts';
import { runControls } from './controls/run-controls.ts';
import { mergeTallies } from './merge.ts';
import { ALL_FAULTS, MODES } from './plan.ts';
import { PROFILES, type Profile } from './profiles.ts';
import { jsonOf, linesOf } from './report.ts';
import { linesOfRows } from './rows.ts';
import { foundIn, playScenes } from './scenes/scenes.ts';
import { COMMAND, faultsNamed, profileNamed, replayArgs, say, stretchOf } from './staging/command.ts';

const OPTIONS = {
  ...COMMAND,
  /** The option `--scenes` plays the profile's scenes and nothing else. */
  scenes: { type: 'boolean', default: false },
  episodes: { type: 'string' },
  mode: { type: 'string' },
  'no-second-cron': { type: 'boolean', default: false },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function profileOf(values: Values): Profile {
  const profile: Profile = profileNamed(PROFILES, values.profile ?? 'commit');
  const stretch = { ...profile, ...stretchOf(values, profile.batches) };
  if (values.scenes) return { ...profile, batches: 0, stands: 1 };
  if (values.episodes === undefined) return stretch;
  const wanted = Number(values.episodes);
  const episodesABatch = Math.min(wanted, profile.episodesABatch);
  return { ...stretch, stands: 1, batches: Math.ceil(wanted / profile.episodesABatch), episodesABatch };
}

function optionsOf(values: Values): CampaignOptions & Profile {
  const modes = MODES.filter((mode) => values.mode === undefined || mode === values.mode);
  if (modes.length === 0) throw new Error(`Expected --mode ${MODES.join(' | ')}.`);
  const only = faultsNamed(ALL_FAULTS, values.fault);
  return {
    ...profileOf(values),
    ...{ modes, seed: Number(values.seed ?? 1), engine: values.engine ?? 'real', replay: replayArgs(values), say },
    ...(only && { only, killsABatch: 0 }),
    ...(values['no-second-cron'] && { again: 'troubled' as const }),
  };
}

/** Plays a campaign: several stands (each a database and a gym) side by side keep all cores busy, and each plays its own range of batches. */
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

/** Plays the campaign of renewals that the command line describes, or runs the wrong twins (`--controls`); returns whether every check passed. */
export async function renewMain(args: string[]): Promise<boolean> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.controls) return runControls(say);
  const options = optionsOf(values);
  const played = await campaign(options);
  // The scenes run after the campaign and not beside it: some scenes measure times.
  const isPart = [values.episodes, values.fault, values.batch, values.batches].some((one) => one !== undefined);
  const isWhole = !isPart && options.engine === 'real';
  const scenes = await playScenes(isWhole ? options.scenes : 'none', say);
  const tally = { ...played, scenes, found: [...played.found, ...foundIn(scenes)] };
  for (const line of [...linesOf(tally), ...linesOfRows(tally), jsonOf(tally)]) say(line);
  return tally.found.length === 0;
}
