// Wraps the port to the gym (`Gym`) so that its answers are counted, and database calls so that they are timed. What the wrapped calls return or
// throw stays unchanged.
import type { Clock } from '../../services/clock.ts';
import { asFailure } from '../../services/failures.ts';
import type { Gym } from '../../services/gym/gym.ts';
import type { Call } from '../../services/store/call.ts';
import type { Meters } from './meters.ts';

/** Wraps the interface to the gym (`Gym`), so that the gym's answers are counted by kind, and the failures of calls by code. */
export function meterGym(gym: Gym, { gymAnswers }: Pick<Meters, 'gymAnswers'>): Gym {
  const hear = async <T>(call: string, work: Promise<T>, kindOf: (answer: T) => string): Promise<T> => {
    try {
      const answer = await work;
      gymAnswers.inc({ call, kind: kindOf(answer) });
      return answer;
    } catch (error) {
      gymAnswers.inc({ call, kind: asFailure(error).code });
      throw error;
    }
  };
  const kind = (answer: { readonly kind: string }) => answer.kind;
  return {
    ...gym,
    signIn: (...asked) => hear('sign-in', gym.signIn(...asked), kind),
    renew: (...asked) => hear('renew', gym.renew(...asked), kind),
    isAlive: (key) =>
      hear('is-alive', gym.isAlive(key), (alive) => (alive === undefined ? 'unclear' : alive ? 'alive' : 'dead')),
    readDay: (...asked) => hear('read-day', gym.readDay(...asked), kind),
    readAgenda: (...asked) => hear('read-agenda', gym.readAgenda(...asked), kind),
    book: (...asked) => hear('book', gym.book(...asked), kind),
    cancel: (...asked) => hear('cancel', gym.cancel(...asked), kind),
    probeClock: (...asked) => hear('probe-clock', gym.probeClock(...asked), () => 'answered'),
    understandBook(raw) {
      const answer = gym.understandBook(raw);
      gymAnswers.inc({ call: 'shot', kind: answer.kind });
      return answer;
    },
  };
}

/** Wraps the database's call function, so that each call is timed, retries included. */
export const meterCall =
  (call: Call, { databaseSeconds }: Pick<Meters, 'databaseSeconds'>, clock: Clock): Call =>
  async (name, args, shape) => {
    const startedAtMs = clock.monotonicMs();
    const end = (outcome: 'ok' | 'failed') =>
      databaseSeconds.observe({ outcome }, (clock.monotonicMs() - startedAtMs) / 1000);
    try {
      const answer = await call(name, args, shape);
      end('ok');
      return answer;
    } catch (error) {
      end('failed');
      throw error;
    }
  };
