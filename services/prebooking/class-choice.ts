// Decides which class of the day a wish means. The gym may change the ids of slots overnight and edit the names and lengths of classes. A class
// matches if it has the wished start, and the wished id or name; an ambiguous wish matches no class. The functions of this file are pure.
import type { Slot } from '../gym/gym.ts';
import { isSameButForCoach, isSameDiscipline, isSameName } from './class-name.ts';
import type { Missing } from './outcome.ts';
import type { Alternative, Prebooking } from './prebooking.ts';

/** The class that a member wishes for: its hour always, its name if the member gave one, and the id that it had when the wish was made, if known. */
export interface SlotWish {
  readonly timeId: string;
  readonly className: string | undefined;
  readonly classId: string | undefined;
}

/** The start that a time id names: `18:00` for `1800_60`. */
export const startOf = (timeId: string): string => `${timeId.slice(0, 2)}:${timeId.slice(2, 4)}`;

/** True if the class may match a wish: a cancelled class never does, and a closed class only if the member has a place in it. */
const isCandidate = ({ isCancelled, isBookable, mine }: Slot): boolean =>
  !isCancelled && (isBookable || mine !== undefined);

/** How many places of a class are free; an unknown number counts as 0.5, between a full class and a class with one free place. */
const roomIn = ({ limit, occupied }: Slot): number =>
  limit === undefined || occupied === undefined ? 0.5 : limit - occupied;

/**
 * The best of equal matches: first the class in which the member has a place, then a class of the wished length, then the class with most free
 * places.
 */
function bestOf(equals: readonly Slot[], { timeId }: SlotWish): Slot | undefined {
  const rank = ({ mine, timeId: own }: Slot) =>
    mine === 'booked' ? 0 : mine !== undefined ? 1 : own === timeId ? 2 : 3;
  return equals.toSorted((a, b) => rank(a) - rank(b) || roomIn(b) - roomIn(a))[0];
}

/**
 * Returns the classes of `atStart` that meet the strongest criterion met by any of them. For a wish with a class name the criteria are, strongest
 * first: the wished class id with a similar name (`isSameDiscipline`); the same name; the same name apart from coaches' names.
 */
function answering(wish: SlotWish, atStart: readonly Slot[], coaches: readonly string[]): readonly Slot[] {
  const { className, classId } = wish;
  const sameId = atStart.filter(({ id }) => id === classId);
  // A wish without a class name means the class at the wished start that has the wished id. If no class there has that id, the wish means any class
  // at the wished start, provided that all of them have the same name; else no class.
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

/** The one class that matches the wish and may be booked; undefined when no class matches, or when classes of different names match. */
export function resolveSlot(slots: readonly Slot[], wish: SlotWish): Slot | undefined {
  const atStart = startingWith(slots, wish).filter(isCandidate);
  return bestOf(answering(wish, atStart, coachesOf(slots)), wish);
}

/** Why `resolveSlot` finds no class on a day that has classes; undefined when `resolveSlot` finds a class. */
export function missingIn(slots: readonly Slot[], wish: SlotWish): Missing | undefined {
  if (resolveSlot(slots, wish)) return undefined;
  const atStart = startingWith(slots, wish);
  const meant = answering(wish, atStart, coachesOf(slots));
  if (meant.some((slot) => slot.isCancelled)) return 'class-cancelled';
  if (meant.length > 0) return 'class-closed';
  const isElsewhere = wish.classId !== undefined && slots.some(({ id }) => id === wish.classId);
  return isElsewhere || atStart.some((slot) => !slot.isCancelled) ? 'class-changed' : 'class-gone';
}

/** The first choice and then each alternative, as wishes; a field that an alternative omits is taken from the first choice. */
export function wishesOf(prebooking: Prebooking): [SlotWish, ...SlotWish[]] {
  const first = { timeId: prebooking.timeId, className: prebooking.className, classId: prebooking.classId };
  const other = (alternative: Alternative): SlotWish => ({
    timeId: alternative.timeId ?? first.timeId,
    className: alternative.className ?? first.className,
    classId: undefined,
  });
  return [first, ...prebooking.alternatives.map(other)];
}

/** The class that a place is in, as a prebooking's row names its class. */
export interface TakenClass {
  readonly classId: string;
  readonly timeId: string;
  readonly className: string;
}

/**
 * The class of the place `mine`, if `mine` is not in the class of the first choice; undefined if it is. A class counts as the first choice's class
 * if it starts at the same time and has the same id or the same discipline.
 */
export function otherChoice(prebooking: Prebooking, mine: Slot): TakenClass | undefined {
  const { timeId, className, classId } = wishesOf(prebooking)[0];
  const isMeant =
    mine.id === classId || (className !== undefined && isSameDiscipline(className, { ...mine, coaches: [] }));
  if (startOf(mine.timeId) === startOf(timeId) && isMeant) return undefined;
  return { classId: mine.id, timeId: mine.timeId, className: mine.name };
}

/** The classes in `slots` that match the prebooking's choices, in the member's order, each class once. */
export function choicesOf(prebooking: Prebooking, slots: readonly Slot[]): Slot[] {
  const found = wishesOf(prebooking).map((wish) => resolveSlot(slots, wish));
  return [...new Map(found.filter((slot) => slot !== undefined).map((slot) => [slot.id, slot])).values()];
}

/** Why no class in `slots` matches the prebooking's first choice; undefined when a class matches. */
export const missingOf = (prebooking: Prebooking, slots: readonly Slot[]): Missing | undefined =>
  missingIn(slots, wishesOf(prebooking)[0]);
