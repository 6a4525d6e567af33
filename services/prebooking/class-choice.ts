// Which class of the day a wish means. Ids of slots may change overnight, names and lengths may be edited. The start decides together with the id
// or the name; nothing is guessed. Pure.
import type { Slot } from '../gym/gym.ts';
import { isSameButForCoach, isSameDiscipline, isSameName } from './class-name.ts';
import type { Missing } from './outcome.ts';
import type { Alternative, Prebooking } from './prebooking.ts';

/** What is wished for: the hour always, the name where it was said, the id as it was when the wish was made. */
export interface SlotWish {
  readonly timeId: string;
  readonly className: string | undefined;
  readonly classId: string | undefined;
}

/** Of `1800_60`: `18:00`. */
export const startOf = (timeId: string): string => `${timeId.slice(0, 2)}:${timeId.slice(2, 4)}`;

/** A row that is called off never matches a wish; one that is closed does only if the member has a place in it. */
const isCandidate = ({ isCancelled, isBookable, mine }: Slot): boolean =>
  !isCancelled && (isBookable || mine !== undefined);

/** A class with an unknown number of places ranks between a full one and one with a free place. */
const roomIn = ({ limit, occupied }: Slot): number =>
  limit === undefined || occupied === undefined ? 0.5 : limit - occupied;

/** The best of classes that match the wish equally well: the member's own, then the one of the exact length, then the one with most places. */
function bestOf(equals: readonly Slot[], { timeId }: SlotWish): Slot | undefined {
  const rank = ({ mine, timeId: own }: Slot) =>
    mine === 'booked' ? 0 : mine !== undefined ? 1 : own === timeId ? 2 : 3;
  return equals.toSorted((a, b) => rank(a) - rank(b) || roomIn(b) - roomIn(a))[0];
}

/** All classes that match the wish by the strongest criterion that any of them meets. */
function answering(wish: SlotWish, atStart: readonly Slot[], coaches: readonly string[]): readonly Slot[] {
  const { className, classId } = wish;
  const sameId = atStart.filter(({ id }) => id === classId);
  // A wish without a name means the only class of that hour, or one of several that are equal.
  if (className === undefined) return sameId.length > 0 ? sameId : areEqual(atStart) ? atStart : [];
  const isMeant = (slot: Slot) => isSameDiscipline(className, { ...slot, coaches });
  if (sameId.some(isMeant)) return sameId.filter(isMeant);
  const sameName = atStart.filter(({ name }) => isSameName(className, name));
  return sameName.length > 0 ? sameName : atStart.filter((slot) => isSameButForCoach(className, { ...slot, coaches }));
}

const areEqual = (slots: readonly Slot[]): boolean =>
  slots.every(({ name }) => isSameName(name, slots[0]?.name ?? name));

const coachesOf = (slots: readonly Slot[]): string[] => slots.flatMap((slot) => slot.coach ?? []);

const startingWith = (slots: readonly Slot[], wish: SlotWish): Slot[] =>
  slots.filter((slot) => startOf(slot.timeId) === startOf(wish.timeId));

/** The one class that matches the wish and may be booked; undefined when none does, or when different ones could. */
export function resolveSlot(slots: readonly Slot[], wish: SlotWish): Slot | undefined {
  const atStart = startingWith(slots, wish).filter(isCandidate);
  return bestOf(answering(wish, atStart, coachesOf(slots)), wish);
}

/** Why `resolveSlot` finds none, judged from a day that has classes in it. */
export function missingIn(slots: readonly Slot[], wish: SlotWish): Missing | undefined {
  if (resolveSlot(slots, wish)) return undefined;
  const atStart = startingWith(slots, wish);
  const meant = answering(wish, atStart, coachesOf(slots));
  if (meant.some((slot) => slot.isCancelled)) return 'class-cancelled';
  if (meant.length > 0) return 'class-closed';
  const isElsewhere = wish.classId !== undefined && slots.some(({ id }) => id === wish.classId);
  return isElsewhere || atStart.some((slot) => !slot.isCancelled) ? 'class-changed' : 'class-gone';
}

/** The member's first wish and then each alternative, what it leaves out taken from the first. */
export function wishesOf(prebooking: Prebooking): [SlotWish, ...SlotWish[]] {
  const first = { timeId: prebooking.timeId, className: prebooking.className, classId: prebooking.classId };
  const other = (alternative: Alternative): SlotWish => ({
    timeId: alternative.timeId ?? first.timeId,
    className: alternative.className ?? first.className,
    classId: undefined,
  });
  return [first, ...prebooking.alternatives.map(other)];
}

/** The classes that match the wishes today, in the member's order, each once. */
export function choicesOf(prebooking: Prebooking, slots: readonly Slot[]): Slot[] {
  const found = wishesOf(prebooking).map((wish) => resolveSlot(slots, wish));
  return [...new Map(found.filter((slot) => slot !== undefined).map((slot) => [slot.id, slot])).values()];
}

/** What has become of the member's first choice. */
export const missingOf = (prebooking: Prebooking, slots: readonly Slot[]): Missing | undefined =>
  missingIn(slots, wishesOf(prebooking)[0]);
