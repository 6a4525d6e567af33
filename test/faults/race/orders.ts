// The orders that a service process of the races gets, and the event lines that the process writes.
import type { Note } from '../staging/notes.ts';
import type { Numbered, ServiceSetting } from '../staging/orders.ts';
import type { Point } from './openings.ts';

/** Everything a service process needs to know, handed over at its start. */
export interface RaceSetting extends ServiceSetting {
  readonly publishableKey: string;
  readonly sessionSigningKey: string;
  readonly queueKeys: { readonly current: string; readonly next: string };
  readonly publicUrl: string;
  /** By box id: the point at which this process kills itself. */
  readonly points: Readonly<Record<string, Point>>;
}

export type Errand =
  | { readonly do: 'execute'; readonly prebookingId: string; readonly jti: string; readonly until: number | undefined }
  | { readonly do: 'request'; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly do: 'sweep' }
  | { readonly do: 'withdraw'; readonly userId: string; readonly prebookingId: string }
  /** Sets, by box id, the point at which this process kills itself. */
  | { readonly do: 'points'; readonly points: Readonly<Record<string, Point>> };

/** An order on the wire. `offsetMs`: how far the hand-moved part of every clock has gone. */
export type Order = Errand & Numbered & { readonly offsetMs: number };

export interface RaceEvent extends Note {
  readonly event: 'claimed' | 'armed' | 'killed';
  readonly boxId: string;
  readonly point?: Point;
}
