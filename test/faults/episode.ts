// Everything known about one finished episode, from all witnesses: the gym's records and history, the database's snapshots, the events of the service
// processes, the notices. The checker of renewals reads this record of an episode and nothing else.
import type { HistoryEntry } from '../../simulator/history.ts';
import type { Mode, Plan } from './plan.ts';
import type { Seen } from './snapshot.ts';
import type { Broken } from './staging/found.ts';
import type { WorkerEvent } from './worker-orders.ts';

export interface Notice {
  readonly kind: string;
  readonly dedupeKey: string;
  readonly atMs: number;
}

export interface Attempt {
  readonly id: string;
  readonly chain: string;
  readonly state: string;
  readonly reason: string | null;
  readonly atMs: number;
}

export interface Episode {
  readonly seed: number;
  readonly batch: number;
  readonly mode: Mode;
  readonly plan: Plan;
  readonly memberId: number;
  readonly userId: string;
  /** The fingerprint of the member's latest login at the gym. */
  readonly fingerprint: string;
  readonly chain: string;
  readonly firstToken: string;
  readonly authCookie: string;
  readonly hasLeft: boolean;
  readonly wasStolen: boolean;
  /** Snapshots of the session's row in order, one before the first pass and one after each round of a pass; undefined when the row was gone. */
  readonly seen: readonly (Seen | undefined)[];
  /**
   * The calls of `tokenUpdate` that came with the fingerprint of the session that the member has when the episode ends; their `simAtMs` is by the
   * campaign's hand-moved clock.
   */
  readonly calls: readonly HistoryEntry[];
  readonly events: readonly WorkerEvent[];
  readonly notices: readonly Notice[];
  readonly attempts: readonly Attempt[];
  /** What the pretend gym holds at the end of the episode: whether the session is alive (`gymAlive`), and the hash of its token (`liveToken`). */
  readonly gymAlive: boolean;
  readonly liveToken: string;
  /** Hashes of the tokens that are stored at the end of the episode (in the token journal or a spool) and that the gym would renew. */
  readonly working: readonly string[];
  /** The instant of the last pass in which a planned fault could be played. */
  readonly calmSinceMs: number;
}

export const CHECKED = ['I1', 'I2', 'I3', 'I4', 'I8', 'I9', 'I10', 'I12', 'G2'] as const;
export type Violation = Broken<(typeof CHECKED)[number]>;
