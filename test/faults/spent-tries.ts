// The one documented way in which a session may be lost although the gym would have forgiven, or be declared later than a cycle: its eight tries
// of the hour went to processes that were lost and to calls that failed, and the gym's patience ended while it rested (docs/decisions.md, "Of the
// eight tries an hour three are kept for later"). Every other late or lost session is a violation.
import { GRACE_MS } from './cast.ts';
import type { Attempt, Episode } from './episode.ts';

const HOUR_MS = 3_600_000;
const TRIES = 8;
const MIN_DIED = 5;

/** As the service counts: what was not sent, turned away, given back or heard as a refusal costs nothing. */
const FREE: readonly string[] = ['released', 'turned-away', 'not-sent', 'refused'];
const died = ({ state, reason }: Attempt): boolean => state === 'sent' || reason === 'owner lost';
const broughtNothing = ({ state }: Attempt): boolean => state === 'sent' || state === 'unknown';

interface Rest {
  /** The eighth try. */
  readonly fromMs: number;
  /** The first is an hour old. */
  readonly untilMs: number;
}

/** The rest of a session that spent its tries so, and that was really left alone through it; undefined for any other. */
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

/** Whether the gym's grace for the token in hand ended while the session rested so. */
export function isLostInRest(episode: Pick<Episode, 'attempts' | 'calls' | 'mode'>): boolean {
  const rest = restOf(episode);
  if (!rest || episode.mode !== 'grace') return false;
  const rotations = episode.calls.filter(({ effect, simAtMs }) => effect?.what === 'rotated' && simAtMs <= rest.fromMs);
  const graceEndsMs = Math.max(...rotations.map(({ simAtMs }) => simAtMs)) + GRACE_MS;
  return graceEndsMs >= rest.fromMs && graceEndsMs < rest.untilMs;
}
