// Tells from the gym's list which of a prebooking's wished classes still has a free place. `roomLeft` reads the gym's list at most once, and sends no
// booking.
import type { Gym, GymBox, Slot } from '../gym/gym.ts';
import { choicesOf } from '../prebooking/class-choice.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { BackgroundSession } from '../session/session.ts';

const hasRoom = ({ limit, occupied }: Slot): boolean =>
  limit === undefined || occupied === undefined || occupied < limit;

/** The first wished class, in the member's order, that has a free place or does not show its number of places; undefined when there is none. */
export const roomIn = (prebooking: Prebooking, slots: readonly Slot[]): Slot | undefined =>
  choicesOf(prebooking, slots).find(hasRoom);

/**
 * Reads the gym's list, and returns the first wished class that has a free place, as `roomIn` does. Throws gym/… when the gym's list cannot be read.
 */
export async function roomLeft(
  gym: Pick<Gym, 'readDay'>,
  session: BackgroundSession,
  box: GymBox,
  prebooking: Prebooking,
): Promise<Slot | undefined> {
  const day = await gym.readDay(session.key, box, prebooking.day, prebooking.familyId);
  return day.kind === 'day' ? roomIn(prebooking, day.slots) : undefined;
}
