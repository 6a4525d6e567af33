// Checks the fault harness itself: each wrong twin takes the place of the real renewal in a campaign, and the campaign must fail. A harness that
// stays green on a wrong twin proves nothing about the real renewal.
import { type RenewCompany, runCampaign, startCompany } from '../campaign.ts';
import type { Violation } from '../episode.ts';
import { ANSWERS, type Fault, HANDS, KILLS, WIRES } from '../plan.ts';
import { type Caught, runAll } from '../staging/controls.ts';
import { kindOf } from '../staging/found.ts';

export interface Control {
  /** The wrong twin's name, by which the record `twins` lists it. */
  readonly name: string;
  /** The faults from which the plans of the twin's campaign are drawn, chosen so that the twin's mistake shows soon. */
  readonly faults: readonly Fault[];
  /** The invariants of which the wrong twin must break at least one. */
  readonly breaks: readonly Violation['invariant'][];
  /** How many episodes the twin's campaign has; when absent, twenty. */
  readonly episodes?: number;
}

const named = (...names: string[]): Fault[] =>
  [...ANSWERS, ...WIRES, ...HANDS, ...KILLS].filter((fault) => names.some((name) => fault.name.startsWith(name)));

const slow = named('slow', 'gym wire late');
/** A fault that makes the gym's answer so slow that another process can begin to renew the session during the first process's call. */
const DAWDLE: Fault = {
  ...{ kind: 'answer', name: 'a gym that dawdles' },
  knob: { kind: 'slow', beforeMs: 150, afterMs: 150, jitterMs: 300 },
};
export const CONTROLS: readonly Control[] = [
  { name: 'naive read-call-write', faults: slow, breaks: ['I3'] },
  { name: 'lease only', faults: named('lease stolen', 'process paused'), breaks: ['I1', 'I3'] },
  // The twin `fenced-drop` does wrong only when a lease is lost between the gym's answer and the commit.
  { name: 'fenced-drop', faults: named('lease stolen while', 'process paused'), breaks: ['I1'], episodes: 48 },
  // This twin does wrong when a process leases a session while another process's call for that session is under way. The campaign has more sessions
  // than its three processes lease at first, so each process leases again during calls of the others.
  { name: 'always-true lock', faults: [DAWDLE], breaks: ['I12'], episodes: 64 },
  { name: 'jar replace', faults: slow, breaks: ['I2'] },
  { name: 'freshness from updated_at', faults: named('status', 'lost before'), breaks: ['I4'] },
  { name: 'deletes an unclear answer', faults: named('token under another name'), breaks: ['I1'] },
  { name: 'p-retry around the POST', faults: named('lost after'), breaks: ['I12'] },
];

const EPISODES = 20;

/** The most campaigns for one twin: a twin that is wrong only when two processes meet may show no mistake in one short campaign. */
const CHANCES = 8;

export async function runControl(control: Control, company: RenewCompany): Promise<Caught> {
  let caught: Caught = { name: control.name, red: false, by: [] };
  for (let seed = 1; seed <= CHANCES && !caught.red; seed += 1) caught = await runOnce(control, company, seed);
  return caught;
}

async function runOnce(control: Control, company: RenewCompany, seed: number): Promise<Caught> {
  const options = {
    ...{ seed, batches: 1, episodesABatch: control.episodes ?? EPISODES, killsABatch: 0, crashEvery: 0 },
    ...{
      modes: ['strict'] as const,
      engine: control.name,
      only: control.faults,
      replay: '--mode strict',
      say: () => {},
    },
  };
  const { found } = await runCampaign(options, company);
  const broken = found.filter(({ violation }) => control.breaks.some((one) => one === violation.invariant));
  const by = [...new Set(broken.map(({ violation }) => kindOf(violation)))];
  return { name: control.name, red: by.length > 0, by };
}

export const runControls = (say: (line: string) => void) => runAll(CONTROLS, startCompany, runControl, say);
