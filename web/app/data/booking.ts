// What a member does about a class: book, cancel, prebook, withdraw. A request that got no answer is not sent again. After a request, every
// list that the request may have changed (classes, agenda, prebookings) is read again from the service or corrected in the cache.
import type { Answer, Prebooking } from '../../client/contract.ts';
import { noteGivenBack, notePrebooking, refreshAgenda } from './agenda.ts';
import { type Box, client, isAway } from './member.ts';
import { addPrebooking, changeDay, type GymClass, mergePrebooking, rereadDay } from './queries.ts';

export interface ClassAt {
  readonly box: Box;
  readonly day: string;
  readonly lesson: GymClass;
}
export type Booked = Answer<'/api/booking', 'post'>;
export type Cancelled = Answer<'/api/booking', 'delete'>;
export type Wished = Answer<'/api/prebookings', 'post'>;

/** Begins to read the day again. No caller waits for the read, because the gym's list may come late or never. */
const again = ({ box, day }: Pick<ClassAt, 'box' | 'day'>): void => void rereadDay(box.id, day);

const PLACES: readonly string[] = ['booked', 'waitlisted'] satisfies Booked['outcome'][];
const isPlace = (outcome: string): outcome is 'booked' | 'waitlisted' => PLACES.includes(outcome);

/** Books a class, or joins its waitlist. Throws ClientError; after a call without an answer the class may have been booked. */
export async function book(at: ClassAt, waitlist: boolean): Promise<Booked> {
  const body = { boxId: at.box.id, day: at.day, classId: at.lesson.id, ...(waitlist && { waitlist }) };
  try {
    const answer = await client.call('post', '/api/booking', { body, idempotencyKey: crypto.randomUUID() });
    const { outcome, reservationId } = answer;
    if (isPlace(outcome) && reservationId !== undefined)
      changeDay(at.box.id, at.day, (one) => (one.id === at.lesson.id ? { ...one, mine: outcome, reservationId } : one));
    return answer;
  } finally {
    void refreshAgenda();
    again(at);
  }
}

export async function cancel(
  at: Pick<ClassAt, 'box' | 'day'>,
  reservationId: string,
  acceptLate: boolean,
): Promise<Cancelled> {
  const body = { boxId: at.box.id, day: at.day, reservationId, ...(acceptLate && { acceptLate }) };
  try {
    const answer = await client.call('delete', '/api/booking', { body });
    if (answer.outcome === 'cancelled') {
      noteGivenBack(reservationId);
      changeDay(at.box.id, at.day, (one) =>
        one.reservationId === reservationId ? { ...one, mine: null, reservationId: null } : one,
      );
    } else if (answer.outcome === 'not-found') void refreshAgenda();
    return answer;
  } finally {
    again(at);
  }
}

export interface WishMore {
  readonly others?: readonly GymClass[];
  readonly waitlist?: boolean;
  /** When booking of the class opens, as the member says; needed only if the box's opening rule is not known. */
  readonly opensAt?: string;
}

export async function prebook({ box, day, lesson }: ClassAt, more: WishMore = {}): Promise<Wished> {
  const { others = [], waitlist = false, opensAt } = more;
  const body = {
    ...{ boxId: box.id, day, timeId: lesson.timeId, className: lesson.name },
    ...(others.length > 0 && { alternatives: others.map(({ timeId, name }) => ({ timeId, className: name })) }),
    ...(waitlist && { waitlist }),
    ...(opensAt !== undefined && { opensAt }),
  };
  const made = await client.call('post', '/api/prebookings', { body, idempotencyKey: crypto.randomUUID() });
  noteMade(made.prebooking);
  return made;
}

function noteMade(prebooking: Prebooking): void {
  addPrebooking(prebooking);
  notePrebooking(prebooking);
}

/** Withdraws a prebooking. Throws ClientError. */
export async function withdraw(id: string): Promise<Prebooking> {
  const { prebooking } = await client.call('delete', '/api/prebookings/{id}', { path: { id } });
  mergePrebooking(prebooking);
  notePrebooking(prebooking);
  return prebooking;
}

/** Makes a prebooking with the same choices as a withdrawn one: the undo of a withdrawal. Throws ClientError. */
export async function wishAgain(id: string): Promise<Prebooking> {
  const { prebooking: before } = await client.call('get', '/api/prebookings/{id}', { path: { id } });
  const { boxId, day, timeId, className, familyId, waitlist, alternatives, opensAt } = before;
  const body = {
    ...{ boxId, day, timeId, waitlist, alternatives, opensAt },
    ...(className !== null && { className }),
    ...(familyId !== undefined && { familyId }),
  };
  const { prebooking } = await client.call('post', '/api/prebookings', { body, idempotencyKey: crypto.randomUUID() });
  noteMade(prebooking);
  return prebooking;
}

/**
 * Replaces a waiting prebooking by one with other choices. If the service refuses the new prebooking, the former one is made again. If the service's
 * answer is lost, the former prebooking is not made again, because the new one may exist and the two would book two places. Throws ClientError.
 * @param onRestored called with the new id of the former prebooking after it was made again.
 */
export async function wishInstead(
  id: string,
  at: ClassAt,
  more: WishMore,
  onRestored: (id: string) => void,
): Promise<Wished> {
  await withdraw(id);
  try {
    return await prebook(at, more);
  } catch (error) {
    const restored = isAway(error) ? undefined : await wishAgain(id).catch(() => undefined);
    if (restored) onRestored(restored.id);
    throw error;
  }
}
