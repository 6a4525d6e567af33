// One entrant's shots, from the first written at the instant to the answer after which nothing may follow.
// What follows what is decided in shot-rules.ts; what stands in the end is read back in read-back.ts.
import { asFailure } from '../failures.ts';
import type { BookAnswer, Gym } from '../gym/gym.ts';
import type { Try } from '../prebooking/receipt.ts';
import type { Shot, TimedSender } from '../timed-sender/timed-sender.ts';
import { bookWishOf, type Entrant, firstState, type OwnAims } from './entrant.ts';
import type { Race } from './race-context.ts';
import { next, type RaceEnd, type RaceState, type RaceStep } from './shot-rules.ts';

/** Instants are epoch ms on the race's clock. */
export interface EntrantShots {
  readonly entrant: Entrant;
  readonly end: RaceEnd;
  /** The first one that left, or may have. */
  readonly sentAtMs: number | undefined;
  /** The last one that left, or may have. */
  readonly lastSentAtMs: number | undefined;
  /** Each request, and each that was proven never to have left, in order. */
  readonly tries: readonly Try[];
  /** The gym asked to be left alone for so long, with its last answer. */
  readonly retryAfterMs?: number | undefined;
  /** The minute's sweep is to go on with it. */
  readonly isLeft?: boolean | undefined;
  /** What the gym answered, in order. */
  readonly heard: readonly BookAnswer['kind'][];
}

/**
 * Never throws: where our own machinery fails between two shots, what stands is read back like after any unclear answer.
 * A shot that would come after `notAfterMs` (the claim's trust, or the deadline) is not written, and the series ends as not sent.
 */
export async function followShots(
  race: Race,
  sender: TimedSender,
  entered: Entrant,
  first: Shot,
  notAfterMs: () => number,
  begunAs: RaceState = firstState(entered),
): Promise<EntrantShots> {
  const { aims, clock, gym, logger, nowMs } = race;
  let entrant = entered;
  let state = begunAs;
  let shot = first;
  const seen = [first];
  const heard: BookAnswer[] = [];
  const broken = (error: unknown): EntrantShots => {
    logger.error(
      { prebookingId: entrant.prebooking.id, code: asFailure(error).code, err: error },
      'race: broke off between shots',
    );
    return seriesOf(entrant, { do: 'read-back', why: 'unknown' }, seen, heard);
  };
  for (;;) {
    const answer = answerOf(gym, shot);
    heard.push(answer);
    if (answer.kind === 'unknown') {
      const { reason, sample } = answer;
      logger.warn({ prebookingId: entrant.prebooking.id, reason, sample }, 'race: an answer nobody understands');
    }
    const following = pastOthers(aims, entrant, next(state, { answer, gymDateMs: shot.gymDateMs }, nowMs()), nowMs());
    state = following.state;
    const { step } = following;
    if (step.do === 'stop' || step.do === 'read-back') return seriesOf(entrant, step, seen, heard);
    try {
      if (step.do === 'shoot') await clock.sleep(step.afterMs);
      else entrant = await withRenewedSession(race, entrant);
      const wish = bookWishOf(entrant, step);
      const request = gym.prepareBook(entrant.session.key, entrant.box, wish);
      shot = await sender.shootNow(request, notAfterMs());
    } catch (error) {
      return broken(error);
    }
    seen.push(shot);
  }
}

/** A class that another wish of the member shoots at is passed over like a full one: to the next choice, or to the end. */
function pastOthers(
  aims: OwnAims,
  { prebooking, choices }: Entrant,
  following: { state: RaceState; step: RaceStep },
  nowMs: number,
): { state: RaceState; step: RaceStep } {
  let { state, step } = following;
  for (;;) {
    const slot = step.do === 'shoot' ? choices[step.choice] : undefined;
    if (!slot || aims.take(prebooking, slot)) return { state, step };
    ({ state, step } = next(state, { answer: { kind: 'full', reason: 'another wish of the same member' } }, nowMs));
  }
}

function answerOf(gym: Gym, { result }: Shot): BookAnswer {
  return result.kind === 'answer' ? gym.understandBook(result.raw) : result;
}

/** A renewal that fails leaves the session as it was: one more shot with it is refused again, and that ends the race. */
async function withRenewedSession({ freshener }: Race, entrant: Entrant): Promise<Entrant> {
  const { session, prebooking } = entrant;
  const fresh = await freshener.background(prebooking.userId, { staleAt: session.lastSuccessAt, throughHold: true });
  return { ...entrant, session: fresh.session };
}

function seriesOf(entrant: Entrant, end: RaceEnd, seen: readonly Shot[], heard: readonly BookAnswer[]): EntrantShots {
  const written = seen.filter((shot) => shot.result.kind !== 'not-sent');
  return {
    entrant,
    end,
    sentAtMs: written[0]?.sentAtMs,
    lastSentAtMs: written.at(-1)?.sentAtMs,
    tries: seen.map((shot, at) => tryOf(shot, heard[at])),
    heard: heard.map(({ kind }) => kind),
    retryAfterMs: retryAfterOf(heard.at(-1)),
  };
}

const retryAfterOf = (answer: BookAnswer | undefined): number | undefined =>
  answer?.kind === 'turned-away' ? answer.retryAfterMs : undefined;

/** `answer` is missing where our own machinery broke before it was understood. */
function tryOf({ result, sentAtMs, firstByteAtMs, answeredAtMs }: Shot, answer: BookAnswer | undefined): Try {
  const sent = result.kind === 'not-sent' ? undefined : sentAtMs;
  return {
    sentAtMs: sent,
    firstByteAtMs,
    answeredAtMs,
    answer: answer?.kind ?? 'unknown',
    why: answer && whyOf(answer),
  };
}

function whyOf(answer: BookAnswer): string | undefined {
  if (answer.kind === 'turned-away') return answer.why;
  return 'reason' in answer ? answer.reason : undefined;
}
