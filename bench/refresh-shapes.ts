// What the refresh bench asks of its child process, and what the child answers.
import type { ServiceAddress } from './service.ts';

export const WAYS = ['puntual', 'p-limit, PATCH per row', 'one after another'] as const;
export type RefreshWay = (typeof WAYS)[number];

/** Of all tasks; the child's service may have as many connections to the gym. */
export const MAX_CONCURRENCY = 200;

export interface RefreshTask {
  readonly way: RefreshWay;
  readonly address: ServiceAddress;
  readonly concurrency: number;
  /** For the peers, which do not know what is due: this many rows. */
  readonly rows: number;
}

export interface RefreshFigures {
  readonly updated: number;
  readonly failed: number;
  readonly tookMs: number;
  /** User and system time of the child while it worked. */
  readonly cpuMs: number;
  readonly peakRssMb: number;
  /** Before any work. */
  readonly startRssMb: number;
}
