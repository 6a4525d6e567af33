// Decides what one read of a day means for all its watches: which watch takes a place that came free, which member is notified, which waitlist place
// moved up. All functions of this file are pure.
import type { Slot } from '../gym/gym.ts';
import { missingIn, resolveSlot } from '../prebooking/class-choice.ts';
import type { SeenDay, WatchTurn } from '../store/watch-store.ts';

type Watching = WatchTurn['watches'][number];

/** What a read of one day with one member's background session showed: the classes, with the places of that member or of a member of their family. */
export interface Look {
  readonly slots: readonly Slot[];
  readonly familyId: string | undefined;
  readonly now: Date;
  /** Gives an id for each prebooking with which a watch is to book a free place. */
  readonly newId: () => string;
}

/** The number of free places in a class, by the gym's list; 0 if the list lacks the number of all places or the number of taken ones. */
export const placesLeft = ({ limit, occupied }: Slot): number =>
  limit === undefined || occupied === undefined ? 0 : Math.max(0, limit - occupied);

/**
 * Decides what one read of a watched day means for its watches. A class's free places go to the watches of kind `book` that were created first, one
 * place each. A `book` watch gets no place while the service cannot book the class for the watch's member.
 */
export function judgeDay({ reader, watches }: Pick<WatchTurn, 'reader' | 'watches'>, look: Look): SeenDay {
  const found = watches.flatMap((watch) => {
    const slot = resolveSlot(look.slots, watch);
    return slot ? [{ watch, slot }] : [];
  });
  const isReaders = ({ userId, familyId }: Watching) => userId === reader && familyId === look.familyId;
  const ids = (of: (watch: Watching, slot: Slot) => boolean) =>
    found.flatMap(({ watch, slot }) => (of(watch, slot) ? [watch.id] : []));
  const isWaiting = (watch: Watching) => watch.kind === 'move-up' && isReaders(watch);
  return {
    takes: takesOf(found, isReaders, look),
    free: ids(
      ({ kind, isFree }, slot) => kind === 'tell' && !isFree && slot.mine === undefined && placesLeft(slot) > 0,
    ),
    full: ids(({ isFree }, slot) => isFree && placesLeft(slot) === 0),
    cancelled: watches.flatMap((watch) => (missingIn(look.slots, watch) === 'class-cancelled' ? [watch.id] : [])),
    own: ids((watch, { mine }) => watch.kind !== 'move-up' && isReaders(watch) && mine === 'booked'),
    movedUp: ids((watch, { mine }) => isWaiting(watch) && mine === 'booked'),
    left: ids((watch, { mine }) => isWaiting(watch) && mine === undefined),
  };
}

function takesOf(
  found: readonly { readonly watch: Watching; readonly slot: Slot }[],
  isReaders: (watch: Watching) => boolean,
  { now, newId }: Look,
): SeenDay['takes'] {
  const given = new Map<string, number>();
  return found.flatMap(({ watch, slot }) => {
    const mayTake =
      watch.kind === 'book' &&
      watch.hasLogin &&
      (watch.restUntil === undefined || watch.restUntil <= now) &&
      !(isReaders(watch) && slot.mine === 'booked');
    const before = given.get(slot.id) ?? 0;
    if (!mayTake || before >= placesLeft(slot)) return [];
    given.set(slot.id, before + 1);
    return [{ watchId: watch.id, prebookingId: newId(), classId: slot.id }];
  });
}

/** Says whether a read of a watched day found nothing that has to be stored. */
export const isNoNews = (seen: SeenDay): boolean => Object.values(seen).every((list) => list.length === 0);
