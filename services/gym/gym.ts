// The interface to a gym platform: what puntual asks of any platform, such as AimHarder. The only list of gym platforms is services/gym/platforms.ts.
import type { Handshakes } from '../handshakes.ts';
import type { Secret } from '../secret.ts';
import type { AgendaAnswer } from './agenda.ts';
import type { AttendeesAnswer } from './attendees.ts';

/** One gym location, with its names at its gym platform (such as AimHarder). `slug` has been checked to be one DNS label. */
export interface GymBox {
  readonly slug: string;
  readonly platformBoxId: string;
}

/** What puntual must have to call the gym with one session. `cookies` is a serialised RFC 6265 jar. */
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
  /** True when the answer broke off or has not ended yet: `body` is then only the part that has come. `isCut` is absent for a whole answer. */
  readonly isCut?: boolean;
}

/** The request was proven unsent: connection refused, unknown host, connect timeout. After `not-sent`, the request may be sent again. */
export interface NotSent {
  readonly kind: 'not-sent';
  readonly reason: string;
}

/** Whether the request took effect is unknown, and must be read at the gym before a repeat. `sample`: a piece of the answer, with secrets masked. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
  readonly sample?: string;
}

/** The gym (or a protection in front of it) refused the call unread. The refused call had no effect and tells nothing about the session. */
export interface TurnedAway {
  readonly kind: 'turned-away';
  readonly why: 'blocked' | 'busy' | 'down';
  readonly retryAfterMs?: number;
}

/** The roles of a member in a box, the one with the fewest rights first. */
export const BOX_ROLES = ['client', 'coach', 'admin'] as const;
export type BoxRole = (typeof BOX_ROLES)[number];

export interface DiscoveredBox extends GymBox {
  readonly name: string;
  readonly role: BoxRole;
}

/**
 * A box that the gym names at a sign-in, but to which the service cannot send calls. For an unplaced box, the gym gives no id (`no-id`), no address
 * (`no-address`), an address that is not the gym's (`unknown-address`), or one under the gym's other domain suffix, where puntual sends no members'
 * calls (`other-address`). If the gym named no box at all (`none-named`), or its list of boxes cannot be read (`unreadable`), one `UnplacedBox`
 * without a name says so.
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

/** One class of a box, at one time of one day. `waitlist` is the number of members who wait for a place, undefined if the class keeps no waitlist. */
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
  /** True when the gym has called the class off; the gym keeps such a class in its list of the day. */
  readonly isCancelled: boolean;
  /** True when members may book the class once it is open: it is not called off, not for the staff alone, and not switched off. */
  readonly isBookable: boolean;
  /** Whether the member's plan includes the class; undefined where the gym does not say. */
  readonly isInPlan: boolean | undefined;
}

export interface BookWish {
  readonly slotId: string;
  readonly day: string;
  readonly familyId: string | undefined;
  readonly waitlist: boolean;
}

/** How far ahead a class may be booked, as the gym says it in a refusal. */
export interface AnnouncedLead {
  readonly amount: number;
  readonly unit: 'hours' | 'days';
}

export type Refusal = 'full' | 'too-late' | 'quota-reached' | 'no-credit' | 'unpaid' | 'refused';

export type BookAnswer =
  | { readonly kind: 'booked'; readonly reservationId: string | undefined }
  /** The gym accepted the booking without saying whether the member is booked or waitlisted: the gym's list must be read to learn it. */
  | { readonly kind: 'accepted'; readonly reservationId: string | undefined }
  | { readonly kind: 'too-early'; readonly announced?: AnnouncedLead }
  /** The member already has a place at the hour of this class, in this class or another: the gym's list must be read to learn in which. */
  | { readonly kind: 'same-hour' }
  /** `said` holds the gym's own words with the refusal, if the gym used any. */
  | { readonly kind: Refusal; readonly reason: string; readonly said?: string }
  /** The gym's answer has words, but no known state code or error key. Most likely the gym refused, but only the gym's list can confirm that. */
  | { readonly kind: 'refused-in-words'; readonly said: string }
  | { readonly kind: 'session-dead' }
  | NotSent
  | TurnedAway
  | Unknown;

export type CancelAnswer =
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'late-needs-consent' }
  /** The gym says that it could not cancel; `said` holds its own words, if it used any. */
  | { readonly kind: 'failed'; readonly said?: string }
  | { readonly kind: 'session-dead' }
  | NotSent
  | TurnedAway
  | Unknown;

export type DayAnswer =
  /** `notices` holds the box's own words about the day, such as a holiday. */
  | { readonly kind: 'day'; readonly slots: readonly Slot[]; readonly notices: readonly string[] }
  | { readonly kind: 'session-dead' };

/** One reading of the gym's clock: when the request was sent and answered, in epoch ms that never jump, and the second in the answer's `Date`. */
export interface ClockProbe {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly dateMs: number;
  /**
   * How long TCP handshakes with the host took, on the connections made for clock readings. A handshake takes the travel time to the host and back,
   * without the gym's work.
   */
  readonly tcp?: Handshakes | undefined;
  /** The server that answered, as the answer's headers name it; two addresses with the same `servedBy` have one clock. */
  readonly servedBy?: string;
}

/** The exact bytes of one booking request, and the address they go to. The race itself writes the bytes to a socket, and only once. */
export interface PreparedRequest {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly bytes: Uint8Array;
}

/**
 * Whether requests of one kind (reads, or changes such as bookings) reach the gym from this machine. `blocked`: the gym blocks our IP address.
 * `unreachable`: a request got no whole answer; `why` is the error's code, such as `ECONNRESET`, or `network error`.
 */
export type Passage =
  | { readonly kind: 'passes' }
  | { readonly kind: 'blocked' }
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'odd'; readonly status: number };

export interface Reach {
  readonly reads: Passage;
  /** Whether requests for changes, such as bookings, reach the gym. The requests that test this carry no session, so the gym changes nothing. */
  readonly writes: Passage;
}

export interface Gym {
  /** Sends one sign-in and never repeats it: wrong passwords lock accounts. Throws gym/unreachable, gym/blocked, gym/busy, gym/unreadable. */
  signIn(credentials: { email: string; password: Secret }, fingerprint: string): Promise<SignInAnswer>;
  /**
   * Sends one request for the next token, never repeats it, and gives up waiting for its answer only after a minute. As the answer comes, `received`
   * is called synchronously with the part that has come so far (with `isCut` set until all has come), so that nothing received is lost. The work of
   * `received` up to its first await is done before any other code of this process runs. `received` may be called several times; its last call is
   * awaited before the answer is parsed.
   */
  renew(key: GymKey, received: (raw: RawAnswer) => Promise<void>): Promise<RenewAnswer>;
  /**
   * Parses, after a crash, an answer to `renew` that was kept in the spool. The reading `last-resort` also takes a token that the answer does not
   * clearly name as the next token; this reading is for a session about to be declared dead.
   */
  understandRenewal(raw: RawAnswer, key: GymKey, reading?: 'last-resort'): RenewAnswer;
  /**
   * Opens the pages that the gym's own page opens after a login, because at some gyms a box knows a session only after these pages were opened.
   * The warm-up (opening the pages that follow a login) takes a few seconds at most, never throws, and no other call may depend on its success.
   * Returns the key; the key's jar then also holds the cookies that the opened pages set.
   */
  warmUp(key: GymKey, boxes: readonly GymBox[]): Promise<GymKey>;
  /** Whether the gym still knows this session; undefined when there is no evidence either way. */
  isAlive(key: GymKey): Promise<boolean | undefined>;
  /** Reads the classes of `day` (YYYYMMDD); repeats a failed read. Throws gym/unreachable, gym/too-large, gym/blocked, gym/busy, gym/unreadable. */
  readDay(key: GymKey, box: GymBox, day: string, familyId?: string): Promise<DayAnswer>;
  /** Reads the people in the classes of `day` (YYYYMMDD), if the gym shows them; repeats a failed read. Throws the same failures as `readDay`. */
  readAttendees(key: GymKey, box: GymBox, day: string): Promise<AttendeesAnswer>;
  /** Reads on which coming days the member has a place at a box; repeats a failed read. Throws the same failures as `readDay`. */
  readAgenda(key: GymKey, box: GymBox): Promise<AgendaAnswer>;
  /** Sends one booking request and never repeats it. */
  book(key: GymKey, box: GymBox, wish: BookWish): Promise<BookAnswer>;
  /** Returns one booking request as bytes, for the race to send. Throws session/jar-incomplete. */
  prepareBook(key: GymKey, box: GymBox, wish: BookWish): PreparedRequest;
  understandBook(raw: RawAnswer): BookAnswer;
  /** Sends one cancellation and never repeats it; `acceptLate` may be true only if the member has agreed to a late cancellation. */
  cancel(
    key: GymKey,
    box: GymBox,
    wish: { reservationId: string; familyId: string | undefined; acceptLate: boolean },
  ): Promise<CancelAnswer>;
  /**
   * Tests whether requests from this machine reach the gym, reads and changes separately; if a box is given, the box's host is tested, too. The
   * requests of `reach` carry no session, so the gym changes nothing. Never throws.
   */
  reach(box: GymBox | undefined): Promise<Reach>;
  /**
   * The paths at which a box's clock may be read, the box's page first. Only a probe at a path shows whether the path costs the gym no work. The
   * `clockAddresses` are constants of the code, never taken from a gym's answer or a database row.
   */
  readonly clockAddresses: readonly [string, ...string[]];
  /** Reads the clock of a box's host once, without a session: at the box's page, or at the given one of `clockAddresses`. Throws gym/unreachable. */
  probeClock(box: GymBox, address?: string): Promise<ClockProbe>;
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Whether `text` may stand for a box in an address: one lower-case ASCII DNS label, which all URL parsers read alike. `evil.com/`, `user@evil.com`
 * and `127.0.0.1:6379/` are no slugs (threat T7).
 */
export const isBoxSlug = (text: string): boolean => SLUG.test(text);
