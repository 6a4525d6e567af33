// Finds out what the gym did when it answered a booking in words without a code: reads the gym's list soon after the answer, and again about twenty
// seconds later. This file sends no booking request. A refusal in words is believed if neither read of the gym's list shows a place of the member and
// the gym still knows the session that read it. A place in either of the two reads of the gym's list proves a booking.
import type { BookAnswer } from '../gym/gym.ts';
import type { Entrant } from './entrant.ts';
import type { Race } from './race-context.ts';
import { lookForPlace, type ReadServices, type Trace } from './read-back.ts';

/** How many ms after the gym's answer in words the two reads of the gym's list begin; the gym's list may show a booking up to twenty seconds late. */
const LOOKS_AT_MS = [500, 21_000] as const;
/** A read of the gym's list takes at most about this many ms; the second read must be over before the hosting platform ends the process. */
const LOOK_MS = 8_000;

/**
 * Returns the answer that the gym's words turn out to stand for: refused, accepted or, if neither read of the gym's list shows which, unknown.
 * `lookTwice` counts all instants in epoch ms by the race's clock.
 */
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
  // A session that the gym has forgotten gets the gym's list without the member's places, so a read with a forgotten session proves nothing.
  const isKnown = await gym.isAlive(session.key);
  return isKnown ? { kind: 'refused', reason: said, said } : unknown;
}
