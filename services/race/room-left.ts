// Whether a class that a member wished for still has a place, as the gym's list shows it to them. One look; it sends nothing.
import type { Gym, GymBox, Slot } from '../gym/gym.ts';
import { choicesOf } from '../prebooking/class-choice.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { BackgroundSession } from '../session/session.ts';

const hasRoom = ({ limit, occupied }: Slot): boolean =>
  limit === undefined || occupied === undefined || occupied < limit;

/** The first wished class with a place; `undefined` when none has. Throws gym/… when the list cannot be read. */
export async function roomLeft(
  gym: Pick<Gym, 'readDay'>,
  session: BackgroundSession,
  box: GymBox,
  prebooking: Prebooking,
): Promise<Slot | undefined> {
  const day = await gym.readDay(session.key, box, prebooking.day, prebooking.familyId);
  return day.kind === 'day' ? choicesOf(prebooking, day.slots).find(hasRoom) : undefined;
}
