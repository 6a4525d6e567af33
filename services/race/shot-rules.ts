// Decides what follows the gym's answer to a shot: another shot, reads of the gym's list, or the end of the shots. The functions of this file are
// pure; shots.ts shoots, waits and asks the gym. After the answer `unknown` no shot follows, because no request that may have arrived is sent twice.
import type { AnnouncedLead, BookAnswer, Refusal } from '../gym/gym.ts';

/** The most requests that are, or may have been, sent for one entrant; requests that are proven not sent do not count. */
const MAX_SHOTS = 9;
/**
 * Pauses, ms, between an answer "too early" and the next try. The pause after the first answer "too early" is 0, because that answer has already
 * taken a round trip and the gym's work. The later pauses double, because after many early tries the opening is more than a few ms away.
 */
const EARLY_GAPS_MS = [0, 5, 10, 20, 40, 80, 160, 320] as const;
const EARLY_WINDOW_MS = 3_000;
/**
 * The shots end when the `Date` of an answer "too early" proves that the gym's clock reaches the opening later than this many ms after the first such
 * answer came. `PROVEN_WAIT_MS` is the time in which requests may be sent (10 s in arm.ts), less the time for the tries at the opening.
 */
const PROVEN_WAIT_MS = 8_500;
/** Pauses, ms, after a try of which no byte was sent. The pause after the first unsent try is 0, because a fresh connection often succeeds. */
const NOT_SENT_GAPS_MS = [0, 200, 500] as const;
const NOT_SENT_WINDOW_MS = 2_000;
/** Pauses, ms, before further tries after an answer of a gym that was busy or down and processed nothing. */
const TURNED_AWAY_GAPS_MS = [400, 900] as const;
const TURNED_AWAY_WINDOW_MS = 3_000;
const RENEWALS = 1;

/** The gym's `Date` gives whole seconds, so the gym's clock may have been up to this much later than the `Date`. */
const GYM_SECOND_MS = 1_000;

/** What a shot asks for: choice 0 is the class of the member's first choice, the other choices are the alternatives in the member's order. */
export interface Aim {
  readonly choice: number;
  /** True when the shot also accepts a place on the waitlist of a full class, which it does only if the member allowed that. */
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
  /** The opening of the wished class, epoch ms. */
  readonly openingAtMs: number;
  /**
   * The earliest instant for the next shot after one that was refused as too early. The first shot may have been sent before this instant
   * (`againFromMs`), to find out when in its work the gym checks whether the class is open.
   */
  readonly againFromMs: number;
  /** How many requests of this prebooking may have been sent so far, those that earlier races sent too early included. */
  readonly sent: number;
  readonly early: Tries;
  /** Ms from the first answer "too early" to when the gym's clock can first reach the opening; 0 if no answer's `Date` proves such a wait. */
  readonly provenMs: number;
  readonly notSent: Tries;
  readonly turnedAway: Tries;
  readonly renewals: number;
  /** Choices that the gym refused for another reason than a full class. The race never asks for the waitlist of these choices. */
  readonly refused: readonly number[];
  /** How the entrant's shots ended; undefined while another shot may follow. */
  readonly end: RaceEnd | undefined;
}

export type Verdict = 'booked' | 'too-early' | 'session-dead' | 'not-sent' | 'turned-away' | Refusal;

/**
 * How the shots of one entrant ended in a race. `read-back` means that the gym's list must be read for the member's place. Even after the answer
 * `booked`, the result is what the read-back shows.
 */
export type RaceEnd =
  | {
      readonly do: 'stop';
      readonly verdict: Verdict;
      readonly announced?: AnnouncedLead;
      readonly reason?: string;
      /** The gym's own words in its answer to the last shot. */
      readonly said?: string;
    }
  | { readonly do: 'read-back'; readonly why: 'accepted' | 'same-hour' | 'unknown'; readonly said?: string };

export type RaceStep =
  | { readonly do: 'shoot'; readonly afterMs: number; readonly choice: number; readonly waitlist: boolean }
  | { readonly do: 'renew-then-shoot'; readonly choice: number; readonly waitlist: boolean }
  /** The gym answered in words, and what it did is not known: read the gym's list twice, then continue with what the list showed. */
  | { readonly do: 'look-twice'; readonly said: string }
  | RaceEnd;

export interface HeardAnswer {
  readonly answer: BookAnswer;
  /** The `Date` header of the answer, epoch ms in whole seconds. */
  readonly gymDateMs?: number | undefined;
}

interface Wish {
  readonly choices: number;
  readonly mayWaitlist: boolean;
  readonly openingAt: Date;
  /** The earliest instant for a shot after one that was refused as too early, epoch ms. */
  readonly againFromMs?: number | undefined;
  /**
   * How many earlier requests for this wish the gym has answered as too early, those of earlier races included. A request that was answered as too
   * early counts toward the limit `MAX_SHOTS`, in whichever race it was sent.
   */
  readonly early?: number;
}

/**
 * The state before the first shot, with that shot's `aim`. If the member allows the waitlist and named alternatives, the waitlist of the first full
 * choice is asked for last, when no choice has a free place. If the member allows the waitlist and named no alternatives, the first shot already
 * accepts the waitlist, so that a full class needs no second shot. A shot that accepts the waitlist books a free place if there is one.
 */
export function startRace(wish: Wish): RaceState {
  const none: Tries = { count: 0, sinceMs: undefined };
  const { early = 0 } = wish;
  return {
    aim: { choice: 0, waitlist: wish.mayWaitlist && wish.choices === 1 },
    choices: wish.choices,
    mayWaitlist: wish.mayWaitlist,
    openingAtMs: wish.openingAt.getTime(),
    againFromMs: wish.againFromMs ?? Number.NEGATIVE_INFINITY,
    sent: early,
    early: { ...none, count: early },
    provenMs: 0,
    notSent: none,
    turnedAway: none,
    renewals: 0,
    refused: [],
    end: undefined,
  };
}

/** Decides a prebooking's next step in the race after the answer `heard`, which came at `nowMs` (epoch ms). Returns the step and the new state. */
export function next(before: RaceState, heard: HeardAnswer, nowMs: number): { state: RaceState; step: RaceStep } {
  if (before.end) return { state: before, step: before.end };
  const { answer } = heard;
  const state = answer.kind === 'not-sent' ? before : { ...before, sent: before.sent + 1 };
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

const mayShoot = ({ sent }: RaceState): boolean => sent < MAX_SHOTS;

const shoot = (state: RaceState, afterMs: number): Next => ({ state, step: { do: 'shoot', afterMs, ...state.aim } });

/** The pause before one more try, ms; undefined when the tries or the time for them are used up. */
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
 * Further tries are made for at most `EARLY_WINDOW_MS` after the first answer "too early". If an answer's `Date` proves that the gym's clock has not
 * reached the opening, the next try waits for the earliest instant at which that clock can reach it, and `EARLY_WINDOW_MS` counts from there. If that
 * instant is more than `PROVEN_WAIT_MS` after the first answer "too early", the expected opening counts as wrong, and the shots end.
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
  const atLeastMs = Math.max(missingMs, state.againFromMs - nowMs);
  const afterMs = isHopeless ? undefined : pauseFor(early, EARLY_GAPS_MS, windowMs, atLeastMs, nowMs);
  if (afterMs === undefined)
    return finish(state, { do: 'stop', verdict: 'too-early', ...(announced ? { announced } : {}) });
  return shoot({ ...state, early: counted(early, nowMs), provenMs }, afterMs);
}

function afterNotSent(state: RaceState, reason: string, nowMs: number): Next {
  const afterMs = pauseFor(state.notSent, NOT_SENT_GAPS_MS, NOT_SENT_WINDOW_MS, 0, nowMs);
  if (afterMs === undefined) return finish(state, { do: 'stop', verdict: 'not-sent', reason });
  return shoot({ ...state, notSent: counted(state.notSent, nowMs) }, afterMs);
}

/** After a block of our IP address no shot follows, since the block outlasts the race; a gym that is busy or down gets another shot later. */
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

/** After a refusal with a known code the next choice is shot at without a pause. */
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

/** The index of the first choice, in the member's order, that is not in `refused`: the waitlist of that choice is asked for. */
function firstFull({ refused, choices }: RaceState): number {
  for (let choice = 0; choice < choices; choice += 1) if (!refused.includes(choice)) return choice;
  return 0;
}
