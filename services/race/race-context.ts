// What the files of one race hand to each other: types alone, so that none of them needs to import the file that calls it.
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

/** What a race needs of the process. */
export interface RaceServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
  /** Set when a lock proves that this process is alone on its data folder. */
  readonly life?: Life | undefined;
  /** The proxy that leads to the gym; a certificate that only a test trusts. */
  readonly senderOptions?: Pick<TimedSenderOptions, 'tls' | 'proxy'> | undefined;
}

/** Prebookings of one box and instant that this process holds. */
export interface Claimed {
  readonly owner: string;
  readonly prebookings: readonly Prebooking[];
  /** When the claiming call began, on the clock's monotonic scale. */
  readonly claimedAtMs: number;
  /** Prebookings of the same box and instant that another process holds: they asked before, and are sent first. */
  readonly ahead: readonly Ahead[];
  /** The database's clock minus the clock's monotonic scale, ms; never more than the true value, and a little less. */
  readonly databaseAnchorMs: number;
  /** The platform ends us here: work that could not be finished by then is not begun. */
  readonly until?: Date | undefined;
  /** Aborted when this process is asked to end: a race that would come after its end is left to another. */
  readonly stopping?: AbortSignal | undefined;
}

/** One opening instant of one box, from the claim to the settled rows. Its instants are epoch ms of its own clock, which never jumps. */
export interface Race extends RaceServices, Claimed {
  readonly box: Box;
  readonly opensAt: Date;
  readonly claims: Claims;
  readonly aims: OwnAims;
  readonly wokenAtMs: number;
  /** Epoch ms at zero of the clock's monotonic scale. */
  readonly anchorMs: number;
  nowMs(): number;
  /** When to fire: the opening by our own clock until the gym's is known (run-race.ts). */
  atMs: number;
  /** From when on a shot may follow one that was refused as too early. */
  againFromMs: number;
  /** The gym's clock, once it was looked at. */
  estimate: ClockEstimate | undefined;
  /** When the requests were loaded and the connections warm. */
  readyAtMs: number | undefined;
}
