// The port to a gym platform: what puntual asks of any platform, in neutral words. No platform is named here;
// services/gym/platforms.ts is the only list of them.
import type { Handshakes } from '../handshakes.ts';
import type { Secret } from '../secret.ts';
import type { AgendaAnswer } from './agenda.ts';
import type { AttendeesAnswer } from './attendees.ts';

/** A place classes are held; `slug` has been checked to be one DNS label. */
export interface GymBox {
  readonly slug: string;
  readonly platformBoxId: string;
}

/** The key to the gym for one session. `cookies` is a serialised RFC 6265 jar. */
export interface GymKey {
  readonly token: Secret;
  readonly cookies: Secret;
  readonly fingerprint: string;
}

/** An HTTP answer as it came, before any of it was understood. */
export interface RawAnswer {
  readonly status: number;
  readonly setCookie: readonly string[];
  readonly retryAfter: string | undefined;
  readonly body: string;
  /** It broke off, or its end has not come yet: `body` is what there is of it. Absent: whole. */
  readonly isCut?: boolean;
}

/** Proven never sent: refused, unknown host, connect timeout. Sending again is safe. */
export interface NotSent {
  readonly kind: 'not-sent';
  readonly reason: string;
}

/** It may or may not have taken effect: ask the gym before anything else. `sample` is redacted and short. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
  readonly sample?: string;
}

/** The gym (or a guard in front of it) refused the call unread: no effect, and no news about the session. */
export interface TurnedAway {
  readonly kind: 'turned-away';
  readonly why: 'blocked' | 'busy' | 'down';
  readonly retryAfterMs?: number;
}

/** The roles of a member in a box, the least first. */
export const BOX_ROLES = ['client', 'coach', 'admin'] as const;
export type BoxRole = (typeof BOX_ROLES)[number];

export interface DiscoveredBox extends GymBox {
  readonly name: string;
  readonly role: BoxRole;
}

/**
 * A box that a login names and that cannot be asked. The login says no address (`no-address`), one of the gym's where we are not signed
 * in (`other-address`), one that is not the gym's (`unknown-address`), or no id (`no-id`). One without a name stands for a login that
 * names no box at all (`none-named`), or for a list of boxes that cannot be read (`unreadable`).
 */
export interface UnplacedBox {
  readonly slug: string | undefined;
  readonly platformBoxId: string | undefined;
  readonly name: string;
  readonly role: BoxRole;
  readonly reason: 'no-address' | 'other-address' | 'unknown-address' | 'no-id' | 'none-named' | 'unreadable';
}

export type SignInAnswer =
  | {
      readonly kind: 'signed-in';
      readonly platformUserId: string;
      readonly name: string;
      readonly boxes: readonly DiscoveredBox[];
      readonly unplaced: readonly UnplacedBox[];
      readonly key: GymKey;
    }
  | { readonly kind: 'wrong-credentials' }
  | { readonly kind: 'locked' };

export type RenewAnswer =
  | { readonly kind: 'renewed'; readonly key: GymKey; readonly flags: readonly string[] }
  | { readonly kind: 'token-refused' }
  | { readonly kind: 'cookies-lost'; readonly key: GymKey }
  | NotSent
  | TurnedAway
  | Unknown;

/** One class at one time of one day. `waitlist` is the number waiting, undefined where the class keeps none. */
export interface Slot {
  readonly id: string;
  readonly day: string;
  readonly time: string;
  readonly timeId: string;
  readonly classId: string | undefined;
  readonly name: string;
  readonly coach: string | undefined;
  readonly limit: number | undefined;
  readonly occupied: number | undefined;
  readonly waitlist: number | undefined;
  readonly mine: 'booked' | 'waitlisted' | undefined;
  readonly reservationId: string | undefined;
  /** The gym has called the class off; its row stays in the list. */
  readonly isCancelled: boolean;
  /** The gym lets members book it once it is open: not called off, not for the staff alone, not switched off. */
  readonly isBookable: boolean;
  /** Undefined where the gym does not say. */
  readonly isInPlan: boolean | undefined;
}

export interface BookWish {
  readonly slotId: string;
  readonly day: string;
  readonly familyId: string | undefined;
  readonly waitlist: boolean;
}

/** How far ahead the gym says one may book, when it says so in a refusal. */
export interface AnnouncedLead {
  readonly amount: number;
  readonly unit: 'hours' | 'days';
}

export type Refusal = 'full' | 'too-late' | 'quota-reached' | 'no-credit' | 'unpaid' | 'refused';

export type BookAnswer =
  | { readonly kind: 'booked'; readonly reservationId: string | undefined }
  /** The gym accepted the booking without saying booked or waitlisted: read back. */
  | { readonly kind: 'accepted'; readonly reservationId: string | undefined }
  | { readonly kind: 'too-early'; readonly announced?: AnnouncedLead }
  /** The member has a place at that hour already, in this class or another. Read back. */
  | { readonly kind: 'same-hour' }
  /** `said`: the gym's own words, where it used any. */
  | { readonly kind: Refusal; readonly reason: string; readonly said?: string }
  /** Words without a state or a known key: most likely a refusal, but only the list can confirm it. */
  | { readonly kind: 'refused-in-words'; readonly said: string }
  | { readonly kind: 'session-dead' }
  | NotSent
  | TurnedAway
  | Unknown;

export type CancelAnswer =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'late-needs-consent' }
  /** The gym says that it could not; `said` in its own words, where it used any. */
  | { readonly kind: 'failed'; readonly said?: string }
  | { readonly kind: 'session-dead' }
  | NotSent
  | TurnedAway
  | Unknown;

export type DayAnswer =
  /** `notices`: the box's own words about the day, a holiday say. */
  | { readonly kind: 'day'; readonly slots: readonly Slot[]; readonly notices: readonly string[] }
  | { readonly kind: 'session-dead' };

/** One reading of the gym's clock: our monotonic-anchored epoch ms around the request, and the whole second of its answer. */
export interface ClockProbe {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly dateMs: number;
  /** TCP handshakes with that host, from the connections made for such readings: the way there and back without the gym's work. */
  readonly tcp?: Handshakes | undefined;
  /** The server that answered, in the answer's own words: two addresses with one `servedBy` have one clock. */
  readonly servedBy?: string;
}

/** The very bytes of one request and where they go; written by the race, never retried by it. */
export interface PreparedRequest {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly bytes: Uint8Array;
}

/** Whether a kind of call passes from here. `blocked`: our address is blocked; `why` quotes nothing. */
export type Passage =
  | { readonly kind: 'passes' }
  | { readonly kind: 'blocked' }
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'odd'; readonly status: number };

export interface Reach {
  readonly reads: Passage;
  /** Tried by changes that bear no session, so that none takes effect. */
  readonly writes: Passage;
}

export interface Gym {
  /** Never retried: a wrong password counts towards a lock-out. Throws gym/unreachable, gym/blocked, gym/unreadable. */
  signIn(credentials: { email: string; password: Secret }, fingerprint: string): Promise<SignInAnswer>;
  /**
   * Asks for the next token once and never aborts the request once sent. `received` is called synchronously with whatever has come (`isCut` until
   * all has), so that nothing received can be lost; its work up to its first await comes before anything else. The last call is awaited before
   * the answer is parsed.
   */
  renew(key: GymKey, received: (raw: RawAnswer) => Promise<void>): Promise<RenewAnswer>;
  /**
   * Parses an answer to `renew` that was kept (in the spool, after a crash). `last-resort`: also takes a token that the answer does not clearly
   * name as the next; for a session that is about to be declared dead.
   */
  understandRenewal(raw: RawAnswer, key: GymKey, reading?: 'last-resort'): RenewAnswer;
  /**
   * Opens the pages that the gym's own page opens after a login, for gyms where a box knows a session only then. Best effort, within a few
   * seconds in all: never throws, and no result may depend on it. Returns the key with the cookies that came.
   */
  warmUp(key: GymKey, boxes: readonly GymBox[]): Promise<GymKey>;
  /** Is this session known to the gym? undefined: no evidence either way. */
  isAlive(key: GymKey): Promise<boolean | undefined>;
  /** The classes of a day (YYYYMMDD). Safe to repeat, and repeated. Throws gym/unreachable, gym/blocked, gym/busy, gym/unreadable. */
  readDay(key: GymKey, box: GymBox, day: string, familyId?: string): Promise<DayAnswer>;
  /** The people in the classes of a day (YYYYMMDD), where the gym shows them. Safe to repeat, and repeated. Throws as `readDay`. */
  readAttendees(key: GymKey, box: GymBox, day: string): Promise<AttendeesAnswer>;
  /** On which days the member has something at a box, from now on. Safe to repeat, and repeated. Throws as `readDay`. */
  readAgenda(key: GymKey, box: GymBox): Promise<AgendaAnswer>;
  /** Sends one booking, once. */
  book(key: GymKey, box: GymBox, wish: BookWish): Promise<BookAnswer>;
  /** The same booking as bytes for the race. */
  prepareBook(key: GymKey, box: GymBox, wish: BookWish): PreparedRequest;
  understandBook(raw: RawAnswer): BookAnswer;
  /** Sends one cancellation, once; `acceptLate` only ever from the member's own consent. */
  cancel(
    key: GymKey,
    box: GymBox,
    wish: { reservationId: string; familyId: string | undefined; acceptLate: boolean },
  ): Promise<CancelAnswer>;
  /** Whether reads and changes pass from here; with a box, at its host too. Uses no session and changes nothing. Never throws. */
  reach(box: GymBox | undefined): Promise<Reach>;
  /**
   * The paths at which a box's clock may be read, its page first. Some of these may cost the gym no work, which only asking tells. They are from
   * our own list, never from an answer or a row.
   */
  readonly clockAddresses: readonly [string, ...string[]];
  /** One unauthenticated reading of the box host's clock, at the page unless one of `clockAddresses` is given. Throws gym/unreachable. */
  probeClock(box: GymBox, address?: string): Promise<ClockProbe>;
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Whether `text` may stand for a box in an address: one lower-case ASCII DNS label, nothing that a URL parser reads differently.
 * `evil.com/`, `user@evil.com` and `127.0.0.1:6379/` are no slugs (threat T7).
 */
export const isBoxSlug = (text: string): boolean => SLUG.test(text);
