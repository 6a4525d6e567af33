// One contender's shots, from the first written at the instant to the answer after which nothing may follow.
// What follows what is decided in race.ts; what stands in the end is read back in verdict.ts.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { BookAnswer, Gym } from '../gym/gym.ts';
import type { Shot, Starter } from '../gym/starter.ts';
import type { Freshener } from '../session/freshen.ts';
import { bookWishOf, type Contender } from './contender.ts';
import { next, type RaceEnd, type RaceState, startRace } from './race.ts';

/** Instants are epoch ms on the race's clock. */
export interface Series {
  readonly contender: Contender;
  readonly end: RaceEnd;
  /** Requests that left, or may have. */
  readonly shots: number;
  readonly sentAtMs: number | undefined;
  readonly firstByteAtMs: number | undefined;
  readonly answeredAtMs: number | undefined;
}

export interface ShootServices {
  readonly clock: Clock;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

export const firstState = (contender: Contender): RaceState =>
  startRace({
    choices: contender.choices.length,
    mayWaitlist: contender.prebooking.waitlist,
    openingAt: contender.prebooking.opensAt,
  });

/**
 * Never throws: where our own machinery fails between two shots, what stands is read back like after any unclear answer.
 * @param nowMs the race's clock.
 */
export async function followShots(
  services: ShootServices,
  starter: Starter,
  entered: Contender,
  first: Shot,
  nowMs: () => number,
): Promise<Series> {
  let contender = entered;
  let state = firstState(contender);
  let shot = first;
  const seen = [first];
  const broken = (error: unknown): Series => {
    services.logger.error(
      { prebookingId: contender.prebooking.id, code: asFailure(error).code, err: error },
      'race: broke off between shots',
    );
    return seriesOf(contender, { do: 'read-back', why: 'unknown' }, seen);
  };
  for (;;) {
    const heard = { answer: answerOf(services.gym, shot), gymDateMs: shot.gymDateMs };
    const following = next(state, heard, nowMs());
    state = following.state;
    const { step } = following;
    if (step.do === 'stop' || step.do === 'read-back') return seriesOf(contender, step, seen);
    try {
      if (step.do === 'shoot') await services.clock.sleep(step.afterMs);
      else contender = await withRenewedSession(services, contender);
      const wish = bookWishOf(contender, step);
      shot = await starter.shootNow(services.gym.prepareBook(contender.session.key, contender.box, wish));
    } catch (error) {
      return broken(error);
    }
    seen.push(shot);
  }
}

function answerOf(gym: Gym, { result }: Shot): BookAnswer {
  return result.kind === 'answer' ? gym.understandBook(result.raw) : result;
}

/** A renewal that fails leaves the session as it was: one more shot with it is refused again, and that ends the race. */
async function withRenewedSession({ freshener }: ShootServices, contender: Contender): Promise<Contender> {
  const { session, prebooking } = contender;
  const fresh = await freshener.background(prebooking.userId, { staleAt: session.lastSuccessAt, throughHold: true });
  return { ...contender, session: fresh.session };
}

function seriesOf(contender: Contender, end: RaceEnd, seen: readonly Shot[]): Series {
  const written = seen.filter((shot) => shot.result.kind !== 'not-sent');
  const last = seen.at(-1);
  return {
    contender,
    end,
    shots: written.length,
    sentAtMs: written[0]?.sentAtMs,
    firstByteAtMs: last?.firstByteAtMs,
    answeredAtMs: last?.answeredAtMs,
  };
}
