// What a test may do to the pretend gym while the gym runs. The interface `Control` works in-process and over HTTP (remote-control.ts); each of its
// methods is called a verb, takes at most one JSON value and returns at most one.
import type { HistoryEntry, HistoryFilter } from './history.ts';
import type { KnobInput, KnobKind } from './knob-shapes.ts';
import type { Refusal } from './listener.ts';
import type { Outage } from './outages.ts';
import type { RefusalReason } from './rules.ts';
import type { BoxInput, MemberInput, ScenarioInput, SlotInput } from './scenario.ts';
import type { SlotChangeInput } from './slot-change-shape.ts';
import type { SlotTruth, Truth, TruthFilter } from './truth-shapes.ts';

/** Names one slot of a box's day: by its id, or by its hour (`timeid`) and, where two classes share the hour, also by the class name. */
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
  /** The id or e-mail of the member that books. */
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

/** A session that the control verb `openSessions` opened without an HTTP call: what a service would hold after a login. */
export interface OpenedSession {
  sessionId: number;
  memberId: number;
  fingerprint: string;
  token: string;
  /** The Set-Cookie lines that the answer to an HTTP login would have carried. */
  setCookies: string[];
}

export interface Control {
  /**
   * Puts the gym back to the scenario with which the gym started, or, if `scenario` is given, to that scenario. After a reset the earlier sessions,
   * bookings, knobs and history are gone, and the gym's clock follows the system clock.
   */
  reset(scenario?: ScenarioInput): Promise<void>;
  /** Adds the scenario's boxes, members and knobs to those that the gym has. */
  load(scenario: ScenarioInput): Promise<void>;
  addBox(box: BoxInput): Promise<void>;
  addMember(member: MemberInput): Promise<void>;
  addSlot(slot: SlotInput & { box: string }): Promise<SlotTruth>;
  changeSlot(change: { slot: SlotRef; change: SlotChangeInput }): Promise<SlotTruth>;
  /** Turns a knob on; returns the number by which `clearKnobs` can turn that knob off. */
  setKnob(knob: KnobInput): Promise<number>;
  clearKnobs(filter?: { kind?: KnobKind; knobId?: number }): Promise<void>;
  clock(): Promise<ClockState>;
  /** Stops the gym's clock at the instant `at` (epoch ms or ISO 8601); afterwards only `advance` and `followSystem` move the clock. */
  freeze(at: number | string): Promise<ClockState>;
  /** Moves the gym's clock forward by `byMs`, whether the clock runs or is frozen. */
  advance(byMs: number): Promise<ClockState>;
  /** Lets the gym's clock run with the system clock, `offsetMs` ahead of it. */
  followSystem(offsetMs: number): Promise<ClockState>;
  history(filter?: HistoryFilter): Promise<HistoryEntry[]>;
  clearHistory(): Promise<void>;
  truth(filter?: TruthFilter): Promise<Truth>;
  /**
   * Whether the call tokenUpdate would accept this token at the present instant of the gym's clock. A call of `tokenWorks` neither changes the token
   * nor counts as a call to the gym.
   */
  tokenWorks(ask: { token: string; fingerprint?: string }): Promise<boolean>;
  /**
   * Whether these values of amhrdrauth (`auth`) and PHPSESSID (`page`) open a living session. A call of `cookieWorks` does not count as a use of the
   * session.
   */
  cookieWorks(ask: { auth: string; page?: string }): Promise<boolean>;
  /** Books for a member as if by hand in the official app: under the gym's house rules, but without a session of the service under test. */
  bookByHand(wish: HandBooking): Promise<HandVerdict>;
  /** Cancels a reservation as its member would in the official app; returns false when there was nothing to cancel. */
  cancelByHand(reservation: { reservationId: number }): Promise<boolean>;
  /**
   * Logs many members in without HTTP calls. Each opened session counts as a login of its member; the sessions come back in the order of `logins`.
   */
  openSessions(logins: { member: number | string; fingerprint: string }[]): Promise<OpenedSession[]>;
  /** Ends all living sessions that fit `ref`; returns how many sessions it ended. */
  killSession(ref: SessionRef): Promise<number>;
  /**
   * Lets all calls go on that a `gate` knob makes wait at the gate `name`, or at any gate if no name is given; returns how many calls went on. The
   * `gate` knob stays on, so later calls wait at the gate again.
   */
  openGate(name?: string): Promise<number>;
  /** Returns how many calls wait at each gate, by the gate's name. */
  gates(): Promise<Record<string, number>>;
  /**
   * Ends every connection to the gym except those that carry control calls, as a gym ends idle connections; returns how many connections it ended.
   * `how` says whether the connections end by FIN (`fin`, the default) or by RST (`reset`).
   */
  dropConnections(how?: 'fin' | 'reset'): Promise<number>;
  /**
   * Ends all connections to the gym at `from` (without `from`: immediately) and lets no connection in before `until`; both instants are by the gym's
   * clock. If `how` is `refused`, the default, nothing listens on the gym's port during the outage; if `how` is `reset`, each new connection is
   * accepted and reset. During the outage, connections that carry control calls stay open.
   */
  refuseConnections(outage: { from?: number | string; until: number | string; how?: Refusal }): Promise<void>;
  /** Returns the outages so far: from when until when, by the gym's clock, the gym refused connections. */
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
