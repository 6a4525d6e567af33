// One entrant's shots, from the first written at the instant to the answer after which nothing may follow.
// What follows what is decided in race.ts; what stands in the end is read back in verdict.ts.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { BookAnswer, Gym } from '../gym/gym.ts';
import type { Freshener } from '../renewal/freshen.ts';
import type { Shot, TimedSender } from '../timed-sender/timed-sender.ts';
import { bookWishOf, type Entrant, firstState } from './entrant.ts';
import type { OwnAims } from './one-attempt-a-class.ts';
import { next, type RaceEnd, type RaceState, type RaceStep } from './shot-rules.ts';

/** Instants are epoch ms on the race's clock. */
export interface EntrantShots {
  readonly entrant: Entrant;
  readonly end: RaceEnd;
  /** Requests that left, or may have. */
  readonly shots: number;
  readonly sentAtMs: number | undefined;
  readonly firstByteAtMs: number | undefined;
  readonly answeredAtMs: number | undefined;
  /** The last one that left, or may have. */
  readonly lastSentAtMs: number | undefined;
  /** The last one that was refused as too early. */
  readonly lastEarlySentAtMs: number | undefined;
  /** What the gym answered, in order. */
  readonly heard: readonly BookAnswer['kind'][];
}

/** The race's clock, until when a request may still be written, and which classes are another wish's. */
export interface RaceBounds {
  nowMs(): number;
  notAfterMs(): number;
  readonly aims: OwnAims;
}

export interface ShootServices {
  readonly clock: Clock;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

/**
 * Never throws: where our own machinery fails between two shots, what stands is read back like after any unclear answer.
 * A shot that would come after the claim's trust or the deadline is not written, and the series ends as not sent.
 */
export async function followShots(
  services: ShootServices,
  sender: TimedSender,
  entered: Entrant,
  first: Shot,
  { nowMs, notAfterMs, aims }: RaceBounds,
): Promise<EntrantShots> {
  let entrant = entered;
  let state = firstState(entrant);
  let shot = first;
  const seen = [first];
  const heardKinds: BookAnswer['kind'][] = [];
  const broken = (error: unknown): EntrantShots => {
    services.logger.error(
      { prebookingId: entrant.prebooking.id, code: asFailure(error).code, err: error },
      'race: broke off between shots',
    );
    return seriesOf(entrant, { do: 'read-back', why: 'unknown' }, seen, heardKinds);
  };
  for (;;) {
    const heard = { answer: answerOf(services.gym, shot), gymDateMs: shot.gymDateMs };
    heardKinds.push(heard.answer.kind);
    if (heard.answer.kind === 'unknown') {
      const { reason, sample } = heard.answer;
      services.logger.warn(
        { prebookingId: entrant.prebooking.id, reason, sample },
        'race: an answer nobody understands',
      );
    }
    const following = pastOthers(aims, entrant, next(state, heard, nowMs()), nowMs());
    state = following.state;
    const { step } = following;
    if (step.do === 'stop' || step.do === 'read-back') return seriesOf(entrant, step, seen, heardKinds);
    try {
      if (step.do === 'shoot') await services.clock.sleep(step.afterMs);
      else entrant = await withRenewedSession(services, entrant);
      const wish = bookWishOf(entrant, step);
      const request = services.gym.prepareBook(entrant.session.key, entrant.box, wish);
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
async function withRenewedSession({ freshener }: ShootServices, entrant: Entrant): Promise<Entrant> {
  const { session, prebooking } = entrant;
  const fresh = await freshener.background(prebooking.userId, { staleAt: session.lastSuccessAt, throughHold: true });
  return { ...entrant, session: fresh.session };
}

function seriesOf(
  entrant: Entrant,
  end: RaceEnd,
  seen: readonly Shot[],
  heard: readonly BookAnswer['kind'][],
): EntrantShots {
  const written = seen.filter((shot) => shot.result.kind !== 'not-sent');
  const last = seen.at(-1);
  return {
    entrant,
    end,
    shots: written.length,
    sentAtMs: written[0]?.sentAtMs,
    firstByteAtMs: last?.firstByteAtMs,
    answeredAtMs: last?.answeredAtMs,
    lastSentAtMs: written.at(-1)?.sentAtMs,
    lastEarlySentAtMs: seen[heard.lastIndexOf('too-early')]?.sentAtMs,
    heard,
  };
}
