// The seeded draw of one wave: which openings, with which fault, with which members, each with which fault. One seed gives one plan, every time.
import { seededRandom, seedOf } from '../../../simulator/random.ts';
import { pickBy } from '../staging/draw.ts';
import {
  CODES,
  HANDS,
  LATE,
  LOST,
  LOST_SLOWLY,
  type MemberFault,
  NOTHING,
  REFUSED,
  SESSIONS,
  WORDS,
} from './faults.ts';
import { BLOWS, CROWDS, GYM, type OpeningFault, QUEUE } from './openings.ts';

export interface MemberPlan {
  /** The gym's account, and the number of the episode in its wave. */
  readonly id: number;
  readonly fault: MemberFault;
}

export interface OpeningPlan {
  readonly index: number;
  readonly slug: string;
  readonly fault: OpeningFault;
  /** When it opens, from the beginning of the wave. */
  readonly atMs: number;
  readonly members: readonly MemberPlan[];
}

export interface WaveShape {
  /** Openings whose process lives through them, and how many members wait for each. */
  readonly calm: number;
  readonly calmSize: number;
  /** Openings in which a process or the database gets a fault. */
  readonly rough: number;
  readonly roughSize: number;
  /** Over how long the openings are spread. */
  readonly spanMs: number;
  /** With faults that hold a race for twenty seconds. */
  readonly slow: boolean;
  /** With openings that two hundred wait for. */
  readonly crowds: boolean;
  /** From the beginning of the wave to its first opening. */
  readonly leadMs?: number;
}

export interface Draw {
  readonly seed: number;
  readonly wave: number;
  readonly shape: WaveShape;
  /** Draw from these only: for controls and replays. */
  readonly only?:
    | { readonly members?: readonly MemberFault[]; readonly openings?: readonly OpeningFault[] }
    | undefined;
}

/** Enough time to start the last processes, and for deliveries that are due some seconds before an opening. */
const FIRST_OPENING_MS = 9_500;
/** Those that take long to end open first. */
const isLong = ({ blow, deliveries }: OpeningFault): boolean =>
  (blow?.do === 'stop' && blow.forMs > 5_000) ||
  deliveries.some((one) => one.atMs > 5_000 || (one.by === 'job' && one.endsMs === undefined));

/** Long ones first, then those with a fault, then the large ones, which keep the machine busy. */
const placeOf = (one: OpeningFault): number => (isLong(one) ? 0 : one.blow ? 1 : 2);

export function drawWave({ seed, wave, shape, only }: Draw): OpeningPlan[] {
  const random = seededRandom(seedOf(seed, `wave ${wave}`));
  const pick = pickBy(random);
  const kinds = only?.openings
    ? inTurn(only.openings, shape.calm, wave)
    : [...inTurn(calmOnes(shape), shape.calm, wave), ...inTurn(BLOWS, shape.rough, wave)];
  const ordered = [...kinds]
    .map((one) => ({ one, at: placeOf(one) + random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
  let id = 0;
  const memberFaults = only?.members ?? everyFault(shape.slow);
  return ordered.map((fault, index) => {
    const size = fault.size ?? (fault.blow ? shape.roughSize : shape.calmSize);
    const quiet = fault.limit !== undefined || fault.ends !== undefined;
    // A wish that the crowd or the class decides gets no other fault; one in seven is a bystander.
    const members = Array.from({ length: size }, () => ({
      id: ++id,
      fault:
        quiet || random() < 0.15 ? NOTHING : pick(movesTheHour(fault) ? memberFaults.filter(isTimeless) : memberFaults),
    }));
    const atMs = (shape.leadMs ?? FIRST_OPENING_MS) + Math.round((index * shape.spanMs) / ordered.length);
    return { index, slug: `box${index + 1}`, fault, atMs, members };
  });
}

/** The gym opens at another instant than our own clock says. */
export const movesTheHour = ({ knobs }: Pick<OpeningFault, 'knobs'>): boolean =>
  knobs?.some(({ kind }) => kind === 'opening-skew') ?? false;

/** The same fault whenever the gym opens: nothing in it is timed by our own clock. */
const isTimeless = (one: MemberFault): boolean => one.hand === undefined && !movesTheHour(one);

const calmOnes = ({ crowds }: WaveShape): OpeningFault[] => [...QUEUE, ...GYM, ...(crowds ? CROWDS : [])];

/** In turn over the waves, so that every one is met. */
const inTurn = (list: readonly OpeningFault[], count: number, wave: number): OpeningFault[] =>
  Array.from({ length: count }, (_, at) => list[(wave * count + at) % list.length] as OpeningFault);

function everyFault(slow: boolean): MemberFault[] {
  const all = [...LOST, ...LATE, ...LATE, ...REFUSED, ...CODES, ...WORDS, ...SESSIONS, ...HANDS, ...HANDS];
  return slow ? [...all, ...LOST_SLOWLY] : all;
}

/** Does this episode depend on its member's fault alone? */
export const isUndisturbed = ({ fault }: OpeningPlan): boolean => fault.blow === undefined && fault.ends === undefined;
