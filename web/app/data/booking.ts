// What a member does about a class: book, cancel, prebook, withdraw. Each is sent once, and the lists are read again afterwards.
import type { Answer, Prebooking } from '../../client/contract.ts';
import { type Box, client } from './member.ts';
import { addPrebooking, type GymClass, mergePrebooking, rereadDay } from './queries.ts';

export interface ClassAt {
  readonly box: Box;
  readonly day: string;
  readonly lesson: GymClass;
}
export type Booked = Answer<'/api/booking', 'post'>;
export type Cancelled = Answer<'/api/booking', 'delete'>;
export type Wished = Answer<'/api/prebookings', 'post'>;

const again = ({ box, day }: Pick<ClassAt, 'box' | 'day'>): Promise<void> => rereadDay(box.id, day);

/** Throws ClientError; without an answer the class may have been booked. */
export async function book(at: ClassAt, waitlist: boolean): Promise<Booked> {
  const body = { boxId: at.box.id, day: at.day, classId: at.lesson.id, ...(waitlist && { waitlist }) };
  try {
    return await client.call('post', '/api/booking', { body, idempotencyKey: crypto.randomUUID() });
  } finally {
    await again(at);
  }
}

export async function cancel(
  at: Pick<ClassAt, 'box' | 'day'>,
  reservationId: string,
  acceptLate: boolean,
): Promise<Cancelled> {
  const body = { boxId: at.box.id, day: at.day, reservationId, ...(acceptLate && { acceptLate }) };
  try {
    return await client.call('delete', '/api/booking', { body });
  } finally {
    await again(at);
  }
}

export interface WishMore {
  readonly others?: readonly GymClass[];
  readonly waitlist?: boolean;
  /** If the box's rule is not known: when the member says it opens. */
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
  addPrebooking(made.prebooking);
  return made;
}

export async function withdraw(id: string): Promise<Prebooking> {
  const { prebooking } = await client.call('delete', '/api/prebookings/{id}', { path: { id } });
  mergePrebooking(prebooking);
  return prebooking;
}

/** The same wish once more, to undo a withdrawal. */
export async function wishAgain({ boxId, day, timeId, className, opensAt }: Prebooking): Promise<Prebooking> {
  const body = { boxId, day, timeId, ...(className !== null && { className }), opensAt };
  const { prebooking } = await client.call('post', '/api/prebookings', { body, idempotencyKey: crypto.randomUUID() });
  addPrebooking(prebooking);
  return prebooking;
}
