// Makes the calls to AimHarder, with their headers, cookies, form and time limit, and turns the failure of a call that only reads into a `Failure`.
// What an answer means is decided in other files (outcomes.ts, renewal.ts).
import type { Clock } from '../../clock.ts';
import { Failure } from '../../failures.ts';
import type { Http, HttpRequest, HttpResponse } from '../../http.ts';
import { classify, MARK } from '../../http-verdict.ts';
import { type Again, retrySafeRead } from '../../retry.ts';
import type { GymKey, NotSent, RawAnswer, Unknown } from '../gym.ts';
import { cookieHeader } from './cookies.ts';
import type { Hosts } from './hosts.ts';
import { retryAfterMs, shapeOf } from './outcomes.ts';
import { parseJson } from './wire.ts';
import { jsonWithin } from './within.ts';

/**
 * What every call to AimHarder needs: the gym's addresses, an HTTP client and a clock. `tell` reports to the operator that an answer of the gym was
 * odd; its `details` hold nothing secret.
 */
export interface Line {
  readonly hosts: Hosts;
  readonly http: Http;
  readonly clock: Clock;
  readonly tell: (oddity: string, details: Readonly<Record<string, unknown>>) => void;
  readonly random?: () => number;
}

/**
 * The time limit, ms, of a call that changes something at the gym, counted from sending. With a shorter limit, the token in a slow answer could be
 * lost.
 */
export const CHANGE_TOTAL_MS = 60_000;
/**
 * The time limit, ms, of one request of a call that only reads; the time budget for that call with all its repeats (services/retry.ts) may end the
 * request sooner.
 */
const READ_TOTAL_MS = 8_000;

/** The headers of a call to the gym, in the order in which they are sent. */
export function callHeaders(key: GymKey | undefined, url: URL, now: Date): Record<string, string> {
  const cookie = key && cookieHeader(key.cookies, url, now);
  return {
    accept: 'application/json, text/javascript, */*; q=0.01',
    'user-agent': 'Mozilla/5.0 (compatible; puntual)',
    'x-requested-with': 'XMLHttpRequest',
    ...(cookie !== undefined && { cookie }),
  };
}

/** The body of a form; a field without a value is sent empty, as the gym's own page sends it. */
export function form(fields: Readonly<Record<string, string | undefined>>): string {
  return new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [name, value ?? '']),
  ).toString();
}

export const FORM_TYPE = 'application/x-www-form-urlencoded; charset=UTF-8';

export const rawOf = ({ status, setCookie, retryAfter, body, isCut }: HttpResponse): RawAnswer => ({
  status,
  setCookie,
  retryAfter,
  body,
  ...(isCut && { isCut }),
});

/** Returns the error code that tells why a call failed, or `network error`; nothing of the call is quoted. */
export function whyOf(error: unknown): string {
  const causes: unknown[] = [];
  for (let each = error; each instanceof Error && causes.length < 4; each = each.cause) {
    causes.push(Reflect.get(each, 'code'));
  }
  return causes.filter((code) => typeof code === 'string').at(-1) ?? 'network error';
}

/**
 * Sends one call that changes something at the gym, and never repeats it. If no answer came, the result says either that the call was not sent, or
 * that its effect at the gym is unknown. An answer that broke off is returned like a whole one, with `isCut` true.
 * @param received is called synchronously as bytes of the answer come, each time with the whole answer so far; `received` must not throw.
 */
export async function sendChange(
  line: Line,
  key: GymKey,
  url: URL,
  body: string,
  received: (soFar: RawAnswer) => void = () => undefined,
): Promise<RawAnswer | NotSent | Unknown> {
  const headers = { ...callHeaders(key, url, line.clock.now()), 'content-type': FORM_TYPE };
  const hear = (soFar: HttpResponse) => received(rawOf(soFar));
  const request = { method: 'POST', url, headers, body, totalMs: CHANGE_TOTAL_MS, received: hear } as const;
  try {
    return rawOf(await line.http.send(request));
  } catch (error) {
    const kind = classify(error) === 'not-sent' ? 'not-sent' : 'unknown';
    return { kind, reason: whyOf(error) };
  }
}

/** The `Failure` of a call that got no whole answer: gym/too-large, which a repeated call would not change, or else gym/unreachable. */
export function unreachable(error: unknown): Failure {
  const details = { why: whyOf(error), sent: classify(error) !== 'not-sent' };
  return Reflect.get(Object(error), 'code') === MARK.tooLarge
    ? new Failure('gym/too-large', 'The gym answered with more than 2 MB.', { details })
    : new Failure('gym/unreachable', 'The gym could not be reached.', { details });
}

/** Throws the `Failure` that the HTTP status of an answer stands for; throws nothing for 2xx. */
export function requireOk(raw: RawAnswer, now: Date): void {
  const details = { status: raw.status };
  if (raw.status === 403) throw new Failure('gym/blocked', 'The gym blocks our address.', { details });
  if (raw.status === 429) {
    const wait = retryAfterMs(raw.retryAfter, now);
    const more = wait === undefined ? { details } : { details, retryAfterMs: wait };
    throw new Failure('gym/busy', 'The gym asks us to wait.', more);
  }
  if (raw.status >= 500 || raw.status === 408 || raw.status === 425) {
    throw new Failure('gym/unreachable', 'The gym could not answer.', { details });
  }
  if (raw.status < 200 || raw.status > 299) {
    throw new Failure('gym/unreadable', 'The gym answered in a way we do not know.', { details });
  }
}

export const unreadable = (body: string): Failure =>
  new Failure('gym/unreadable', 'The gym answered in a way we do not know.', { details: { shape: shapeOf(body) } });

function judge(error: unknown): Again {
  if (!(error instanceof Failure)) return { again: 'no' };
  if (error.code === 'gym/unreachable') return { again: 'yes' };
  if (error.code === 'gym/busy') {
    return { again: 'yes', ...(error.retryAfterMs !== undefined && { afterMs: error.retryAfterMs }) };
  }
  return { again: error.code === 'gym/unreadable' && 'shape' in error.details ? 'once' : 'no' };
}

/**
 * Sends a request that changes nothing at the gym, repeats it after a wait if it fails, and returns the JSON and the body of the answer.
 * @param fields names of fields: if the answer is not JSON, a JSON object inside it that has one of these fields is used as the answer.
 * Throws gym/unreachable, gym/too-large, gym/blocked, gym/busy, gym/unreadable.
 */
export const readJson = (line: Line, key: GymKey, url: URL, fields: readonly string[] = []): Promise<ReadJson> =>
  read(line, key, url, { fields, mayBeEmpty: false });

/** As `readJson`, for requests to which the gym may answer without a body; for an answer without a body, `json` is undefined. */
export const readJsonOrNothing = (line: Line, key: GymKey, url: URL, fields: readonly string[]): Promise<ReadJson> =>
  read(line, key, url, { fields, mayBeEmpty: true });

interface ReadJson {
  readonly json: unknown;
  readonly body: string;
}

function read(
  line: Line,
  key: GymKey,
  url: URL,
  { fields, mayBeEmpty }: { readonly fields: readonly string[]; readonly mayBeEmpty: boolean },
): Promise<ReadJson> {
  async function once(signal: AbortSignal) {
    const request: HttpRequest = {
      method: 'GET',
      url,
      headers: callHeaders(key, url, line.clock.now()),
      totalMs: READ_TOTAL_MS,
      signal,
    };
    const raw = await line.http.send(request).catch((error: unknown) => Promise.reject(unreachable(error)));
    requireOk(raw, line.clock.now());
    if (mayBeEmpty && raw.body.trim() === '') return { json: undefined, body: raw.body };
    const json = parseJson(raw.body) ?? jsonWithin(raw.body, fields);
    // A body that is not JSON may be the short-lived error page of a proxy in front of the gym, so `judge` lets the call be repeated once.
    if (json === undefined) throw unreadable(raw.body);
    return { json, body: raw.body };
  }
  const { clock, random } = line;
  return retrySafeRead(once, { clock, judge, ...(random && { random }) });
}
