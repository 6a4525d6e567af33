// Checks the race harness itself: each wrong twin is put in the place of the real race, and the harness must report the invariant that the twin
// breaks.
import { type Caught, runAll } from '../../staging/controls.ts';
import { kindOf } from '../../staging/found.ts';
import { type RaceCompany, runRaceCampaign, startRaceCompany } from '../campaign.ts';
import { LOST, type MemberFault, NOTHING, WORDS } from '../faults.ts';
import { type OpeningFault, QUEUE } from '../openings.ts';

export interface RaceControl {
  /** The wrong twin's name, a key of `raceTwins`. */
  readonly name: string;
  readonly members: readonly MemberFault[];
  readonly openings: readonly OpeningFault[];
  /**
   * The invariants that the twin must break, all of them, each as `kindOf` writes it: the invariant's name and the first words of the judge's
   * message.
   */
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

const SHAPE = { calm: 3, calmSize: 8, rough: 0, roughSize: 0, spanMs: 900, slow: false, crowds: false, leadMs: 4_000 };

/** Plays the campaign of one wrong twin; returns the broken invariants. */
export async function runRaceControl(control: RaceControl, company: RaceCompany): Promise<Caught> {
  const { name, members, openings, breaks } = control;
  const options = {
    ...{ seed: 1, batches: 1, shape: SHAPE, engine: name, only: { members, openings } },
    ...{ replay: '--only race', say: () => {} },
  };
  const { found } = await runRaceCampaign(options, company);
  const by = [...new Set(found.map(({ violation }) => kindOf(violation)))];
  return { name, by, red: breaks.every((wanted) => by.includes(wanted)) };
}

export const runRaceControls = (say: (line: string) => void) =>
  runAll(RACE_CONTROLS, startRaceCompany, runRaceControl, say);
