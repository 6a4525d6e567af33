// The types of a call to the embedded queue and of its answer, and what a listing call asks for: which messages, and at most how many. This file uses
// neither database nor network.
import type { Pool } from 'pg';
import type { Clock } from '../../services/clock.ts';
import { Failure } from '../../services/failures.ts';
import type { Secret } from '../../services/secret.ts';
import type { Filter } from './store.ts';
import type { Headers } from './wire.ts';

export interface Call {
  readonly method: string;
  /** Path and query of the call, as sent: a destination inside the path must stay unchanged. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface RouteContext {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly signingKeys: { readonly current: Secret; readonly next: Secret };
}

/** A function that answers one call; `tail` is the variable part of the path. */
export type Run = (context: RouteContext, call: Call, tail: string) => Promise<Answer>;

export const ok = (body: unknown, status = 200): Answer => ({ status, body });
export const invalid = (message: string): Failure => new Failure('request/invalid', message);
export const missing = (what: string): Answer => ({ status: 404, body: { error: `${what} not found` } });

const NO_FILTERS = ['count', 'cursor', 'order'];
const MAX_COUNT = 1000;
const DEFAULT_COUNT = 100;

export const queryOf = (call: Call): URLSearchParams => new URL(call.target, 'http://queue').searchParams;

/**
 * The filters of a call that lists messages. Throws `request/invalid` for an unknown filter: ignoring a filter would show more messages than were
 * asked for.
 */
export function filterOf(call: Call): Filter {
  const filter: Partial<Record<keyof Filter, string>> = {};
  for (const [name, value] of queryOf(call)) {
    if (NO_FILTERS.includes(name)) continue;
    if (name !== 'url' && name !== 'label') throw invalid(`The embedded queue does not filter by ${name}.`);
    filter[name] = value;
  }
  return filter;
}

/** How many messages the answer to a listing call may contain at most: the call's `count`, or 100 without one, and never more than 1,000. */
export const countOf = (call: Call): number =>
  Math.min(MAX_COUNT, Math.max(1, Number(queryOf(call).get('count')) || DEFAULT_COUNT));
