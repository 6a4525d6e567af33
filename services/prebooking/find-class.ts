// Finds, in the gym's list of the wished day, the class that a wish means. `findClass` is pure; its caller has read the gym's list.
import { Failure } from '../failures.ts';
import { cleanName } from '../gym/foreign-text.ts';
import type { Slot } from '../gym/gym.ts';
import { missingIn, resolveSlot } from './class-choice.ts';
import type { Alternative } from './prebooking.ts';

/** What the gym's list says of the wished class: whether the member's plan at the gym includes the class, and whether the class is cancelled. */
export type ListedAs = Pick<Slot, 'isInPlan' | 'isCancelled'>;

export interface Found {
  readonly classId: string | undefined;
  readonly timeId: string;
  readonly className: string | undefined;
  /** Undefined if `findClass` was given an empty list: the gym has not published the day, or the caller read no list. */
  readonly listed: ListedAs | undefined;
}

export interface ClassWish {
  readonly classId?: string | undefined;
  readonly timeId?: string | undefined;
  readonly className?: string | undefined;
  readonly alternatives?: readonly Alternative[] | undefined;
}

/**
 * Returns the class that the wish means. The hour and the name that the member gave are accepted unchecked only for a day on which the gym lists no
 * class yet. Throws prebooking/class-missing, prebooking/class-cancelled.
 */
export function findClass(slots: readonly Slot[], wish: ClassWish): Found {
  const byId = slots.find((slot) => slot.id === wish.classId);
  const className = wish.className === undefined ? undefined : cleanName(wish.className) || undefined;
  const timeId = wish.timeId ?? byId?.timeId;
  if (slots.length === 0) {
    if (timeId === undefined) throw classMissing('That day is not listed yet: give timeId and className.');
    return { classId: wish.classId, timeId, className, listed: undefined };
  }
  if (timeId === undefined) throw classMissing('Expected classId or timeId of a class on that day.');
  const asked = { timeId, className: className ?? byId?.name, classId: wish.classId };
  const slot = resolveSlot(slots, asked) ?? resolveSlot(slots.map(opened), asked);
  if (slot) return { classId: slot.id, timeId: slot.timeId, className: slot.name, listed: slot };
  if (missingIn(slots, asked) !== 'class-cancelled')
    throw classMissing('Expected exactly one class of that day to answer to timeId and className.');
  // A wish for a cancelled class is accepted if `resolveSlot` finds a class for one of its alternatives. The race can then book that class, or
  // the cancelled class if the gym has reinstated it.
  const others = wish.alternatives ?? [];
  const stands = others.some((one) => resolveSlot(slots, { ...asked, classId: undefined, ...given(one) }));
  if (stands) return { ...asked, listed: { isCancelled: true, isInPlan: undefined } };
  throw new Failure('prebooking/class-cancelled', 'The gym has called this class off.');
}

const given = ({ timeId, className }: Alternative) => ({
  ...(timeId !== undefined && { timeId }),
  ...(className !== undefined && { className }),
});

/**
 * A copy of the class, marked as bookable unless the class is cancelled. The gym may still let members book the class; until then, readiness reports
 * `class-closed`.
 */
const opened = (slot: Slot): Slot => ({ ...slot, isBookable: !slot.isCancelled });

const classMissing = (message: string): Failure => new Failure('prebooking/class-missing', message);
