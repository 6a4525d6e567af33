// A session may be lost when eight tries to renew it brought nothing within an hour and the gym's grace (its time for accepting a replaced token)
// ended before the hour did. docs/decisions.md says why ("Of the eight tries an hour three are kept for later"). After eight such tries, a dead
// session may be declared dead as late as one refresh cycle after that hour.
import { GRACE_MS } from './cast.ts';
import type { Attempt, Episode } from './episode.ts';

const HOUR_MS = 3_600_000;
const TRIES = 8;
const MIN_DIED = 5;

/**
 * The states of attempts that do not count towards the eight tries of an hour: the lease was released without a request, the gym answered 403 or 429,
 * the request was not sent, or the gym refused the token.
 */
const FREE: readonly string[] = ['released', 'turned-away', 'not-sent', 'refused'];
const died = ({ state, reason }: Attempt): boolean => state === 'sent' || reason === 'owner lost';
const broughtNothing = ({ state }: Attempt): boolean => state === 'sent' || state === 'unknown';

interface Rest {
  /** When the rest (the time without tries, after eight vain tries in one hour) begins: the instant of the eighth vain try. */
  readonly fromMs: number;
  /** When the rest (the time without tries, after eight vain tries in one hour) ends: one hour after the first of these tries. */
  readonly untilMs: number;
}

/**
 * Gives the episode's first rest (time without tries) after eight vain tries within an hour, at least five of which failed because a process died.
 * Undefined if the episode has no such eight tries, or if another try was made within an hour of the first of them.
 */
export function restOf({ attempts }: Pick<Episode, 'attempts'>): Rest | undefined {
  const inTurn = [...attempts].sort((a, b) => a.atMs - b.atMs);
  const charged = inTurn.filter(({ state }) => !FREE.includes(state));
  for (const [at, first] of charged.entries()) {
    const eight = charged.slice(at, at + TRIES);
    const [eighth] = eight.slice(TRIES - 1);
    const untilMs = first.atMs + HOUR_MS;
    if (!eighth || eighth.atMs >= untilMs || !eight.every(broughtNothing)) continue;
    if (eight.filter(died).length < MIN_DIED) continue;
    if (inTurn.some(({ atMs }) => atMs > eighth.atMs && atMs < untilMs)) continue;
    return { fromMs: eighth.atMs, untilMs };
  }
  return undefined;
}

/** Tells whether the gym's grace (its time for accepting a replaced token) ended for the stored token while the session had no tries left. */
export function isLostInRest(episode: Pick<Episode, 'attempts' | 'calls' | 'mode'>): boolean {
  const rest = restOf(episode);
  if (!rest || episode.mode !== 'grace') return false;
  const rotations = episode.calls.filter(({ effect, simAtMs }) => effect?.what === 'rotated' && simAtMs <= rest.fromMs);
  const graceEndsMs = Math.max(...rotations.map(({ simAtMs }) => simAtMs)) + GRACE_MS;
  return graceEndsMs >= rest.fromMs && graceEndsMs < rest.untilMs;
}
