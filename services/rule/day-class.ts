// Finds, in the gym's list, the class of a day that a rule means. The functions of this file are pure.
import type { Slot } from '../gym/gym.ts';
import { missingIn, resolveSlot } from '../prebooking/class-choice.ts';
import { isSameButForCoach } from '../prebooking/class-name.ts';
import type { DayFinding, DayWish } from './rule.ts';

/**
 * The class that a rule means on a day, or the finding (why there is none) in its place. If `slot` and `finding` are both undefined, the gym has not
 * published the day.
 */
export type DayClass =
  | { readonly slot: Slot; readonly finding?: undefined }
  | { readonly slot?: undefined; readonly finding: DayFinding | undefined };

/** The classes without what depends on the member whose session read the gym's list (place, plan), because the rule may be another member's. */
export const withoutPlaces = (slots: readonly Slot[]): Slot[] =>
  slots.map((slot) => ({ ...slot, mine: undefined, reservationId: undefined, isInPlan: undefined }));

/** @param notices the box's own texts about the day: an empty day with a text is a holiday; an empty day without a text is not published yet. */
export function classOfDay(
  wish: Pick<DayWish, 'timeId' | 'className'>,
  slots: readonly Slot[],
  notices: readonly string[],
): DayClass {
  if (slots.length === 0) return { finding: notices.length > 0 ? 'class-gone' : undefined };
  const { timeId, className } = wish;
  if (timeId === undefined) return byName(className ?? '', slots);
  const asked = { timeId, className, classId: undefined };
  const slot = resolveSlot(slots, asked) ?? resolveSlot(slots.map(switchedOn), asked);
  return slot ? { slot } : { finding: missingIn(slots, asked) ?? 'class-changed' };
}

/** The class as if it could be booked: a class that the gym has switched off may be switched on before it opens. */
const switchedOn = (slot: Slot): Slot => ({ ...slot, isBookable: !slot.isCancelled });

/** The only class of that name that is not cancelled, or the finding if there is no such class or more than one. */
function byName(className: string, slots: readonly Slot[]): DayClass {
  const coaches = slots.flatMap(({ coach }) => coach ?? []);
  const meant = slots.filter((slot) => isSameButForCoach(className, { ...slot, coaches }));
  const held = meant.filter(({ isCancelled }) => !isCancelled);
  const [slot, ...others] = held;
  if (slot) return others.length === 0 ? { slot } : { finding: 'class-ambiguous' };
  return { finding: meant.length > 0 ? 'class-cancelled' : 'class-gone' };
}
