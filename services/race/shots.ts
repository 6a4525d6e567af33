// Follows one entrant's shots, from the first shot to the answer after which no further shot may follow. What follows an answer (another shot, reads
// of the gym's list, the end of the shots) is decided in shot-rules.ts; read-back.ts reads what place the member has in the end.
import { asFailure } from '../failures.ts';
import type { BookAnswer, Gym } from '../gym/gym.ts';
import type { Try } from '../prebooking/receipt.ts';
import type { Shot, TimedSender } from '../timed-sender/timed-sender.ts';
import { armAgain } from './arm.ts';
import { bookWishOf, type Entrant, firstState } from './entrant.ts';
import { lookTwice } from './look-twice.ts';
import type { Race } from './race-context.ts';
import type { Trace } from './read-back.ts';
import { type Aim, next, type RaceEnd, type RaceState, type RaceStep } from './shot-rules.ts';

/** What became of the shots of one entrant in a race. Instants in `EntrantShots` are epoch ms on the race's clock. */
export interface EntrantShots {
  readonly entrant: Entrant;
  readonly end: RaceEnd;
  /** When the first request was sent, or may have been sent. */
  readonly sentAtMs: number | undefined;
  /** When the last request was sent, or may have been sent. */
  readonly lastSentAtMs: number | undefined;
  /** The class of the last request that was sent, or may have been sent, and the reservation that the gym gave. */
  readonly trace: Trace;
  /** Every try to send a request, in order, including each try of which it is proven that nothing was sent. */
  readonly tries: readonly Try[];
  /** How long, in ms, the gym's answer to the entrant's last shot asked puntual to wait; undefined if it asked for no wait. */
  readonly retryAfterMs?: number | undefined;
  /** True when the entrant's first shot waited for the gym's answers to other members of puntual whose turn in the class came earlier. */
  readonly isBehind?: boolean | undefined;
  /** True when the next sweep is to go on with the race for this entrant's prebooking. */
  readonly isLeft?: boolean | undefined;
  /** The kind of the answer to each of the entrant's shots, in the order of the shots; `not-sent` stands for a request that was never sent. */
  readonly heard: readonly BookAnswer['kind'][];
}

/**
 * Takes the result of an entrant's first shot, and sends its further shots one after another until none may follow. Never throws: if our own code
 * fails between two shots, the entrant ends as after an unclear answer, or as not sent if no shot was sent. No shot is sent after `notAfterMs`, which
 * is the send deadline or the instant until which the claim can be relied on, whichever is earlier.
 */
export async function followShots(
  race: Race,
  sender: TimedSender,
  entered: Entrant,
  first: Shot,
  notAfterMs: () => number,
  begunAs: RaceState = firstState(entered, race),
): Promise<EntrantShots> {
  const { clock, gym, logger, nowMs } = race;
  let mayWriteUntilMs = notAfterMs;
  let entrant = entered;
  let state = begunAs;
  let shot = first;
  let trace = traceOf({}, entrant, state.aim, first);
  const seen = [first];
  const heard: BookAnswer[] = [];
  const ended = (end: RaceEnd): EntrantShots => seriesOf(entrant, end, seen, heard, trace);
  for (;;) {
    const answer = answerOf(gym, shot);
    heard.push(answer);
    if ('reservationId' in answer) trace = { ...trace, reservationId: answer.reservationId };
    if (answer.kind === 'unknown') {
      const { reason, sample } = answer;
      logger.warn({ prebookingId: entrant.prebooking.id, reason, sample }, 'race: an answer nobody understands');
    }
    try {
      let following = pastOthers(race, entrant, next(state, { answer, gymDateMs: shot.gymDateMs }, nowMs()));
      if (following.step.do === 'look-twice') {
        following = await looked(race, entrant, following.state, following.step.said, trace);
        const again = following.step.do === 'shoot' ? await armAgain(race, entrant) : mayWriteUntilMs;
        // This process no longer holds the claim on the prebooking. The next process that claims the prebooking finds it armed, and reads the gym's
        // list.
        if (!again) return ended(UNCLEAR);
        mayWriteUntilMs = again;
      }
      state = following.state;
      const { step } = following;
      if (step.do !== 'shoot' && step.do !== 'renew-then-shoot') return ended(endOf(step));
      if (step.do === 'shoot') await clock.sleep(step.afterMs);
      else entrant = await withRenewedSession(race, entrant);
      const request = gym.prepareBook(entrant.session.key, entrant.box, bookWishOf(entrant, step));
      shot = await sender.shootNow(request, mayWriteUntilMs());
      trace = traceOf(trace, entrant, step, shot);
    } catch (error) {
      logger.error(
        { prebookingId: entrant.prebooking.id, code: asFailure(error).code, err: error },
        'race: broke off between shots',
      );
      // Every failure that this `catch` gets came before a byte of the next shot was sent. If an error between two shots follows only shots that were
      // proven unsent, no booking request of the entrant was sent.
      const isUnsent = seen.every(({ result }) => result.kind === 'not-sent');
      return ended(isUnsent ? { do: 'stop', verdict: 'not-sent', reason: asFailure(error).code } : UNCLEAR);
    }
    seen.push(shot);
  }
}

const UNCLEAR = { do: 'read-back', why: 'unknown' } as const;

interface Following {
  readonly state: RaceState;
  readonly step: RaceStep;
}

/**
 * A class that another prebooking of the member shoots at is passed over like a full class: the entrant goes on to its next choice, or its shots end.
 */
function pastOthers({ aims, nowMs }: Race, { prebooking, choices }: Entrant, following: Following): Following {
  let { state, step } = following;
  for (;;) {
    const slot = step.do === 'shoot' ? choices[step.choice] : undefined;
    if (!slot || aims.take(prebooking, slot)) return { state, step };
    ({ state, step } = next(state, { answer: { kind: 'full', reason: 'another wish of the same member' } }, nowMs()));
  }
}

/**
 * Reads the gym's list twice, because the gym answered in words without a code, and returns the entrant's next step. If the two reads of the gym's
 * list do not show what the gym did, the result keeps the gym's words.
 */
async function looked(race: Race, entrant: Entrant, state: RaceState, said: string, trace: Trace): Promise<Following> {
  const answer = await lookTwice(race, entrant, said, trace);
  const following = pastOthers(race, entrant, next(state, { answer }, race.nowMs()));
  return following.step.do === 'read-back' ? { ...following, step: { ...following.step, said } } : following;
}

/**
 * The result of the shots. The step right after `lookTwice` never asks for two more reads of the gym's list; if that step did, the result would be
 * unknown.
 */
const endOf = (step: Exclude<RaceStep, { do: 'shoot' | 'renew-then-shoot' }>): RaceEnd =>
  step.do === 'look-twice' ? UNCLEAR : step;

/** The class of this shot, for finding the member's place in the gym's list; or `trace`, if the shot was never sent. */
const traceOf = (trace: Trace, { choices }: Entrant, { choice }: Aim, { result }: Shot): Trace =>
  result.kind === 'not-sent' ? trace : { slot: choices[choice] ?? choices[0] };

function answerOf(gym: Gym, { result }: Shot): BookAnswer {
  return result.kind === 'answer' ? gym.understandBook(result.raw) : result;
}

/**
 * Renews the entrant's background session, which the gym has just refused as dead, and returns the entrant with the session as it is stored then.
 * If the renewal fails, the next shot is sent with the dead session, is refused, and ends the entrant's shots.
 */
async function withRenewedSession({ freshener }: Race, entrant: Entrant): Promise<Entrant> {
  const { session, prebooking } = entrant;
  const fresh = await freshener.background(prebooking.userId, { staleAt: session.lastSuccessAt, throughHold: true });
  return { ...entrant, session: fresh.session };
}

function seriesOf(
  entrant: Entrant,
  end: RaceEnd,
  seen: readonly Shot[],
  heard: readonly BookAnswer[],
  trace: Trace,
): EntrantShots {
  const written = seen.filter((shot) => shot.result.kind !== 'not-sent');
  return {
    entrant,
    end,
    sentAtMs: written[0]?.sentAtMs,
    lastSentAtMs: written.at(-1)?.sentAtMs,
    trace,
    tries: seen.map((shot, at) => tryOf(shot, heard[at])),
    heard: heard.map(({ kind }) => kind),
    retryAfterMs: retryAfterOf(heard.at(-1)),
  };
}

const retryAfterOf = (answer: BookAnswer | undefined): number | undefined =>
  answer?.kind === 'turned-away' ? answer.retryAfterMs : undefined;

/** The receipt's entry for one shot. `answer` is missing if our own code failed before the answer was understood. */
function tryOf({ result, sentAtMs, firstByteAtMs, answeredAtMs }: Shot, answer: BookAnswer | undefined): Try {
  const sent = result.kind === 'not-sent' ? undefined : sentAtMs;
  return {
    sentAtMs: sent,
    firstByteAtMs,
    answeredAtMs,
    answer: answer?.kind ?? 'unknown',
    why: answer && whyOf(answer),
    said: answer && 'said' in answer ? answer.said : undefined,
  };
}

/** Why the gym answered as it did, in puntual's own words or codes; undefined if the gym gave a text, which stands in `said`. */
function whyOf(answer: BookAnswer): string | undefined {
  if (answer.kind === 'turned-away') return answer.why;
  if ('said' in answer && answer.said !== undefined) return undefined;
  return 'reason' in answer ? answer.reason : undefined;
}
