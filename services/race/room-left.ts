// Tells whether a class that a member wished for still has a place, by the gym's list. At most one read is made, and no booking is sent.
import type { Gym, GymBox, Slot } from '../gym/gym.ts';
import { choicesOf } from '../prebooking/class-choice.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { BackgroundSession } from '../session/session.ts';

const hasRoom = ({ limit, occupied }: Slot): boolean =>
  limit === undefined || occupied === undefined || occupied < limit;

/** The first wished class that has a place; undefined when none has. */
export const roomIn = (prebooking: Prebooking, slots: readonly Slot[]): Slot | undefined =>
  choicesOf(prebooking, slots).find(hasRoom);

/** The first wished class that has a place, by a fresh read of the gym's list. Throws gym/… when the list cannot be read. */
export async function roomLeft(
  gym: Pick<Gym, 'readDay'>,
  session: BackgroundSession,
  box: GymBox,
  prebooking: Prebooking,
): Promise<Slot | undefined> {
  const day = await gym.readDay(session.key, box, prebooking.day, prebooking.familyId);
  return day.kind === 'day' ? roomIn(prebooking, day.slots) : undefined;
}
