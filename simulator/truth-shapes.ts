// The shapes of what is true in the pretend gym: accounts, sessions, reservations, slots. truth.ts fills the shapes of this file.
import type { Suffix } from './address.ts';
import type { ReservationState } from './reservations.ts';
import type { Device } from './world.ts';

/** Limits what `readTruth` reads; an absent field limits nothing. */
export interface TruthFilter {
  member?: string | number | undefined;
  box?: string | undefined;
  day?: string | undefined;
}

/** The state of one member's account at the gym. */
export interface AccountTruth {
  memberId: number;
  email: string;
  logins: number;
  wrongPasswords: number;
  locked: boolean;
  /** One entry for each fingerprint with which the member has logged in, in the order of the first logins. */
  devices: ({ fingerprint: string } & Device)[];
}
/** One login of a member at the gym (a session), living or ended. */
export interface SessionTruth {
  id: number;
  memberId: number;
  email: string;
  fingerprint: string;
  suffix: Suffix;
  alive: boolean;
  /**
   * How the session ended: `killed` by a control call, `expired`, `replaced` by a newer login with the same fingerprint, or `stale-token` (a replaced
   * token was used); null while the session lives.
   */
  endedBy: string | null;
  /** The first 8 hex digits of the sha256 of the session's latest token. */
  tokenHash: string;
  /** The first 8 hex digits of the sha256 of the latest login cookie and of the latest PHPSESSID. */
  cookieHashes: { auth: string; page: string };
  cookieReissues: number;
  /** `tokenUpdates` counts the session's renewals that succeeded, `tokenUpdateCalls` all calls of tokenUpdate with a token of the session. */
  tokenUpdates: number;
  tokenUpdateCalls: number;
  createdAtMs: number;
  lastUpdateAtMs: number;
}
/** One reservation, cancelled or not: a place in a class or on its waiting list. */
export interface ReservationTruth {
  id: number;
  state: ReservationState;
  box: string;
  day: string;
  time: string;
  timeid: string;
  className: string;
  slotId: number;
  memberId: number;
  familyId: number | null;
  by: 'api' | 'hand';
  createdAtMs: number;
  cancelledAtMs: number | null;
}
/** One class as it is at the instant at which `readTruth` reads it. */
export interface SlotTruth {
  box: string;
  id: number;
  day: string;
  time: string;
  timeid: string;
  classId: number;
  className: string;
  limit: number;
  occupied: number;
  waiting: number;
  /** The instants at which rivals took a place in the class. */
  rivalsTookAtMs: number[];
  startsAtMs: number;
  /** The instant of the opening; null for a class that can always be booked. */
  opensAtMs: number | null;
  removed: boolean;
}
/** Everything that `readTruth` read, as it was at one instant. */
export interface Truth {
  accounts: AccountTruth[];
  sessions: SessionTruth[];
  reservations: ReservationTruth[];
  /** The slots of every day for which the pretend gym has made its classes so far, or only of the day that the filter names. */
  slots: SlotTruth[];
}
