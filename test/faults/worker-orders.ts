// The orders that a service process of the renewals gets, and the event lines that the process writes.
import type { SessionType } from '../../services/session/session.ts';
import type { Point } from './plan.ts';
import type { Note } from './staging/notes.ts';
import type { Numbered, ServiceSetting } from './staging/orders.ts';

/** Everything a service process needs to know, handed over at its start. */
export interface WorkerSetting extends ServiceSetting {
  /** How many times shorter pauses are, so that a timeout of a minute takes seconds; the parent process ages the database's leases. */
  readonly haste: number;
  /** How far this process's clock is ahead of the clocks of the others. */
  readonly skewMs: number;
  /** The spool's folder: a name under the process's folder, or an absolute path. */
  readonly spoolFolder: string;
  /** Makes every write to the spool fail, because the disk is full. */
  readonly isDiskFull: boolean;
}

interface Wanted {
  readonly nowMs: number;
  readonly sessionType: SessionType;
  readonly whose: readonly { readonly userId: string; readonly fingerprint: string }[];
}

export type Errand =
  | {
      readonly do: 'run';
      readonly nowMs: number;
      readonly runId: string;
      readonly only: 'troubled' | undefined;
      /** By fingerprint: the point at which this process kills itself. */
      readonly points: Readonly<Record<string, Point>>;
      /** How many renewals are out at once; the service's own choice when absent. */
      readonly concurrency?: number;
      /** How long this process is blocked (real time), once, right after it gets its first leases. */
      readonly blockMs?: number;
    }
  /** Returns this process's memory use after a full garbage collection. */
  | { readonly do: 'weigh'; readonly nowMs: number }
  /** Lets several callers ask for these sessions at once, beside other passes. */
  | ({ readonly do: 'freshen' } & Wanted)
  /** Lets each of these devices ask for its own session: a pass over members' devices. */
  | ({ readonly do: 'devices'; readonly points: Readonly<Record<string, Point>> } & Wanted);

export type Order = Errand & Numbered;

/** `called`: the process is about to ask the gym. `received`: the process has read a token. `kept`: the answer is on disk. */
export interface WorkerEvent extends Note {
  readonly event: 'called' | 'received' | 'kept' | 'answered' | 'killed' | 'blocked';
  readonly fingerprint: string;
  /** First 8 hex digits of the sha256 of the token that the event is about. */
  readonly token?: string;
  /** The value of the cookie AWSALB that came with the token. */
  readonly cookie?: string;
  /** First 8 hex digits of the sha256 of the login cookie that came with the token; absent where none came. */
  readonly auth?: string;
  readonly point?: Point;
}
