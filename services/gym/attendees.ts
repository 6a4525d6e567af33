// The people in a class, in the port's neutral words: names that pass through and are kept nowhere.

/** A person in a class, by the name that the gym shows. Never kept. */
export interface Attendee {
  readonly name: string;
  readonly state: 'booked' | 'waitlisted';
}

/** One class of a day as the staff sees it; `startsAt` is HH:MM in the box's day. */
export interface ClassAttendees {
  readonly startsAt: string;
  readonly name: string;
  readonly coach: string | undefined;
  readonly attendees: readonly Attendee[];
}

export type AttendeesAnswer =
  | { readonly kind: 'attendees'; readonly classes: readonly ClassAttendees[] }
  /** To the staff alone. */
  | { readonly kind: 'not-shown' }
  | { readonly kind: 'session-dead' };
