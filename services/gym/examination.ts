// The results of an examination of a gym with one account, in neutral words. A fact that could not be read says `unknown`.

/** One answer, without anything secret: which call, how it ended, which cookies it set (names alone). */
export interface CallMade {
  readonly method: string;
  /** Host and path; no query, which may contain a token. */
  readonly at: string;
  /** Absent: no whole answer came. */
  readonly status: number | undefined;
  readonly sets: readonly string[];
  readonly hasDate: boolean;
}

/** Where `Date` is stamped; `either`: the gym's work is so short that it does not matter. */
export type StampReading = 'start' | 'end' | 'either' | 'unknown';

/** Which reading of each disputed fact holds; docs/gym-facts.md explains them. */
export interface GymFindings {
  readonly signIn: 'signed-in' | 'wrong-credentials' | 'locked';
  /** Which addresses open the account's first box: the first configured ones, or those under the gym's other suffix. */
  readonly addresses: 'first' | 'other' | 'unknown';
  /** Whether the gym's other addresses answer at all. */
  readonly otherAnswers: boolean | undefined;
  /** The page that a new login must open before a box knows it. `no-help`: the box knew it after none of the pages. */
  readonly warmUp: 'not-needed' | 'schedule' | 'setrefresh' | 'no-help' | 'unknown';
  /** `gone`: refused while the cookies live. `dead`: refused, and the cookies are dead, too. */
  readonly tokenUpdate: 'renews' | 'gone' | 'dead' | 'unknown';
  /** The effect of a renewal on the cookies before it: sets no new ones, new ones beside the old, new ones instead of the old. */
  readonly cookies: 'none' | 'keep' | 'kill' | 'unknown';
  readonly stamp: StampReading;
  /** The time that the gym's page takes beyond the cheapest address, ms. */
  readonly thinkingMs: number | undefined;
  /** That address; absent: none is cheaper than the page. */
  readonly cheapAddress: string | undefined;
  readonly writes: 'pass' | 'blocked' | 'unknown';
  /** Whether the gym forgot the login when it was asked to. */
  readonly logOut: 'ended' | 'no-way' | 'unknown';
  /** The account's first box. */
  readonly slug: string | undefined;
  readonly calls: readonly CallMade[];
}
