// An HTTP client that makes at most `max` calls, waits before each call except a probe of the gym's clock, and records each call without its secrets.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Http } from '../http.ts';
import type { CallMade } from './examination.ts';

export interface CallBudget extends Http {
  /** How many more calls `send` may make. */
  left(): number;
  readonly calls: readonly CallMade[];
}

/**
 * Returns a client that makes at most `max` calls through `http`, and waits `pauseMs` before each call except the first and a probe of the gym's
 * clock. Once `max` calls have been made, `send` throws request/limited and sends nothing.
 */
export function withBudget(http: Http, clock: Pick<Clock, 'sleep'>, max: number, pauseMs: number): CallBudget {
  const calls: CallMade[] = [];
  let begun = 0;
  return {
    calls,
    left: () => max - begun,
    close: () => http.close(),
    async send(request) {
      if (begun >= max) throw new Failure('request/limited', `Expected at most ${max} calls of the gym.`);
      begun += 1;
      // `send` pauses before each call after the first, but not before a probe of the gym's clock (`HEAD`), which must be sent at its instant.
      if (begun > 1 && request.method !== 'HEAD') await clock.sleep(pauseMs);
      const made = { method: request.method, at: `${request.url.host}${request.url.pathname}` };
      try {
        const answer = await http.send(request);
        const sets = answer.setCookie.map((line) => line.split('=')[0]?.trim() ?? '');
        calls.push({ ...made, status: answer.status, sets: [...new Set(sets)], hasDate: answer.date !== undefined });
        return answer;
      } catch (error) {
        calls.push({ ...made, status: undefined, sets: [], hasDate: false });
        throw error;
      }
    },
  };
}
