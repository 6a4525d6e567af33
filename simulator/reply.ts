// The shapes of a route's answer, before knobs change it, and of a visit, the argument of a route (the function that answers one call).
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
  /** A body that is sent as JSON text; its content type is text/html, as at the real gym, unless `headers` say otherwise. */
  json?: unknown;
  html?: string;
  /** Texts before and after the body, such as a PHP notice before it. */
  around?: { before: string; after: string };
  headers?: Record<string, string>;
  setCookies?: string[];
  effect?: Effect;
}

/** One call, read and matched to its member and session; `atMs` is the instant of the gym's clock at which the call is decided. */
export interface Visit {
  world: World;
  /**
   * The world's list of reservations at the time of the call's arrival. If the world holds another list of reservations when the call is decided, a
   * test emptied the world after the call arrived.
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
  /** The token that the call carries in its form or its query; the history keeps only the first 8 digits of the token's hash. */
  tokenShown: string | null;
  atMs: number;
}

/** Takes the newest knob of the kind `kind` that matches the present call, if there is one; the call counts as one use of the knob. */
export type Take = <K extends KnobKind>(kind: K) => KnobOf<K> | undefined;

export const ok = (json: unknown, effect?: Effect): Reply => ({ status: 200, json, ...(effect ? { effect } : {}) });
export const htmlReply = (status: number, html: string): Reply => ({ status, html });

/** The answer to a call with the cookies of a dead session; its status is always 200, never 401. */
export const loggedOut = (): Reply => ok({ logout: 1 });
