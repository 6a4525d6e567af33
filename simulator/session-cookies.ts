// Which values of the login cookie (amhrdrauth) and of the page's cookie (PHPSESSID) open which session, also after a value was replaced. cookies.ts
// writes the Set-Cookie lines.

/**
 * What a cookie's value in a call is worth: the latest value, an older value that still opens the session, a dead value, a value never issued, or no
 * value.
 */
export type CookieStanding = 'current' | 'older' | 'dead' | 'unknown' | 'absent';
/** `auth` is amhrdrauth, `page` is PHPSESSID. */
export type CookieKind = 'auth' | 'page';

/** The cookie values that a call carries. */
export interface Shown {
  auth: string | undefined;
  page: string | undefined;
}

/** Which session the cookie values of a call open, and the `CookieStanding` of each value. */
export interface Recognised<Session> {
  /**
   * Undefined when a cookie's value is dead, or when the login cookie is absent or was never issued: a browser with a dead PHPSESSID is logged out,
   * whatever else it sends.
   */
  session: Session | undefined;
  auth: CookieStanding;
  page: CookieStanding;
}

/** All cookie values ever issued, and the session that each opens. */
export interface SessionCookies<Session> {
  /** Makes this value the session's latest value of the cookie `kind`; with `kill` the session's older values of that cookie die at once. */
  issue(session: Session, kind: CookieKind, value: string, kill: boolean): void;
  recognise(shown: Shown): Recognised<Session>;
}

interface Held<Session> {
  session: Session;
  isAlive: boolean;
}

/** `Session` is the type of the pretend gym's sessions; this file reads no field of a session. */
export function createSessionCookies<Session>(): SessionCookies<Session> {
  const books = { auth: createBook<Session>(), page: createBook<Session>() };
  return {
    issue: (session, kind, value, kill) => books[kind].issue(session, value, kill),
    recognise({ auth, page }) {
      const [login, visit] = [books.auth.look(auth), books.page.look(page)];
      const isDead = login.standing === 'dead' || visit.standing === 'dead';
      return { session: isDead ? undefined : login.session, auth: login.standing, page: visit.standing };
    },
  };
}

function createBook<Session>() {
  const held = new Map<string, Held<Session>>();
  const latest = new Map<Session, string[]>();
  return {
    issue(session: Session, value: string, kill: boolean): void {
      const issued = latest.get(session) ?? [];
      if (kill) for (const old of issued) held.set(old, { session, isAlive: false });
      held.set(value, { session, isAlive: true });
      latest.set(session, [...issued, value]);
    },
    look(value: string | undefined): { session: Session | undefined; standing: CookieStanding } {
      const found = value === undefined ? undefined : held.get(value);
      if (!found) return { session: undefined, standing: value === undefined ? 'absent' : 'unknown' };
      if (!found.isAlive) return { session: undefined, standing: 'dead' };
      const isLatest = latest.get(found.session)?.at(-1) === value;
      return { session: found.session, standing: isLatest ? 'current' : 'older' };
    },
  };
}
