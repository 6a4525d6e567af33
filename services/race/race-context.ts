// What the files of one race hand to each other: types alone, so that none of them needs to import the file that calls it.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { ClockEstimate } from '../gym/clock-estimate.ts';
import type { Gym, GymBox } from '../gym/gym.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Freshener } from '../renewal/freshen.ts';
import type { Box } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { TimedSenderOptions } from '../timed-sender/timed-sender.ts';
import type { Claims } from './claim.ts';
import type { OwnAims } from './one-attempt-a-class.ts';

/** What a race needs of the process. */
export interface OpeningServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
  /** For a gym whose certificate only a test trusts. */
  readonly senderOptions?: Pick<TimedSenderOptions, 'tls'> | undefined;
}

/** Prebookings of one box and instant that we hold. */
export interface Claimed {
  readonly owner: string;
  readonly prebookings: readonly Prebooking[];
  /** When the claiming call began, on the clock's monotonic scale. */
  readonly claimedAtMs: number;
  /** The platform ends us here: what could not be finished by then is not begun. */
  readonly until?: Date | undefined;
  /** Aborted when this process is asked to end: a race that would come after its end is left to another. */
  readonly stopping?: AbortSignal | undefined;
}

/** One opening instant of one box, with the claims that this process holds. */
export interface Opening extends Claimed {
  readonly box: Box;
  readonly at: GymBox;
  readonly claims: Claims;
  readonly aims: OwnAims;
  readonly opensAt: Date;
  readonly wokenAtMs: number;
  readonly anchorMs: number;
}

/** An opening whose instant to fire is known. */
export interface Race extends Opening {
  /** When to fire, epoch ms of the race's clock. */
  readonly atMs: number;
  readonly estimate: ClockEstimate | undefined;
}
