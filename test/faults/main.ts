// npm run faults: campaigns of injected faults against the real renewal, and the wrong twins that must turn them red.
// Exit code 0: everything green (and, with --controls, every twin caught). It never leaves this machine.
import { parseArgs } from 'node:util';
import { type CampaignOptions, runCampaign } from './campaign.ts';
import { runControls } from './controls/run-controls.ts';
import { ALL_FAULTS, MODES, type Mode } from './plan.ts';
import { isProfile, PROFILES, type Profile } from './profiles.ts';
import { jsonOf, linesOf } from './report.ts';
import { linesOfRows } from './rows.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'commit' },
    seed: { type: 'string', default: '1' },
    batch: { type: 'string', default: '0' },
    episodes: { type: 'string' },
    mode: { type: 'string' },
    engine: { type: 'string', default: 'real' },
    controls: { type: 'boolean', default: false },
    /** Only planned faults whose name begins so, e.g. "kill after the gym acted". */
    fault: { type: 'string' },
    'no-second-cron': { type: 'boolean', default: false },
  },
});

function profileOf(): Profile {
  const name = values.profile;
  if (!isProfile(name)) throw new Error(`Expected --profile ${Object.keys(PROFILES).join(' | ')}, got ${name}.`);
  const profile = PROFILES[name];
  const wanted = values.episodes === undefined ? undefined : Number(values.episodes);
  if (wanted === undefined) return profile;
  return {
    ...profile,
    batches: Math.ceil(wanted / profile.episodesABatch),
    episodesABatch: Math.min(wanted, profile.episodesABatch),
  };
}

function modesOf(): readonly Mode[] {
  const wanted = MODES.filter((mode) => values.mode === undefined || mode === values.mode);
  if (wanted.length === 0) throw new Error(`Expected --mode ${MODES.join(' | ')}.`);
  return wanted;
}

function narrowed(): Partial<CampaignOptions> {
  const { fault } = values;
  const only = fault === undefined ? undefined : ALL_FAULTS.filter(({ name }) => name.startsWith(fault));
  return { ...(only && { only, killsABatch: 0 }), ...(values['no-second-cron'] && { again: 'troubled' as const }) };
}

async function main(): Promise<boolean> {
  if (values.controls) return runControls(say);
  const options = {
    ...profileOf(),
    modes: modesOf(),
    seed: Number(values.seed),
    from: Number(values.batch),
    engine: values.engine,
    say,
    ...narrowed(),
  };
  const tally = await runCampaign(options);
  for (const line of [...linesOf(tally), ...linesOfRows(tally)]) say(line);
  say(jsonOf(tally));
  return tally.found.length === 0;
}

process.exitCode = (await main()) ? 0 : 1;
