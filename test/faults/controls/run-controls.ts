// The control of the controls: each wrong twin is put in the place of the real renewal, and the harness must turn red.
// A harness that stays green on one of them proves nothing about the real one.
import { runCampaign } from '../campaign.ts';
import type { Violation } from '../episode.ts';
import { ANSWERS, type Fault, HANDS, KILLS, WIRES } from '../plan.ts';

export interface Control {
  /** The twin's name. */
  readonly name: string;
  /** What it is drawn from, so that its mistake is met soon. */
  readonly faults: readonly Fault[];
  /** The invariant that must break. */
  readonly breaks: readonly Violation['invariant'][];
  readonly kills: number;
}

const named = (...names: string[]): Fault[] =>
  [...ANSWERS, ...WIRES, ...HANDS, ...KILLS].filter((fault) => names.some((name) => fault.name.startsWith(name)));

export const CONTROLS: readonly Control[] = [
  { name: 'naive read-call-write', faults: named('slow', 'lost after effect'), breaks: ['I1', 'I3', 'I12'], kills: 0 },
];

export interface Caught {
  readonly name: string;
  readonly red: boolean;
  readonly by: readonly string[];
}

const EPISODES = 40;

export async function runControl(control: Control): Promise<Caught> {
  const tally = await runCampaign({
    ...{ seed: 1, batches: 1, episodesABatch: EPISODES, killsABatch: control.kills, crashEvery: 0 },
    ...{ modes: ['strict'], engine: control.name, only: control.faults, say: () => {} },
  });
  const broken = tally.found.map(({ violation }) => violation).filter((one) => control.breaks.includes(one.invariant));
  const by = [...new Set(broken.map((one) => `${one.invariant} ${one.says.split(':')[0]}`))];
  return { name: control.name, red: by.length > 0, by };
}

export async function runControls(say: (line: string) => void): Promise<boolean> {
  let all = true;
  for (const control of CONTROLS) {
    const caught = await runControl(control);
    say(
      `${caught.red ? 'RED, as it must be' : 'NOT CAUGHT'}: ${caught.name} (${caught.by.join('; ') || 'nothing broke'})`,
    );
    all &&= caught.red;
  }
  say(
    all
      ? `All ${CONTROLS.length} wrong twins were caught.`
      : 'A wrong twin went unnoticed: the harness proves nothing.',
  );
  return all;
}
