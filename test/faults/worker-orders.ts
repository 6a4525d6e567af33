// The orders that a service process of a renewal campaign gets, and the event lines that the process writes.
import type { SessionType } from '../../services/session/session.ts';
import type { Point } from './plan.ts';
import type { Note } from './staging/notes.ts';
import type { Numbered, ServiceSetting } from './staging/orders.ts';

/** Everything that a service process of a renewal campaign needs to know; the process gets it at its start. */
export interface WorkerSetting extends ServiceSetting {
  /**
   * How many times faster than real time the process's timeouts and waits run, so that a minute takes seconds; the parent process makes the
   * database's leases age as fast.
   */
  readonly haste: number;
  /** How far, in ms, this process's clock is ahead of the campaign's clock (`nowMs` of the orders); negative when it is behind. */
  readonly skewMs: number;
  /** The spool's folder: a name in the folder of the stand, or an absolute path. */
  readonly spoolFolder: string;
  /** True: every write to the spool fails, as on a full disk. */
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
      /** For a session's fingerprint (device name at the gym), the kill point at which this process kills itself while renewing the session. */
      readonly points: Readonly<Record<string, Point>>;
      /** How many renewals run at once; the service's own choice when absent. */
      readonly concurrency?: number;
      /** How long, in ms of real time, this process blocks its event loop, once, right after it gets its first leases. */
      readonly blockMs?: number;
    }
  /** An order to return the process's memory use after a full garbage collection. */
  | { readonly do: 'weigh'; readonly nowMs: number }
  /** An order to renew the named sessions all at the same time, as if several callers asked for them while other passes run. */
  | ({ readonly do: 'freshen' } & Wanted)
  /** An order to renew the named device sessions, as if each of the members' devices asked for the renewal of its own session. */
  | ({ readonly do: 'devices'; readonly points: Readonly<Record<string, Point>> } & Wanted);

export type Order = Errand & Numbered;

/**
 * The event `called`: the process is about to call the gym. `received`: the process has read a token in the gym's answer. `kept`: the gym's answer is
 * in the spool on disk.
 */
export interface WorkerEvent extends Note {
  readonly event: 'called' | 'received' | 'kept' | 'answered' | 'killed' | 'blocked';
  readonly fingerprint: string;
  /** First 8 hex digits of the sha256 of the token that the event is about. */
  readonly token?: string;
  /** The value of the cookie AWSALB that came with the token that the event is about. */
  readonly cookie?: string;
  /** First 8 hex digits of the sha256 of the login cookie that came with the event's token; absent when no such cookie came. */
  readonly auth?: string;
  readonly point?: Point;
}
