// Reads the gym's clock once: takes the `Date` of a small answer, and the instants by our clock at which the request left and the answer came. One
// reading shows the gym's time only to the whole second; clock-estimate.ts draws its conclusions from many readings.
import { Failure } from '../../failures.ts';
import type { ClockProbe, GymBox } from '../gym.ts';
import { callHeaders, type Line, unreachable } from './calls.ts';

const PROBE_MS = 3_000;

/**
 * The paths of a box's host at which the gym's clock may be read. The first path is the box's page; the gym's program that makes this page also takes
 * the bookings. Requests for files and for missing paths may be answered by the gym's web server alone, without the program that takes bookings.
 */
export const CLOCK_ADDRESSES = ['/', '/robots.txt', '/favicon.ico', '/no-such-page'] as const;

/**
 * Reads the gym's clock once, at one path of a box's host. Throws gym/unreachable when no answer came, when a path other than the box's page was
 * refused, or when the answer's `Date` is missing or comes out of a cache.
 */
export async function probeClock(line: Line, box: GymBox, address: string = CLOCK_ADDRESSES[0]): Promise<ClockProbe> {
  const url = line.hosts.box(box.slug, address);
  const headers = { ...callHeaders(undefined, url, line.clock.now()), 'cache-control': 'no-cache' };
  const request = { method: 'HEAD' as const, url, headers, firstByteMs: PROBE_MS, totalMs: PROBE_MS };
  const answer = await line.http.send(request).catch((error: unknown) => Promise.reject(unreachable(error)));
  const dateMs = Date.parse(answer.date ?? '');
  if (answer.age !== undefined || Number.isNaN(dateMs)) {
    throw new Failure('gym/unreachable', 'The gym answered without a date of its own.', {
      details: { cached: answer.age !== undefined },
    });
  }
  if (address !== CLOCK_ADDRESSES[0] && isTurnedAway(answer.status)) {
    throw new Failure('gym/unreachable', 'The gym does not answer this address.', {
      details: { status: answer.status },
    });
  }
  const { sentAtMs, firstByteAtMs, servedBy, handshakes } = answer;
  return { sentAtMs, receivedAtMs: firstByteAtMs, dateMs, servedBy, tcp: handshakes };
}

/**
 * True for the status of a refusal by a protection in front of the gym (403, 429), or of an error of the gym (5xx). A path that is answered by a
 * refusal or an error is not used to read the gym's clock, unless the path is the box's page.
 */
const isTurnedAway = (status: number): boolean => status === 403 || status === 429 || status >= 500;
