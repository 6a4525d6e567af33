// Finds out what the gym did after an answer in words only: its list is read at once, and again when it has had time to show a booking. It sends
// nothing. Two reads without a place, with a session that the gym knows, confirm the refusal; anything less proves nothing.
import type { BookAnswer } from '../gym/gym.ts';
import type { Entrant } from './entrant.ts';
import type { Race } from './race-context.ts';
import { lookForPlace, type ReadServices, type Trace } from './read-back.ts';

/** After the answer: the first read, and the second, since the list may lag by twenty seconds. */
const LOOKS_AT_MS = [500, 21_000] as const;
/** One read takes about this long at most; near the platform's end none is begun. */
const LOOK_MS = 8_000;

/** Returns what a clear answer would have been: refused, accepted, or still unknown. Instants are ms on the race's clock. */
export async function lookTwice(
  race: ReadServices & Pick<Race, 'nowMs' | 'until'>,
  { session, box, prebooking }: Pick<Entrant, 'session' | 'box' | 'prebooking'>,
  said: string,
  trace: Trace,
): Promise<BookAnswer> {
  const unknown = { kind: 'unknown', reason: 'words that no look bore out' } as const;
  const { clock, gym, until, nowMs } = race;
  const answeredAtMs = nowMs();
  if (until && answeredAtMs + LOOKS_AT_MS[1] + LOOK_MS > until.getTime()) return unknown;
  for (const atMs of LOOKS_AT_MS) {
    await clock.sleep(answeredAtMs + atMs - nowMs());
    const sight = await lookForPlace(race, session, box, prebooking, trace);
    if (!sight) return unknown;
    if (sight.mine) return { kind: 'accepted', reservationId: sight.mine.reservationId };
  }
  // A list shown to a session that the gym has forgotten holds no place of anybody.
  const isKnown = await gym.isAlive(session.key);
  return isKnown ? { kind: 'refused', reason: said, said } : unknown;
}
