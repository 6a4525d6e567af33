// One look at the gym's clock: the `Date` of a small answer between two instants of ours.
// It draws no conclusion; a whole second is all that one look tells.
import { Failure } from '../../failures.ts';
import type { ClockProbe, GymBox } from '../gym.ts';
import { callHeaders, type Line, unreachable } from './calls.ts';

const PROBE_MS = 3_000;

/** Throws gym/unreachable: no answer, no date in it, or a date out of somebody's cache. */
export async function probeClock(line: Line, box: GymBox): Promise<ClockProbe> {
  const url = line.hosts.box(box.slug, '/');
  const headers = { ...callHeaders(undefined, url, line.clock.now()), 'cache-control': 'no-cache' };
  const request = { method: 'HEAD' as const, url, headers, firstByteMs: PROBE_MS, totalMs: PROBE_MS };
  const answer = await line.http.send(request).catch((error: unknown) => Promise.reject(unreachable(error)));
  const dateMs = Date.parse(answer.date ?? '');
  if (answer.age !== undefined || Number.isNaN(dateMs)) {
    throw new Failure('gym/unreachable', 'The gym answered without a date of its own.', {
      details: { cached: answer.age !== undefined },
    });
  }
  return { sentAtMs: answer.sentAtMs, receivedAtMs: answer.firstByteAtMs, dateMs };
}
