// What a route answers before the faults get at it, and what a route is given.
import type { Address } from './address.ts';
import type { Effect } from './history.ts';
import type { KnobKind, KnobOf } from './knob-shapes.ts';
import type { Call } from './knobs.ts';
import type { Reservations } from './reservations.ts';
import type { Recognised } from './session-cookies.ts';
import type { Session } from './sessions.ts';
import type { Box } from './slot.ts';
import type { Member, World } from './world.ts';

export interface Reply {
  status: number;
  /** Served as text/html, as the real one does, unless the route says otherwise. */
  json?: unknown;
  html?: string;
  /** What stands around the body: a PHP notice before it, a comment after it. */
  around?: { before: string; after: string };
  headers?: Record<string, string>;
  setCookies?: string[];
  effect?: Effect;
}

/** One call, read and matched to member and session; `atMs` is the gym's instant at which it is judged. */
export interface Visit {
  world: World;
  /** The book at arrival: another one in the world means it was emptied since. */
  reservations: Reservations;
  address: Address;
  call: Call;
  form: URLSearchParams;
  json: Record<string, unknown>;
  session: Session | undefined;
  /** What its cookies are worth. */
  cookies: Recognised<Session>;
  member: Member | undefined;
  box: Box | undefined;
  /** The token in the form or the query, for its hash in the history. */
  tokenShown: string | null;
  atMs: number;
}

/** Uses up the newest knob of that kind that matches the call at hand, if there is one. */
export type Take = <K extends KnobKind>(kind: K) => KnobOf<K> | undefined;

export const ok = (json: unknown, effect?: Effect): Reply => ({ status: 200, json, ...(effect ? { effect } : {}) });
export const htmlReply = (status: number, html: string): Reply => ({ status, html });

/** A dead session's answer: always 200, never 401. */
export const loggedOut = (): Reply => ok({ logout: 1 });
