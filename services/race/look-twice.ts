// Finds out what the gym did when it answered a booking in words without a code: the gym's list is read soon, and again when it has had time to show
// a booking. No booking is sent. Two reads without a place, with a session that the gym knows, confirm the refusal; anything less proves nothing.
import type { BookAnswer } from '../gym/gym.ts';
import type { Entrant } from './entrant.ts';
import type { Race } from './race-context.ts';
import { lookForPlace, type ReadServices, type Trace } from './read-back.ts';

/** When the two reads begin, ms after the answer; the gym's list may lag by twenty seconds. */
const LOOKS_AT_MS = [500, 21_000] as const;
/** A read takes about this long at most; the two reads must be over before the hosting platform ends the process. */
const LOOK_MS = 8_000;

/** Returns the clear answer that the gym's words stand for: refused, accepted, or still unknown. Instants are ms on the race's clock. */
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
  // A session that the gym has forgotten gets a list without any member's places, so a read with such a session proves nothing.
  const isKnown = await gym.isAlive(session.key);
  return isKnown ? { kind: 'refused', reason: said, said } : unknown;
}
