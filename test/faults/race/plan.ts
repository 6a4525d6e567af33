// Draws one wave from the campaign's seed and the wave's number: its openings and their faults, its members and their faults. The same arguments
// always give the same wave.
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
  /** The episode's number in its wave, which is also the member's id at the gym. */
  readonly id: number;
  readonly fault: MemberFault;
}

export interface OpeningPlan {
  readonly index: number;
  readonly slug: string;
  readonly fault: OpeningFault;
  /** When the class can be booked, in ms from the beginning of the wave. */
  readonly atMs: number;
  readonly members: readonly MemberPlan[];
}

export interface WaveShape {
  /** How many openings have no fault of a process or of the database; `calmSize` members wait for each of these openings. */
  readonly calm: number;
  readonly calmSize: number;
  /** How many openings have a fault of a process or of the database; `roughSize` members wait for each of these openings. */
  readonly rough: number;
  readonly roughSize: number;
  /** The time, in ms, over which the openings of the wave are spread. */
  readonly spanMs: number;
  /** With `true`, faults are added that keep a race waiting for twenty seconds. */
  readonly slow: boolean;
  /** With `true`, openings are added for which two hundred members wait. */
  readonly crowds: boolean;
  /** Milliseconds from the beginning of the wave to its first opening. */
  readonly leadMs?: number;
}

export interface Draw {
  readonly seed: number;
  readonly wave: number;
  readonly shape: WaveShape;
  /** The only faults that may be played, given for wrong twins and replays; when absent, all faults may be played. */
  readonly only?:
    | { readonly members?: readonly MemberFault[]; readonly openings?: readonly OpeningFault[] }
    | undefined;
}

/**
 * The time, in ms, from the beginning of the wave to its first opening: enough to start all processes of the wave, and to deliver wake-ups some
 * seconds before an opening.
 */
const FIRST_OPENING_MS = 9_500;
/** Tells whether an opening takes long to be settled; such openings come first in the wave. */
const isLong = ({ blow, deliveries }: OpeningFault): boolean =>
  (blow?.do === 'stop' && blow.forMs > 5_000) ||
  deliveries.some((one) => one.atMs > 5_000 || (one.by === 'job' && one.endsMs === undefined));

/** Gives where in its wave an opening is played: 0 (first) if it takes long to settle, 1 if its process or the database is struck, 2 if neither. */
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
    // Where the opening's own fault decides how its members' prebookings end (too few places, a changed class), its members get no other fault. At
    // all other openings each member gets, with a probability of 85 %, a fault drawn at random.
    const members = Array.from({ length: size }, () => ({
      id: ++id,
      fault:
        quiet || random() < 0.15 ? NOTHING : pick(movesTheHour(fault) ? memberFaults.filter(isTimeless) : memberFaults),
    }));
    const atMs = (shape.leadMs ?? FIRST_OPENING_MS) + Math.round((index * shape.spanMs) / ordered.length);
    return { index, slug: `box${index + 1}`, fault, atMs, members };
  });
}

/** Tells whether the fault moves the instant at which the gym opens the class away from the opening that puntual has computed. */
export const movesTheHour = ({ knobs }: Pick<OpeningFault, 'knobs'>): boolean =>
  knobs?.some(({ kind }) => kind === 'opening-skew') ?? false;

/**
 * Tells whether a member's fault has the same effect whenever the gym opens the class. False if the member or the gym acts at a set instant (`hand`),
 * or if the fault moves the opening (`opening-skew`).
 */
const isTimeless = (one: MemberFault): boolean => one.hand === undefined && !movesTheHour(one);

const calmOnes = ({ crowds }: WaveShape): OpeningFault[] => [...QUEUE, ...GYM, ...(crowds ? CROWDS : [])];

/**
 * Gives `count` faults of the list for wave number `wave`, going on where the wave before stopped, so that all faults are played in the course of the
 * waves.
 */
const inTurn = (list: readonly OpeningFault[], count: number, wave: number): OpeningFault[] =>
  Array.from({ length: count }, (_, at) => list[(wave * count + at) % list.length] as OpeningFault);

function everyFault(slow: boolean): MemberFault[] {
  const all = [...LOST, ...LATE, ...LATE, ...REFUSED, ...CODES, ...WORDS, ...SESSIONS, ...HANDS, ...HANDS];
  return slow ? [...all, ...LOST_SLOWLY] : all;
}

/** True if the opening's planned fault strikes no process or database, and does not decide how the prebookings end. */
export const isUndisturbed = ({ fault }: OpeningPlan): boolean => fault.blow === undefined && fault.ends === undefined;
