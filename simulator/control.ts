// What a test may do to the pretend gym while it runs. The same interface works in-process and over HTTP
// (remote-control.ts); every verb takes one JSON value and answers one.
import type { HistoryEntry, HistoryFilter } from './history.ts';
import type { KnobInput, KnobKind } from './knob-shapes.ts';
import type { Refusal } from './listener.ts';
import type { Outage } from './outages.ts';
import type { RefusalReason } from './rules.ts';
import type { BoxInput, MemberInput, ScenarioInput, SlotInput } from './scenario.ts';
import type { SlotChangeInput } from './slot-change-shape.ts';
import type { SlotTruth, Truth, TruthFilter } from './truth-shapes.ts';

/** One slot: by id, or by its hour (and name, where two classes share the hour). */
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
  /** id or e-mail. */
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

/** A login made without the wire: what a service would hold after it. */
export interface OpenedSession {
  sessionId: number;
  memberId: number;
  fingerprint: string;
  token: string;
  /** Set-Cookie lines, as the login would have sent them. */
  setCookies: string[];
}

export interface Control {
  /** Back to the scenario of the start, or to this one: no sessions, no bookings, no knobs, no history, system clock. */
  reset(scenario?: ScenarioInput): Promise<void>;
  /** Adds to what is there. */
  load(scenario: ScenarioInput): Promise<void>;
  addBox(box: BoxInput): Promise<void>;
  addMember(member: MemberInput): Promise<void>;
  addSlot(slot: SlotInput & { box: string }): Promise<SlotTruth>;
  changeSlot(change: { slot: SlotRef; change: SlotChangeInput }): Promise<SlotTruth>;
  /** Answers the number by which it can be cleared. */
  setKnob(knob: KnobInput): Promise<number>;
  clearKnobs(filter?: { kind?: KnobKind; knobId?: number }): Promise<void>;
  clock(): Promise<ClockState>;
  /** Stops the clock at an instant (epoch ms or ISO 8601); it then moves by `advance` alone. */
  freeze(at: number | string): Promise<ClockState>;
  /** Moves the clock on, running or frozen. */
  advance(byMs: number): Promise<ClockState>;
  /** Runs with the system clock, so many milliseconds ahead of it. */
  followSystem(offsetMs: number): Promise<ClockState>;
  history(filter?: HistoryFilter): Promise<HistoryEntry[]>;
  clearHistory(): Promise<void>;
  truth(filter?: TruthFilter): Promise<Truth>;
  /** Whether tokenUpdate would take this token now; asks without rotating or counting. */
  tokenWorks(ask: { token: string; fingerprint?: string }): Promise<boolean>;
  /** Whether these cookie values (amhrdrauth and PHPSESSID) open a living session; asks without ageing it. */
  cookieWorks(ask: { auth: string; page?: string }): Promise<boolean>;
  /** The member books in the official app: the same rules, no session of ours. */
  bookByHand(wish: HandBooking): Promise<HandVerdict>;
  /** The member cancels in the official app; false when there was nothing to cancel. */
  cancelByHand(reservation: { reservationId: number }): Promise<boolean>;
  /** Logs members in without the wire, many at once; counts as a login, answers in the order asked. */
  openSessions(logins: { member: number | string; fingerprint: string }[]): Promise<OpenedSession[]>;
  /** Ends all sessions that fit; answers how many died. */
  killSession(ref: SessionRef): Promise<number>;
  /** Lets the calls that a `gate` knob holds go on, at one gate or at all; answers how many. The knob stays on. */
  openGate(name?: string): Promise<number>;
  /** How many calls stand at each gate. */
  gates(): Promise<Record<string, number>>;
  /** Ends every connection but the control's own, as a gym does with idle ones; answers how many. `fin` by default. */
  dropConnections(how?: 'fin' | 'reset'): Promise<number>;
  /**
   * Ends all connections at `from` (now) and lets none in until `until`, by the gym's clock: nothing listens (`refused`, the
   * default), or each is accepted and reset. The control's own go on.
   */
  refuseConnections(outage: { from?: number | string; until: number | string; how?: Refusal }): Promise<void>;
  /** When connections were refused so far, by the gym's clock. */
  outages(): Promise<Outage[]>;
  /** Lifts the lock that wrong passwords brought. */
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
