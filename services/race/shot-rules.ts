// What follows an answer in a race: shoot again, ask the gym, or stop. Pure rules; the job shoots, waits and reads back.
// Nothing here sends twice what may have arrived: after `unknown` there is no further shot, ever.
import type { AnnouncedLead, BookAnswer, Refusal } from '../gym/gym.ts';

/** Requests of one series that leave, or may have; what was proven not sent is not among them. */
const MAX_SHOTS = 9;
/**
 * Pauses between an answer "too early" and the next try. The answer itself has taken a round trip and the gym's thinking, so the first
 * try follows at once. Each pause is twice the last, because what is still missing after many tries is no longer a matter of ms.
 */
const EARLY_GAPS_MS = [0, 5, 10, 20, 40, 80, 160, 320] as const;
const EARLY_WINDOW_MS = 3_000;
/** The gym's own Date may prove its opening to be so far ahead: as long as requests may still be written (arm.ts), less the tries. */
const PROVEN_WAIT_MS = 8_500;
/** Further tries when no byte left; the first at once, since a fresh connection often does. */
const NOT_SENT_GAPS_MS = [0, 200, 500] as const;
const NOT_SENT_WINDOW_MS = 2_000;
/** Further tries when the gym was busy or down and looked at nothing. */
const TURNED_AWAY_GAPS_MS = [400, 900] as const;
const TURNED_AWAY_WINDOW_MS = 3_000;
const RENEWALS = 1;

/** The gym stamps whole seconds: its clock then read up to this much more. */
const GYM_SECOND_MS = 1_000;

/** Which wish to shoot at: 0 is the member's first choice, the others their alternatives in order. */
export interface Aim {
  readonly choice: number;
  /** Take a place on the waitlist if the class is full; only ever true when the member said so. */
  readonly waitlist: boolean;
}

interface Tries {
  readonly count: number;
  readonly sinceMs: number | undefined;
}

export interface RaceState {
  readonly aim: Aim;
  readonly choices: number;
  readonly mayWaitlist: boolean;
  /** The opening, epoch ms. */
  readonly openingAtMs: number;
  /** Requests answered so far that left, or may have. */
  readonly left: number;
  readonly early: Tries;
  /** From the first "too early" on, the gym's clock proved for so long that it had not reached the opening. */
  readonly provenMs: number;
  readonly notSent: Tries;
  readonly turnedAway: Tries;
  readonly renewals: number;
  /** Choices that the gym refused for good: a waiting list is never theirs. */
  readonly refused: readonly number[];
  /** Set once the race is over; nothing follows. */
  readonly end: RaceEnd | undefined;
}

export type Verdict = 'booked' | 'too-early' | 'session-dead' | 'not-sent' | 'turned-away' | Refusal;

/** `read-back`: the gym must be asked what stands; for `booked` too the read-back has the last word. */
export type RaceEnd =
  | {
      readonly do: 'stop';
      readonly verdict: Verdict;
      readonly announced?: AnnouncedLead;
      readonly reason?: string;
      /** The gym's own words. */
      readonly said?: string;
    }
  | { readonly do: 'read-back'; readonly why: 'accepted' | 'same-hour' | 'unknown'; readonly said?: string };

export type RaceStep =
  | { readonly do: 'shoot'; readonly afterMs: number; readonly choice: number; readonly waitlist: boolean }
  | { readonly do: 'renew-then-shoot'; readonly choice: number; readonly waitlist: boolean }
  /** The gym said something, and what it did is not known: look twice, and come back with what that showed. */
  | { readonly do: 'look-twice'; readonly said: string }
  | RaceEnd;

export interface HeardAnswer {
  readonly answer: BookAnswer;
  /** The answer's own Date, epoch ms in whole seconds. */
  readonly gymDateMs?: number | undefined;
}

interface Wish {
  readonly choices: number;
  readonly mayWaitlist: boolean;
  readonly openingAt: Date;
  /** Requests of this wish that the gym has already answered as too early: all its series together are no more than one may be. */
  readonly early?: number;
}

/**
 * A race about to begin; its `aim` is the first shot. A waitlist comes last with alternatives, when every choice is full;
 * without any, the first shot already takes it. That saves a round trip and books all the same while there is room.
 */
export function startRace(wish: Wish): RaceState {
  const none: Tries = { count: 0, sinceMs: undefined };
  const { early = 0 } = wish;
  return {
    aim: { choice: 0, waitlist: wish.mayWaitlist && wish.choices === 1 },
    choices: wish.choices,
    mayWaitlist: wish.mayWaitlist,
    openingAtMs: wish.openingAt.getTime(),
    left: early,
    early: { ...none, count: early },
    provenMs: 0,
    notSent: none,
    turnedAway: none,
    renewals: 0,
    refused: [],
    end: undefined,
  };
}

/** What follows `heard`, which came at `nowMs` (epoch ms), and the state to bring to the next answer. */
export function next(before: RaceState, heard: HeardAnswer, nowMs: number): { state: RaceState; step: RaceStep } {
  if (before.end) return { state: before, step: before.end };
  const { answer } = heard;
  const state = answer.kind === 'not-sent' ? before : { ...before, left: before.left + 1 };
  switch (answer.kind) {
    case 'booked':
      return finish(state, { do: 'stop', verdict: 'booked' });
    case 'accepted':
    case 'same-hour':
    case 'unknown':
      return finish(state, { do: 'read-back', why: answer.kind });
    case 'too-early':
      return afterTooEarly(state, heard.gymDateMs, answer.announced, nowMs);
    case 'not-sent':
      return afterNotSent(state, answer.reason, nowMs);
    case 'turned-away':
      return afterTurnedAway(state, answer.why, answer.retryAfterMs ?? 0, nowMs);
    case 'session-dead':
      return afterSessionDead(state);
    case 'full':
      return afterFull(state, answer.reason);
    case 'refused-in-words':
      return { state, step: { do: 'look-twice', said: answer.said } };
    default:
      return afterRefused(state, answer);
  }
}

type Next = { state: RaceState; step: RaceStep };

const finish = (state: RaceState, end: RaceEnd): Next => ({ state: { ...state, end }, step: end });

const mayShoot = ({ left }: RaceState): boolean => left < MAX_SHOTS;

const shoot = (state: RaceState, afterMs: number): Next => ({ state, step: { do: 'shoot', afterMs, ...state.aim } });

/** The pause before one more try, or undefined when the tries or the window are used up. */
function pauseFor(
  tries: Tries,
  gapsMs: readonly number[],
  windowMs: number,
  atLeastMs: number,
  nowMs: number,
): number | undefined {
  const gapMs = gapsMs[tries.count];
  if (gapMs === undefined) return undefined;
  const afterMs = Math.max(gapMs, atLeastMs);
  return nowMs + afterMs - (tries.sinceMs ?? nowMs) <= windowMs ? afterMs : undefined;
}

const counted = (tries: Tries, nowMs: number): Tries => ({ count: tries.count + 1, sinceMs: tries.sinceMs ?? nowMs });

/**
 * The window runs from the first "too early". Where the gym's Date proves that its clock had not reached the opening, it runs from when it
 * can have; until then the pause lasts. A gym that is further away than requests may wait means that the opening was wrong.
 */
function afterTooEarly(
  state: RaceState,
  gymDateMs: number | undefined,
  announced: AnnouncedLead | undefined,
  nowMs: number,
): Next {
  const missingMs = gymDateMs === undefined ? 0 : Math.max(0, state.openingAtMs - (gymDateMs + GYM_SECOND_MS));
  const early: Tries = { ...state.early, sinceMs: state.early.sinceMs ?? nowMs };
  const provenMs = missingMs > 0 ? nowMs + missingMs - (early.sinceMs ?? nowMs) : state.provenMs;
  const windowMs = provenMs + EARLY_WINDOW_MS;
  const isHopeless = provenMs > PROVEN_WAIT_MS || !mayShoot(state);
  const afterMs = isHopeless ? undefined : pauseFor(early, EARLY_GAPS_MS, windowMs, missingMs, nowMs);
  if (afterMs === undefined)
    return finish(state, { do: 'stop', verdict: 'too-early', ...(announced ? { announced } : {}) });
  return shoot({ ...state, early: counted(early, nowMs), provenMs }, afterMs);
}

function afterNotSent(state: RaceState, reason: string, nowMs: number): Next {
  const afterMs = pauseFor(state.notSent, NOT_SENT_GAPS_MS, NOT_SENT_WINDOW_MS, 0, nowMs);
  if (afterMs === undefined) return finish(state, { do: 'stop', verdict: 'not-sent', reason });
  return shoot({ ...state, notSent: counted(state.notSent, nowMs) }, afterMs);
}

/** Blocked by address will not change within seconds; busy may. */
function afterTurnedAway(
  state: RaceState,
  why: 'blocked' | 'busy' | 'down',
  retryAfterMs: number,
  nowMs: number,
): Next {
  const afterMs = pauseFor(state.turnedAway, TURNED_AWAY_GAPS_MS, TURNED_AWAY_WINDOW_MS, retryAfterMs, nowMs);
  if (why === 'blocked' || afterMs === undefined || !mayShoot(state))
    return finish(state, { do: 'stop', verdict: 'turned-away', reason: why });
  return shoot({ ...state, turnedAway: counted(state.turnedAway, nowMs) }, afterMs);
}

function afterSessionDead(state: RaceState): Next {
  if (state.renewals >= RENEWALS || !mayShoot(state)) return finish(state, { do: 'stop', verdict: 'session-dead' });
  return { state: { ...state, renewals: state.renewals + 1 }, step: { do: 'renew-then-shoot', ...state.aim } };
}

/** A refusal that is known for one goes to the next choice at once. */
function afterRefused(
  state: RaceState,
  { kind, reason, said }: { kind: Refusal; reason: string; said?: string },
): Next {
  const choice = state.aim.choice + 1;
  const refused = [...state.refused, state.aim.choice];
  if (mayShoot(state) && !state.aim.waitlist && choice < state.choices)
    return shoot({ ...state, refused, aim: { choice, waitlist: false } }, 0);
  return finish(state, { do: 'stop', verdict: kind, reason, ...(said !== undefined && { said }) });
}

function afterFull(state: RaceState, reason: string): Next {
  const choice = state.aim.choice + 1;
  if (!mayShoot(state)) return finish(state, { do: 'stop', verdict: 'full', reason });
  if (!state.aim.waitlist && choice < state.choices) return shoot({ ...state, aim: { choice, waitlist: false } }, 0);
  if (!state.aim.waitlist && state.mayWaitlist)
    return shoot({ ...state, aim: { choice: firstFull(state), waitlist: true } }, 0);
  return finish(state, { do: 'stop', verdict: 'full', reason });
}

/** The first choice that the gym did not refuse: it was full. */
function firstFull({ refused, choices }: RaceState): number {
  for (let choice = 0; choice < choices; choice += 1) if (!refused.includes(choice)) return choice;
  return 0;
}
