// What the sender's two sides say to each other, and the cells of shared memory in which a shot changes hands.
// All times here are milliseconds of process.hrtime: the one clock that both threads read alike.
import type { NotSent, PreparedRequest, RawAnswer, Unknown } from '../gym/gym.ts';

/**
 * The state of one shot, one Int32 each. Whoever moves it from `loaded` owns the shot, even while the other thread is
 * blocked: withdrawing and writing can never both win.
 */
export const CELL = { loaded: 0, withdrawn: 1, written: 2 } as const;

export interface BatchOptions {
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly warmTimeoutMs: number;
  readonly answerTimeoutMs: number;
  readonly tls: { readonly rejectUnauthorized?: boolean; readonly ca?: string };
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

/** Now, on the clock that both threads share. */
export const hrtimeMs = (): number => Number(process.hrtime.bigint()) / 1e6;
