// What a test may do to the pretend gym while the gym runs. The interface `Control` works in-process and over HTTP (remote-control.ts); each of its
// methods, called verbs, takes one JSON value and returns one.
import type { HistoryEntry, HistoryFilter } from './history.ts';
import type { KnobInput, KnobKind } from './knob-shapes.ts';
import type { Refusal } from './listener.ts';
import type { Outage } from './outages.ts';
import type { RefusalReason } from './rules.ts';
import type { BoxInput, MemberInput, ScenarioInput, SlotInput } from './scenario.ts';
import type { SlotChangeInput } from './slot-change-shape.ts';
import type { SlotTruth, Truth, TruthFilter } from './truth-shapes.ts';

/** Names one slot by its id, or by its hour, with the class name where two classes share the hour. */
export interface SlotRef {
  box: string;
  day: string;
  id?: number;
  timeid?: string;
  className?: string;
}
export type { SlotChangeInput as SlotChange };
export interface ClockState {
  mode: 'system' | 'frozen';
  nowMs: number;
  offsetMs: number;
}
export interface HandBooking extends SlotRef {
  /** The member's id or e-mail. */
  member: number | string;
  familyId?: number;
  waitlist?: boolean;
}
export interface HandVerdict {
  outcome: 'booked' | 'waitlisted' | 'refused';
  reservationId?: number;
  reason?: RefusalReason;
}
export interface SessionRef {
  member?: number | string;
  fingerprint?: string;
  sessionId?: number;
}

/** A login made by a control verb, without an HTTP call: what a service would hold after logging in. */
export interface OpenedSession {
  sessionId: number;
  memberId: number;
  fingerprint: string;
  token: string;
  /** The Set-Cookie lines that the login's answer would have carried. */
  setCookies: string[];
}

export interface Control {
  /**
   * Puts the gym back to the scenario it started with, or to `scenario`. Sessions, bookings, knobs and history are gone afterwards, and the gym's
   * clock follows the system clock.
   */
  reset(scenario?: ScenarioInput): Promise<void>;
  /** Adds the scenario's boxes, members and knobs to the present ones. */
  load(scenario: ScenarioInput): Promise<void>;
  addBox(box: BoxInput): Promise<void>;
  addMember(member: MemberInput): Promise<void>;
  addSlot(slot: SlotInput & { box: string }): Promise<SlotTruth>;
  changeSlot(change: { slot: SlotRef; change: SlotChangeInput }): Promise<SlotTruth>;
  /** Turns a knob on; answers the number by which `clearKnobs` can turn that knob off. */
  setKnob(knob: KnobInput): Promise<number>;
  clearKnobs(filter?: { kind?: KnobKind; knobId?: number }): Promise<void>;
  clock(): Promise<ClockState>;
  /** Stops the gym's clock at an instant (epoch ms or ISO 8601); afterwards only `advance` and `followSystem` move the clock. */
  freeze(at: number | string): Promise<ClockState>;
  /** Moves the gym's clock forward, whether it runs or is frozen. */
  advance(byMs: number): Promise<ClockState>;
  /** Lets the gym's clock run with the system clock, `offsetMs` ahead of it. */
  followSystem(offsetMs: number): Promise<ClockState>;
  history(filter?: HistoryFilter): Promise<HistoryEntry[]>;
  clearHistory(): Promise<void>;
  truth(filter?: TruthFilter): Promise<Truth>;
  /**
   * Whether the call tokenUpdate would accept this token at this instant. A call of `tokenWorks` neither changes the token nor counts as a call to
   * the gym.
   */
  tokenWorks(ask: { token: string; fingerprint?: string }): Promise<boolean>;
  /** Whether these cookie values (amhrdrauth and PHPSESSID) open a living session. A call of `cookieWorks` does not count as a use of the session. */
  cookieWorks(ask: { auth: string; page?: string }): Promise<boolean>;
  /** The member books in the official app, under the same house rules as over the network, and without a session of the service under test. */
  bookByHand(wish: HandBooking): Promise<HandVerdict>;
  /** The member cancels in the official app; answers false when there was nothing to cancel. */
  cancelByHand(reservation: { reservationId: number }): Promise<boolean>;
  /** Logs many members in at once, without HTTP calls. Each session that is opened counts as a login; the answers come in the order of `logins`. */
  openSessions(logins: { member: number | string; fingerprint: string }[]): Promise<OpenedSession[]>;
  /** Ends all sessions that fit `ref`; answers how many it ended. */
  killSession(ref: SessionRef): Promise<number>;
  /**
   * Lets the calls go on that wait because of a `gate` knob, at the gate `name` or, without a name, at all gates; answers how many calls went on. The
   * `gate` knob stays on, so later calls wait again.
   */
  openGate(name?: string): Promise<number>;
  /** How many calls wait at each gate. */
  gates(): Promise<Record<string, number>>;
  /**
   * Ends every connection except those that carry control calls, as a gym ends idle connections; answers how many it ended. `how` says how a
   * connection ends; it is
   * `fin` by default.
   */
  dropConnections(how?: 'fin' | 'reset'): Promise<number>;
  /**
   * Ends all connections at `from` (by default at once) and lets no connection in before `until`; both instants are by the gym's clock. If `how` is
   * `refused`, the default, nothing listens on the port; if it is `reset`, each connection is accepted and reset. Connections that carry control
   * calls stay open.
   */
  refuseConnections(outage: { from?: number | string; until: number | string; how?: Refusal }): Promise<void>;
  /** The times in which the gym has refused connections so far, by the gym's clock. */
  outages(): Promise<Outage[]>;
  /** Lifts the lock that wrong passwords put on the member's account. */
  unlock(member: number | string): Promise<void>;
}

export const VERBS = [
  'reset',
  'load',
  'addBox',
  'addMember',
  'addSlot',
  'changeSlot',
  'setKnob',
  'clearKnobs',
  'clock',
  'freeze',
  'advance',
  'followSystem',
  'history',
  'clearHistory',
  'truth',
  'tokenWorks',
  'cookieWorks',
  'bookByHand',
  'cancelByHand',
  'killSession',
  'openSessions',
  'openGate',
  'gates',
  'dropConnections',
  'refuseConnections',
  'outages',
  'unlock',
] as const satisfies readonly (keyof Control)[];
