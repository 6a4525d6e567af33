// A route's answer before faults change it, and the visit that a route is given.
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
  /** A body that is sent as text/html, as the real gym sends JSON, unless `headers` say otherwise. */
  json?: unknown;
  html?: string;
  /** Text around the body: a PHP notice before it, or a comment after it. */
  around?: { before: string; after: string };
  headers?: Record<string, string>;
  setCookies?: string[];
  effect?: Effect;
}

/** One call, read and matched to its member and session; `atMs` is the instant of the gym's clock at which the call is decided. */
export interface Visit {
  world: World;
  /**
   * The world's reservations when the call arrived. If the world holds another list of reservations when the call is decided, a test emptied the
   * world after the call arrived.
   */
  reservations: Reservations;
  address: Address;
  call: Call;
  form: URLSearchParams;
  json: Record<string, unknown>;
  session: Session | undefined;
  /** Which session the call's cookies open, and what each cookie's value is worth: current, older, dead, unknown or absent. */
  cookies: Recognised<Session>;
  member: Member | undefined;
  box: Box | undefined;
  /** The token that the call carries in its form or its query; the history keeps the first digits of the token's hash. */
  tokenShown: string | null;
  atMs: number;
}

/** Takes the newest knob of the kind `kind` that matches the present call, if there is one; the call counts as one use of the knob. */
export type Take = <K extends KnobKind>(kind: K) => KnobOf<K> | undefined;

export const ok = (json: unknown, effect?: Effect): Reply => ({ status: 200, json, ...(effect ? { effect } : {}) });
export const htmlReply = (status: number, html: string): Reply => ({ status, html });

/** The answer to a call with the cookies of a dead session: always 200, never 401. */
export const loggedOut = (): Reply => ok({ logout: 1 });
