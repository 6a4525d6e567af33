// Which class of the day a wish means. Ids of slots may change overnight, so hour and name decide; nothing is guessed.
import type { Slot } from '../gym/gym.ts';
import type { Alternative, Prebooking } from './prebooking.ts';

/** What is wished for: the hour always, the name where it was said, the id as it was when the wish was made. */
export interface SlotWish {
  readonly timeId: string;
  readonly className: string | undefined;
  readonly classId: string | undefined;
}

const sameName = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** The one class that answers the wish; undefined when none does, or when more than one could. */
export function resolveSlot(slots: readonly Slot[], wish: SlotWish): Slot | undefined {
  const { className } = wish;
  const atHour = slots.filter((slot) => slot.timeId === wish.timeId);
  const named = className === undefined ? atHour : atHour.filter((slot) => sameName(slot.name, className));
  return named.length > 1 ? named.find((slot) => slot.id === wish.classId) : named[0];
}

/** The member's first wish and then each alternative, what it leaves out taken from the first. */
export function wishesOf(prebooking: Prebooking): SlotWish[] {
  const first = { timeId: prebooking.timeId, className: prebooking.className, classId: prebooking.classId };
  const other = (alternative: Alternative): SlotWish => ({
    timeId: alternative.timeId ?? first.timeId,
    className: alternative.className ?? first.className,
    classId: undefined,
  });
  return [first, ...prebooking.alternatives.map(other)];
}

/** The classes that answer the wishes today, in the member's order, each once. */
export function choicesOf(prebooking: Prebooking, slots: readonly Slot[]): Slot[] {
  const found = wishesOf(prebooking).map((wish) => resolveSlot(slots, wish));
  return [...new Map(found.filter((slot) => slot !== undefined).map((slot) => [slot.id, slot])).values()];
}
