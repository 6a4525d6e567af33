// Opens the pages that AimHarder's own page opens after a login: setrefresh on the main host, and the schedule of each box. Some boxes are said to
// know a session only after the setrefresh and schedule pages were opened. The warm-up (opening the pages that follow a login) never throws, and no
// other call depends on its success. The address of the setrefresh page holds the token, by the gym's own design, and is never stored or logged.

import { type GymBox, type GymKey, isBoxSlug } from '../gym.ts';
import { callHeaders, type Line } from './calls.ts';
import { mergeCookies } from './cookies.ts';

/** The time limit, ms, for all pages of one warm-up together. */
const WARM_UP_MS = 3_000;

/**
 * Opens the page setrefresh and the schedule page of each box. Returns the key with the cookies that the pages set; the same key if the pages set
 * none.
 */
export async function warmUp(line: Line, key: GymKey, boxes: readonly GymBox[]): Promise<GymKey> {
  const limit = AbortSignal.timeout(WARM_UP_MS);
  let warm = key;
  // As in a browser, setrefresh is opened before the schedule pages: setrefresh redirects a browser to the first box's schedule page.
  for (const url of addressesOf(line, key, boxes)) warm = await look(line, warm, url, limit);
  return warm;
}

function addressesOf(line: Line, { token, fingerprint }: GymKey, boxes: readonly GymBox[]): URL[] {
  const schedules = boxes.filter(({ slug }) => isBoxSlug(slug)).map(({ slug }) => line.hosts.box(slug, '/schedule'));
  const [first] = schedules;
  if (!first) return [];
  const refresh = line.hosts.main('/setrefresh');
  refresh.search = new URLSearchParams({ token: token.reveal(), fingerprint, redirect: first.href }).toString();
  return [refresh, ...schedules];
}

async function look(line: Line, key: GymKey, url: URL, signal: AbortSignal): Promise<GymKey> {
  try {
    const headers = callHeaders(key, url, line.clock.now());
    const { setCookie } = await line.http.send({ method: 'GET', url, headers, totalMs: WARM_UP_MS, signal });
    const bare = new URL(url.pathname, url);
    const merged = mergeCookies(key.cookies, setCookie, bare, line.clock.now(), line.hosts.cookieDomain(bare));
    return { ...key, cookies: merged.jar };
  } catch {
    // The log line leaves the error out: an error may quote the address, which may hold the token.
    line.tell('a page of the warm-up did not answer', { path: url.pathname });
    return key;
  }
}
