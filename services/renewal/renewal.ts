// What a renewal needs, and how it may end: the words that the files of renewing share. Types only.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Gym, GymKey } from '../gym/gym.ts';
import type { Life } from '../owner.ts';
import type { MemberSeal, Seal } from '../seal/seal.ts';
import type { AttemptEnd, LeasedSession } from '../store/renewal-store.ts';
import type { Store } from '../store/store.ts';
import type { Commit } from './commit-batch.ts';
import type { RenewalGate } from './gate.ts';
import type { Spool } from './spool.ts';

export interface RenewServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly seal: Seal;
  readonly spool: Spool;
  readonly logger: Logger;
  /** Set when a lock proves that this process is alone on its data folder. */
  readonly life?: Life | undefined;
  /** One a process. Absent: each run has one of its own, and a single renewal asks none. */
  readonly gate?: RenewalGate | undefined;
}

/** How one renewal ended. `kept`: a token was received and is in the journal, but the pointer was another process's to move. */
export type Renewal =
  | { readonly kind: 'renewed' }
  | { readonly kind: 'kept' }
  /** At a gym that renews no tokens: it knows the session by its cookies, so the session counts as fresh. */
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'failed';
      readonly end: AttemptEnd;
      readonly reason: string;
      readonly died: boolean;
      /** Turned away, with a pause: the instant after which this session may be tried again. */
      readonly againAt: Date | undefined;
    }
  | { readonly kind: 'quarantined'; readonly reason: string }
  /** This process lacks the key: the lease was given back, and nothing is known against the session. */
  | { readonly kind: 'unknown-key' };

/** A member's seals, and the pair that was asked with. */
export interface OpenedLease {
  readonly member: MemberSeal;
  readonly key: GymKey;
}

/** The parts of a leased session that settling an answer needs; a kept answer is settled long after its lease has ended. */
export type Asked = Pick<
  LeasedSession,
  'id' | 'userId' | 'chain' | 'sessionType' | 'status' | 'failureStreak' | 'renewalId' | 'nextGeneration'
>;
/** The parts that storing an attempt's end needs. */
export type SettleServices = RenewServices & {
  readonly commit: Commit;
  /** An answer that is settled long after it came: nothing is asked of the gym. */
  readonly isReplay?: boolean;
};
