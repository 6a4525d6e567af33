// Two steps of the doctor's examination of the gym, made with a session that was opened only for the examination. `findWarmUp` finds the page that
// must be opened before a box knows the session; `findCookies` finds what a renewal does to the session's token and cookies.
import type { GymFindings } from '../examination.ts';
import type { GymBox, GymKey, RawAnswer } from '../gym.ts';
import { callHeaders, form, type Line, sendChange } from './calls.ts';
import { cookieHeader, mergeCookies } from './cookies.ts';
import { isAlive, readDay } from './day.ts';
import { understandRenewal } from './renewal.ts';

const LOOK_MS = 8_000;

/**
 * Opens the box's page `/schedule` and, unless that page made the box know the login, the gym's page `/setrefresh`. Returns the key with the cookies
 * of the opened pages, and in `warmUp` which of the two pages, if any, made the box know the login.
 */
export async function findWarmUp(
  line: Line,
  key: GymKey,
  box: GymBox,
  day: string,
): Promise<{ key: GymKey; warmUp: GymFindings['warmUp'] }> {
  const first = await knows(line, key, box, day);
  const schedule = await open(line, key, line.hosts.box(box.slug, '/schedule'));
  if (first === false && (await knows(line, schedule, box, day))) return { key: schedule, warmUp: 'schedule' };
  const refreshed = await open(line, schedule, refreshAddress(line, key, box));
  if (first) return { key: refreshed, warmUp: 'not-needed' };
  if (first === undefined) return { key: refreshed, warmUp: 'unknown' };
  return { key: refreshed, warmUp: (await knows(line, refreshed, box, day)) ? 'setrefresh' : 'no-help' };
}

function knows(line: Line, key: GymKey, box: GymBox, day: string): Promise<boolean | undefined> {
  return readDay(line, key, box, day).then(
    ({ kind }) => kind === 'day',
    () => undefined,
  );
}

function refreshAddress(line: Line, { token, fingerprint }: GymKey, box: GymBox): URL {
  const url = line.hosts.main('/setrefresh');
  const redirect = line.hosts.box(box.slug, '/schedule').href;
  url.search = new URLSearchParams({ token: token.reveal(), fingerprint, redirect }).toString();
  return url;
}

async function open(line: Line, key: GymKey, url: URL): Promise<GymKey> {
  try {
    const headers = callHeaders(key, url, line.clock.now());
    const { setCookie } = await line.http.send({ method: 'GET', url, headers, totalMs: LOOK_MS });
    const bare = new URL(url.pathname, url);
    const { jar } = mergeCookies(key.cookies, setCookie, bare, line.clock.now(), line.hosts.cookieDomain(bare));
    return { ...key, cookies: jar };
  } catch {
    // The error of a failed call is dropped, because it may quote the called address, which holds the token.
    return key;
  }
}

/**
 * Renews the gym session of the examination twice. If the first renewal set new cookies, whoami is asked with the cookies from before that renewal,
 * to see whether the gym still knows them.
 */
export async function findCookies(
  line: Line,
  key: GymKey,
): Promise<{ key: GymKey } & Pick<GymFindings, 'tokenUpdate' | 'cookies'>> {
  const first = await renew(line, key);
  if (!first) {
    const alive = await isAlive(line, key);
    const tokenUpdate = alive === undefined ? 'unknown' : alive ? 'gone' : 'dead';
    return { key, tokenUpdate, cookies: 'unknown' };
  }
  const isReissued = opensWith(line, key) !== opensWith(line, first.key);
  const oldLives = isReissued ? await isAlive(line, { ...first.key, cookies: key.cookies }) : undefined;
  const cookies = !isReissued ? 'none' : oldLives === undefined ? 'unknown' : oldLives ? 'keep' : 'kill';
  const second = await renew(line, first.key);
  return second
    ? { key: second.key, tokenUpdate: 'renews', cookies }
    : { key: first.key, tokenUpdate: 'unknown', cookies };
}

async function renew(line: Line, key: GymKey): Promise<{ key: GymKey } | undefined> {
  const url = line.hosts.main('/api/tokenUpdate');
  const body = form({ token: key.token.reveal(), ciclo: '1', fingerprint: key.fingerprint });
  const answer: RawAnswer | { readonly kind: string } = await sendChange(line, key, url, body);
  if ('kind' in answer) return undefined;
  const from = { url, now: line.clock.now(), suffix: line.hosts.cookieDomain(url) };
  const understood = understandRenewal(answer, key, from);
  return understood.kind === 'renewed' ? { key: understood.key } : undefined;
}

/** The cookies that identify the login, as one text: all cookies but the load balancer's, which change at every answer. */
const opensWith = (line: Line, key: GymKey): string =>
  (cookieHeader(key.cookies, line.hosts.main('/'), line.clock.now()) ?? '')
    .split('; ')
    .filter((pair) => !pair.startsWith('AWSALB'))
    .sort()
    .join('; ');
