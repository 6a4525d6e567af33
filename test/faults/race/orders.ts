// What the staging process and a service process of the race harness say to each other, and the event lines a service process leaves.
import type { Point } from './openings.ts';

/** Everything a service process needs to know, handed over at its start. Secrets in their wire form: this is loopback and a child. */
export interface RaceSetting {
  readonly slot: number;
  readonly supabaseUrl: string;
  readonly secretKey: string;
  readonly publishableKey: string;
  readonly keyring: string;
  readonly sessionSigningKey: string;
  readonly queueKeys: { readonly current: string; readonly next: string };
  readonly publicUrl: string;
  readonly gymUrls: { readonly loginUrl: string; readonly mainUrl: string; readonly boxUrlTemplate: string };
  readonly folder: string;
  readonly postgresUrl: string;
  /** By box id: where this process shall kill itself. */
  readonly points: Readonly<Record<string, Point>>;
}

export type RaceOrder =
  | { readonly do: 'execute'; readonly prebookingId: string; readonly jti: string; readonly until: number | undefined }
  | { readonly do: 'request'; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly do: 'sweep' }
  | { readonly do: 'withdraw'; readonly userId: string; readonly prebookingId: string }
  /** By box id: where this process shall kill itself. */
  | { readonly do: 'points'; readonly points: Readonly<Record<string, Point>> };

/** `offsetMs`: how far the hand-moved part of every clock has gone. `engine`: `real`, or the name of a wrong twin. */
export type Numbered = RaceOrder & { readonly id: number; readonly offsetMs: number; readonly engine: string };

export interface Done {
  readonly report?: unknown;
  readonly code?: string;
  readonly said?: string;
}
export type Reply = { readonly ready: true } | ({ readonly id: number } & Done);

export interface RaceEvent {
  readonly atMs: number;
  readonly slot: number;
  readonly pid: number;
  readonly event: 'claimed' | 'armed' | 'killed';
  readonly boxId: string;
  readonly point?: Point;
}
