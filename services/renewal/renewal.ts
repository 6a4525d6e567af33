// What a renewal needs, and how a renewal may end: the types that the files of services/renewal share. This file holds types only.
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
  /** The name of this run of the process, set when a lock proves that the process is alone on its data folder. */
  readonly life?: Life | undefined;
  /**
   * The gate (gate.ts) that all renewals of the process ask. When `gate` is absent, each refresh run creates its own gate, and a single renewal asks
   * no gate.
   */
  readonly gate?: RenewalGate | undefined;
}

/** How one renewal ended. `kept`: the received token is stored in `token_journal`, but is not the session's current token. */
export type Renewal =
  | { readonly kind: 'renewed' }
  | { readonly kind: 'kept' }
  /** `alive`: a gym that renews no tokens still knows the session by its cookies, so the session counts as fresh. */
  | { readonly kind: 'alive' }
  | {
      readonly kind: 'failed';
      readonly end: AttemptEnd;
      readonly reason: string;
      readonly died: boolean;
      /**
       * If the gym refused the renewal's call without judging the token (the gym was busy, down or blocking): the instant after which this session
       * may be tried again.
       */
      readonly againAt: Date | undefined;
    }
  | { readonly kind: 'quarantined'; readonly reason: string }
  /** `unknown-key`: this process lacks the key that opens the session; the lease was given back, and no failure is counted. */
  | { readonly kind: 'unknown-key' };

/** The member's data key, unwrapped, and the token and cookies that the renewal sends to the gym. */
export interface OpenedLease {
  readonly member: MemberSeal;
  readonly key: GymKey;
}

/**
 * The fields of a leased session that are needed to settle the gym's answer to its renewal. An answer kept in the spool may be settled long after the
 * session's lease has ended.
 */
export type Asked = Pick<
  LeasedSession,
  'id' | 'userId' | 'chain' | 'sessionType' | 'status' | 'failureStreak' | 'renewalId' | 'nextGeneration'
>;
/** The services that are needed to store how an attempt ended. */
export type SettleServices = RenewServices & {
  readonly commit: Commit;
  /** True for an answer that the replay of the spool settles: the gym is not asked whether it knows the session's cookies. */
  readonly isReplay?: boolean;
};
