// The messages between the refresh bench and its child process.
import type { ServiceAddress } from './service.ts';

export const WAYS = ['puntual', 'p-limit, PATCH per row', 'one after another'] as const;
export type RefreshWay = (typeof WAYS)[number];

/** The highest concurrency of any refresh task; the service in the bench's child process may open this many connections to the gym. */
export const MAX_CONCURRENCY = 200;

export interface RefreshTask {
  readonly way: RefreshWay;
  readonly address: ServiceAddress;
  readonly concurrency: number;
  /** How many rows each peer refreshes, equal to the number of due sessions: a peer itself does not know which sessions are due. */
  readonly rows: number;
}

export interface RefreshFigures {
  readonly updated: number;
  readonly failed: number;
  readonly tookMs: number;
  /** The processor time (user and system) that the bench's child process used while it worked. */
  readonly cpuMs: number;
  readonly peakRssMb: number;
  /** The memory, in MB, of the bench's child process before it started to work. */
  readonly startRssMb: number;
}
