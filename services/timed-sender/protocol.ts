// The messages between the main thread and the sender's thread, and the cells of shared memory that show which thread owns a shot. Times are
// milliseconds of process.hrtime, the one clock that both threads read alike. `inEpoch` turns a shot's times from process.hrtime into milliseconds
// since 1970.
import type { NotSent, PreparedRequest, RawAnswer, Unknown } from '../gym/gym.ts';
import type { OutboundProxy } from '../tunnel.ts';

/**
 * The states of a shot: each shot has one Int32 of shared memory, which holds its state. The thread that changes a shot's state from `loaded` owns
 * the shot, so no shot is both withdrawn and written. The main thread and the sender's thread never wait for each other to change a state, because
 * either thread may be blocked.
 */
export const CELL = { loaded: 0, withdrawn: 1, written: 2 } as const;

export interface BatchOptions {
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly warmTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly tls: { readonly rejectUnauthorized?: boolean; readonly ca?: string };
  /** The proxy through which every connection leads; undefined for direct connections. */
  readonly proxy?: OutboundProxy | undefined;
}

export type ToThread =
  | { kind: 'open'; batch: number; options: BatchOptions }
  | {
      kind: 'load';
      batch: number;
      part: number;
      firstIndex: number;
      cells: SharedArrayBuffer;
      requests: PreparedRequest[];
    }
  | { kind: 'fire'; batch: number; atMs: number; notAfterMs: number }
  | {
      kind: 'shoot';
      batch: number;
      index: number;
      cells: SharedArrayBuffer;
      request: PreparedRequest;
      notAfterMs: number;
    }
  | { kind: 'close'; batch: number };

export type ShotResult = { readonly kind: 'answer'; readonly raw: RawAnswer } | NotSent | Unknown;

/** What became of one shot; `gymDateMs` is the answer's own Date, epoch ms in whole seconds. */
export interface ShotReport {
  readonly index: number;
  readonly sentAtMs: number | undefined;
  readonly firstByteAtMs: number | undefined;
  readonly answeredAtMs: number | undefined;
  readonly gymDateMs: number | undefined;
  readonly result: ShotResult;
}

export type FromThread =
  | { kind: 'warm'; batch: number; part: number; ready: number; cold: number }
  | { kind: 'shot'; batch: number; shot: ShotReport };

/** The present instant in milliseconds of process.hrtime, which reads alike in the main thread and in the sender's thread. */
export const hrtimeMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/**
 * By how many ms hrtime shows more than `performance.now()` at the same instant: a constant, because both clocks tick alike. The result is the upper
 * bound of the narrowest of 32 comparisons of hrtime with `performance.now()`: the error (below 1 µs) can only make a shot late, never early.
 */
export function hrtimeAheadMs(): number {
  let best = { spreadMs: Number.POSITIVE_INFINITY, aheadMs: 0 };
  for (let reading = 0; reading < 32; reading += 1) {
    const before = hrtimeMs();
    const now = performance.now();
    const after = hrtimeMs();
    if (after - before < best.spreadMs) best = { spreadMs: after - before, aheadMs: after - now };
  }
  return best.aheadMs;
}

/** Returns the report with its instants moved by `shiftMs`. */
export function inEpoch(shot: ShotReport, shiftMs: number): ShotReport {
  const epoch = (atMs: number | undefined): number | undefined => (atMs === undefined ? undefined : atMs + shiftMs);
  const { sentAtMs, firstByteAtMs, answeredAtMs } = shot;
  return {
    ...shot,
    sentAtMs: epoch(sentAtMs),
    firstByteAtMs: epoch(firstByteAtMs),
    answeredAtMs: epoch(answeredAtMs),
  };
}
