// What is true in the pretend gym, as it is read out: accounts, sessions, reservations, slots. Shapes only; truth.ts fills them.
import type { Suffix } from './address.ts';
import type { ReservationState } from './reservations.ts';
import type { Device } from './world.ts';

/** Narrows what is read out; absent: everything. */
export interface TruthFilter {
  member?: string | number | undefined;
  box?: string | undefined;
  day?: string | undefined;
}

/** One member's account. */
export interface AccountTruth {
  memberId: number;
  email: string;
  logins: number;
  wrongPasswords: number;
  locked: boolean;
  /** One a fingerprint, in the order of their first login. */
  devices: ({ fingerprint: string } & Device)[];
}
/** One login, alive or not. */
export interface SessionTruth {
  id: number;
  memberId: number;
  email: string;
  fingerprint: string;
  suffix: Suffix;
  alive: boolean;
  /** killed, expired, replaced or stale-token; null while it lives. */
  endedBy: string | null;
  /** First 8 hex digits of sha256 of the live token. */
  tokenHash: string;
  /** The same of the latest login cookie and page cookie. */
  cookieHashes: { auth: string; page: string };
  cookieReissues: number;
  /** Renewals that rotated, and calls that showed one of its tokens. */
  tokenUpdates: number;
  tokenUpdateCalls: number;
  createdAtMs: number;
  lastUpdateAtMs: number;
}
/** One place or turn in a waiting list, cancelled ones too. */
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
/** One class as it stands. */
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
  /** Instants at which rivals took a place. */
  rivalsTookAtMs: number[];
  startsAtMs: number;
  /** null: open since ever. */
  opensAtMs: number | null;
  removed: boolean;
}
/** All of it at one instant. */
export interface Truth {
  accounts: AccountTruth[];
  sessions: SessionTruth[];
  reservations: ReservationTruth[];
  /** Slots of the days that a call has looked at (or of the day asked for). */
  slots: SlotTruth[];
}
