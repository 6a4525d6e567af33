// Checks the harness itself: each wrong twin replaces the real race, and the harness must turn red by the right name.
import { type Stand, startStand } from '../../stand.ts';
import { runRaceCampaign } from '../campaign.ts';
import type { Invariant } from '../checker.ts';
import { LOST, type MemberFault, NOTHING, WORDS } from '../faults.ts';
import { type OpeningFault, QUEUE } from '../openings.ts';

export interface RaceControl {
  /** The twin's name. */
  readonly name: string;
  readonly members: readonly MemberFault[];
  readonly openings: readonly OpeningFault[];
  /** The invariant that must break, and its words. */
  readonly breaks: readonly string[];
}

const opening = (...names: string[]): OpeningFault[] => QUEUE.filter((one) => names.includes(one.name));
const TWICE = opening('delivered twice at once', 'delivered three times within 50 ms');
const ONCE = opening('one delivery');
const AGAIN = opening('delivered again at the opening');
const SERVER_ERROR = LOST.filter((one) => one.name === 'answer lost after the effect: bad-gateway');
const afterEffect = LOST.filter((one) => one.name.includes('after'));

export const RACE_CONTROLS: readonly RaceControl[] = [
  { name: 'check-then-book', members: [NOTHING], openings: TWICE, breaks: ['I5 booked twice'] },
  { name: 'p-retry around the POST', members: afterEffect, openings: ONCE, breaks: ['I5 booked twice'] },
  { name: 'timeout = failed', members: afterEffect, openings: ONCE, breaks: ['I6 false refused'] },
  { name: 'trusts words', members: WORDS, openings: ONCE, breaks: ['I5 booked twice', 'I6 false refused'] },
  {
    name: 'unverified webhook body',
    members: [NOTHING],
    openings: opening('forged beside the signed one'),
    breaks: ['I9 a forged delivery was let in', 'I5 booked what nobody wished'],
  },
  { name: 'status read then written', members: [NOTHING], openings: TWICE, breaks: ['I5 booked twice'] },
  { name: 'frees by the deadline', members: [NOTHING], openings: AGAIN, breaks: ['I5 booked twice'] },
  { name: 'repeats a 503', members: SERVER_ERROR, openings: ONCE, breaks: ['I5 booked twice'] },
  { name: 'claims what is held', members: [NOTHING], openings: TWICE, breaks: ['I5 booked twice'] },
];

export interface Caught {
  readonly name: string;
  readonly red: boolean;
  readonly by: readonly string[];
}

const SHAPE = { calm: 3, calmSize: 8, rough: 0, roughSize: 0, spanMs: 900, slow: false, crowds: false, leadMs: 4_000 };

export async function runRaceControl(control: RaceControl, stand: Stand): Promise<Caught> {
  const { name, members, openings } = control;
  const options = {
    seed: 1,
    waves: 1,
    shape: SHAPE,
    engine: name,
    only: { members, openings },
    rough: 0,
    stand,
    say: () => {},
  };
  const { found } = await runRaceCampaign(options);
  const nameOf = ({ invariant, says }: { invariant: Invariant; says: string }) => `${invariant} ${says.split(':')[0]}`;
  const by = [...new Set(found.map((one) => nameOf(one.violation)))];
  return { name, by, red: control.breaks.every((wanted) => by.includes(wanted)) };
}

export async function runRaceControls(say: (line: string) => void): Promise<boolean> {
  let all = true;
  const stand = await startStand();
  for (const control of RACE_CONTROLS) {
    const { name, red, by } = await runRaceControl(control, stand);
    say(`${red ? 'RED, as it must be' : 'NOT CAUGHT'}: ${name} (${by.join('; ') || 'nothing broke'})`);
    all &&= red;
  }
  await stand.stop();
  say(
    all
      ? `All ${RACE_CONTROLS.length} wrong twins of the race were caught.`
      : 'A wrong twin went unnoticed: the harness proves nothing.',
  );
  return all;
}
