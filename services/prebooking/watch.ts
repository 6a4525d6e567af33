// A watch: a class that is full now and that a member wants a place in, or the waitlist place of one of their races. Its states as data.
// Nothing here changes a state: services/store/watch-store.ts does, one SQL function each.

/** `book`: take a place that comes free. `tell`: notify the member. `move-up`: a place on the waitlist, watched automatically. */
export const WATCH_KINDS = ['book', 'tell', 'move-up'] as const;
export type WatchKind = (typeof WATCH_KINDS)[number];

/**
 * - `watching`: the day is read every so often;
 * - `taking`: a place came free and a booking is under way;
 * - `swapping`: the better place stands, and the other one is being given back;
 * - `done`: it has come to its end, see its outcome;
 * - `ended`: its time is over;
 * - `withdrawn`: by the member, or because they left.
 */
export const WATCH_STATUSES = ['watching', 'taking', 'swapping', 'done', 'ended', 'withdrawn'] as const;
export type WatchStatus = (typeof WATCH_STATUSES)[number];

/** A place that is given back once the better one stands. */
export interface Instead {
  readonly boxId: string;
  readonly day: string;
  readonly reservationId: string;
  readonly timeId: string;
  readonly className?: string | undefined;
}

export interface Watch {
  readonly id: string;
  readonly userId: string;
  readonly boxId: string;
  readonly day: string;
  readonly classId: string | undefined;
  readonly timeId: string;
  readonly className: string | undefined;
  /** The family member with the place; only of a `move-up`. */
  readonly familyId: string | undefined;
  readonly kind: WatchKind;
  readonly status: WatchStatus;
  readonly outcome: string | undefined;
  /** Minutes before the class. */
  readonly notAfter: number;
  readonly startsAt: Date;
  /** The watch ends here. */
  readonly endsAt: Date;
  readonly instead: Instead | undefined;
  /** The booking that takes the place, or the one that waits. */
  readonly prebookingId: string | undefined;
  /** The latest notice told the member that a place is free. */
  readonly isFree: boolean;
  /** No try before this instant. */
  readonly restUntil: Date | undefined;
  readonly createdAt: Date;
  readonly settledAt: Date | undefined;
}

/** How many minutes before the class the watch ends, unless the member says otherwise. */
export const DEFAULT_NOT_AFTER = 90;
export const MAX_NOT_AFTER = 24 * 60;
