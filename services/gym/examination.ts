// The results of an examination of a gym with one account, in terms that name no gym platform. A fact that could not be read has the value `unknown`.

/** One call to the gym in the doctor's examination, without secrets: which call it was, how it ended, and the names of the cookies that it set. */
export interface CallMade {
  readonly method: string;
  /** Host and path of the call, without the query, which may contain a token. */
  readonly at: string;
  /** The HTTP status of the gym's answer; undefined when no whole answer came. */
  readonly status: number | undefined;
  readonly sets: readonly string[];
  readonly hasDate: boolean;
}

/** When the gym stamps `Date`, at the start or at the end of its work; `either` when the work is so short that it does not matter which. */
export type StampReading = 'start' | 'end' | 'either' | 'unknown';

/** Which version of each disputed fact about the gym is true; docs/gym-facts.md explains the facts. */
export interface GymFindings {
  readonly signIn: 'signed-in' | 'wrong-credentials' | 'locked';
  /**
   * Where the account's first box can be called. `first`: at the address that stands first in each of the settings `loginUrl`, `mainUrl` and
   * `boxUrlTemplate`. `other`: not at these addresses, but under the second of the gym's two domain suffixes, such as `.es` beside `.com`.
   */
  readonly addresses: 'first' | 'other' | 'unknown';
  /** Whether whoami answers without an error at the `other` addresses of the field `addresses`; undefined if puntual has no such addresses. */
  readonly otherAnswers: boolean | undefined;
  /**
   * The page that a new login must open before a box knows the login. `no-help`: neither the schedule page nor the gym's page setrefresh made the
   * box know the login.
   */
  readonly warmUp: 'not-needed' | 'schedule' | 'setrefresh' | 'no-help' | 'unknown';
  /**
   * `gone`: the renewal is refused while the login's cookies still work. `dead`: the renewal is refused, and the login's cookies do not work either.
   */
  readonly tokenUpdate: 'renews' | 'gone' | 'dead' | 'unknown';
  /**
   * What a renewal does to the login's cookies. `none`: a renewal sets no new cookies. `keep`: the cookies from before a renewal stay valid beside
   * the new ones. `kill`: a renewal makes the cookies from before it invalid.
   */
  readonly cookies: 'none' | 'keep' | 'kill' | 'unknown';
  readonly stamp: StampReading;
  /** How much longer the box's page takes to answer than the cheap address, ms. */
  readonly thinkingMs: number | undefined;
  /** The address that costs the gym little work; undefined when no address costs clearly less work than the box's page. */
  readonly cheapAddress: string | undefined;
  readonly writes: 'pass' | 'blocked' | 'unknown';
  /** `ended`: after the request to log out, the gym did not know the login any more; `no-way`: the gym still knew the login. */
  readonly logOut: 'ended' | 'no-way' | 'unknown';
  /** The slug of the account's first box. */
  readonly slug: string | undefined;
  readonly calls: readonly CallMade[];
}
