// The orders that a service process of a race campaign gets, and the event lines that the process writes.
import type { Note } from '../staging/notes.ts';
import type { Numbered, ServiceSetting } from '../staging/orders.ts';
import type { Point } from './openings.ts';

/** What a service process needs to know; it gets all of it at its start. */
export interface RaceSetting extends ServiceSetting {
  readonly publishableKey: string;
  readonly sessionSigningKey: string;
  readonly queueKeys: { readonly current: string; readonly next: string };
  readonly publicUrl: string;
  /** For each box id: the kill point at which this process kills itself. */
  readonly points: Readonly<Record<string, Point>>;
}

export type Errand =
  | { readonly do: 'execute'; readonly prebookingId: string; readonly jti: string; readonly until: number | undefined }
  | { readonly do: 'request'; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly do: 'sweep' }
  | { readonly do: 'withdraw'; readonly userId: string; readonly prebookingId: string }
  /** Sets, for each box id, the kill point at which this process kills itself. */
  | { readonly do: 'points'; readonly points: Readonly<Record<string, Point>> };

/** An order as it is sent to a service process. `offsetMs` is how far the campaign has moved every clock on by hand, in ms. */
export type Order = Errand & Numbered & { readonly offsetMs: number };

export interface RaceEvent extends Note {
  readonly event: 'claimed' | 'armed' | 'killed';
  readonly boxId: string;
  readonly point?: Point;
}
