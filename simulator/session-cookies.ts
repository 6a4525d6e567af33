// Which cookie values open which session: the login cookie (amhrdrauth) and the page's (PHPSESSID), re-issued and retired.
// It speaks no HTTP: cookies.ts writes the lines.

/** What a value shown is worth: the latest one, an older one that still opens, a dead one, one never issued, or none shown. */
export type CookieStanding = 'current' | 'older' | 'dead' | 'unknown' | 'absent';
/** amhrdrauth, or PHPSESSID. */
export type CookieKind = 'auth' | 'page';

/** The values that a call bears. */
export interface Shown {
  auth: string | undefined;
  page: string | undefined;
}

/** What the values of a call are worth. */
export interface Recognised<Session> {
  /** Undefined when either value is dead: a browser that bears a dead PHPSESSID is logged out, whatever else it bears. */
  session: Session | undefined;
  auth: CookieStanding;
  page: CookieStanding;
}

/** All values ever issued, and the session that each opens. */
export interface SessionCookies<Session> {
  /** Makes this value the session's latest of its kind; with `kill` all its older ones die at once. */
  issue(session: Session, kind: CookieKind, value: string, kill: boolean): void;
  recognise(shown: Shown): Recognised<Session>;
}

interface Held<Session> {
  session: Session;
  isAlive: boolean;
}

/** `Session` is whatever the values open; it is only handed back. */
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
