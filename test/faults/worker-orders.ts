// What a service process of the renewals is told to do, and the event lines it leaves.
import type { SessionType } from '../../services/session/session.ts';
import type { Point } from './plan.ts';
import type { Note } from './staging/notes.ts';
import type { Numbered, ServiceSetting } from './staging/orders.ts';

/** Everything a service process needs to know, handed over at its start. */
export interface WorkerSetting extends ServiceSetting {
  /** Pauses are this many times shorter, so that a minute's patience takes seconds; the parent ages the database's leases. */
  readonly haste: number;
  /** How far this process's clock is ahead of all the others. */
  readonly skewMs: number;
  /** The spool's folder: under `folder`, or an absolute path. */
  readonly spoolFolder: string;
  /** Every write to the spool fails for want of room. */
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
      /** By fingerprint: where this process shall kill itself. */
      readonly points: Readonly<Record<string, Point>>;
      /** Renewals out at once; the service's own choice when absent. */
      readonly concurrency?: number;
      /** For how long this process is blocked (real time), once, right after its first leases are granted. */
      readonly blockMs?: number;
    }
  /** Returns this process's memory after a full garbage collection. */
  | { readonly do: 'weigh'; readonly nowMs: number }
  /** Several callers want these sessions fresh at once, beside others. */
  | ({ readonly do: 'freshen' } & Wanted)
  /** Each of these devices asks for its own session: a pass over members' devices. */
  | ({ readonly do: 'devices'; readonly points: Readonly<Record<string, Point>> } & Wanted);

export type Order = Errand & Numbered;

/** `called`: the gym is about to be asked. `received`: a token has been read. `kept`: the receipt is on disk. */
export interface WorkerEvent extends Note {
  readonly event: 'called' | 'received' | 'kept' | 'answered' | 'killed' | 'blocked';
  readonly fingerprint: string;
  /** First 8 hex digits of sha256 of the token it is about. */
  readonly token?: string;
  /** The AWSALB value that came with it. */
  readonly cookie?: string;
  /** Of the login cookie that was issued again with it, the same hash; absent where none was. */
  readonly auth?: string;
  readonly point?: Point;
}
