// A watch: a standing look at a full class in which a member wants a place, or at a waitlist place that a race got and that may move up. This file
// changes no watch's state: services/store/watch-store.ts changes states, with one SQL function for each change.

/**
 * `book` takes a place that becomes free, `tell` notifies the member of it, and `move-up`, which the service creates, waits until the member's place
 * on the waitlist becomes a real place.
 */
export const WATCH_KINDS = ['book', 'tell', 'move-up'] as const;
export type WatchKind = (typeof WATCH_KINDS)[number];

/**
 * - `watching`: the gym's list of the day is read at intervals;
 * - `taking`: a place became free and a booking is under way;
 * - `swapping`: the better place is booked, and the old place is being cancelled;
 * - `done`: the watch has a result, which is in `outcome`;
 * - `ended`: the watch passed `endsAt` without a result;
 * - `withdrawn`: the member ended the watch or left puntual.
 */
export const WATCH_STATUSES = ['watching', 'taking', 'swapping', 'done', 'ended', 'withdrawn'] as const;
export type WatchStatus = (typeof WATCH_STATUSES)[number];

/** The member's place that a swap gives up once the better place is booked. */
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
  /** The gym's id of the family member that has the waitlist place. Undefined if the place is the member's own, and for any kind but `move-up`. */
  readonly familyId: string | undefined;
  readonly kind: WatchKind;
  readonly status: WatchStatus;
  readonly outcome: string | undefined;
  /** How many minutes before the class's start the watch ends. */
  readonly notAfter: number;
  readonly startsAt: Date;
  /** The instant at which the watch ends. */
  readonly endsAt: Date;
  readonly instead: Instead | undefined;
  /** The id of the prebooking with which the watch books the free place; with `move-up`, of the prebooking that is on the waitlist. */
  readonly prebookingId: string | undefined;
  /** True if the watch's latest notice told the member that a place is free. */
  readonly isFree: boolean;
  /** The watch tries no booking before this instant. */
  readonly restUntil: Date | undefined;
  readonly createdAt: Date;
  readonly settledAt: Date | undefined;
}

/** How many minutes before the class's start a watch ends, unless the member says otherwise. */
export const DEFAULT_NOT_AFTER = 90;
export const MAX_NOT_AFTER = 24 * 60;
