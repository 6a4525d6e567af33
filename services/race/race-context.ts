// The types that the files of one race share. This file holds types alone, so that no file of a race needs to import the file that calls it.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ClockEstimate } from '../gym/clock-estimate.ts';
import type { Gym } from '../gym/gym.ts';
import type { Life } from '../owner.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Freshener } from '../renewal/freshen.ts';
import type { Box } from '../store/box-store.ts';
import type { Ahead } from '../store/claim-store.ts';
import type { Store } from '../store/store.ts';
import type { TimedSenderOptions } from '../timed-sender/timed-sender.ts';
import type { Claims } from './claim.ts';
import type { OwnAims } from './entrant.ts';

/** The services that a race gets from its process. */
export interface RaceServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
  /** The names of the data folder and of this one run of the process; set when a lock proves that no other process uses the folder. */
  readonly life?: Life | undefined;
  /** How the sender connects to the gym: through which proxy, and, in a test, which certificate it trusts. */
  readonly senderOptions?: Pick<TimedSenderOptions, 'tls' | 'proxy'> | undefined;
}

/** Prebookings of one box and opening that this process has claimed. */
export interface Claimed {
  readonly owner: string;
  readonly prebookings: readonly Prebooking[];
  /** When the database call that claimed the prebookings began, on the clock's monotonic scale. */
  readonly claimedAtMs: number;
  /**
   * Prebookings that another process has claimed for the box and opening of this race. Of two prebookings for one class, the request of the older
   * prebooking is sent first.
   */
  readonly ahead: readonly Ahead[];
  /**
   * The database's clock minus this process's monotonic clock, ms. The value is the true difference of the database's and this process's clock, minus
   * the time that the database's answer took, so it is never too large.
   */
  readonly databaseAnchorMs: number;
  /** The instant at which the hosting platform will kill this process; work that could not be finished by then is not begun. */
  readonly until?: Date | undefined;
  /** Aborted when this process is asked to end; a race with an opening that would come after the process has ended is left to another process. */
  readonly stopping?: AbortSignal | undefined;
}

/**
 * What all steps of one race share; a race is for one opening of one box, and lasts from the claim until all results are stored. The instants of a
 * race are epoch ms of its own clock, which never jumps.
 */
export interface Race extends RaceServices, Claimed {
  readonly box: Box;
  readonly opensAt: Date;
  readonly claims: Claims;
  readonly aims: OwnAims;
  readonly wokenAtMs: number;
  /** The epoch ms that corresponds to zero on the clock's monotonic scale. */
  readonly anchorMs: number;
  nowMs(): number;
  /** The firing instant; until run-race.ts has read the gym's clock, it is the opening by our own clock. */
  atMs: number;
  /** The earliest instant for a shot after one that was refused as too early. */
  againFromMs: number;
  /** The estimate of the gym's clock; undefined until the race has read that clock. */
  estimate: ClockEstimate | undefined;
  /** When the race was ready: the requests loaded, and the connections warm or the time for warming over. */
  readyAtMs: number | undefined;
}
