// The people in a class, in terms that name no gym platform. The people's names are passed to the caller and are kept nowhere.

/** A person in a class, by the name that the gym shows; the name is never kept. */
export interface Attendee {
  readonly name: string;
  readonly state: 'booked' | 'waitlisted';
}

/** One class of a day as the staff sees it; `startsAt` is HH:MM in the box's time zone. */
export interface ClassAttendees {
  readonly startsAt: string;
  readonly name: string;
  readonly coach: string | undefined;
  readonly attendees: readonly Attendee[];
}

export type AttendeesAnswer =
  | { readonly kind: 'attendees'; readonly classes: readonly ClassAttendees[] }
  /** The gym shows the people of a class to its staff alone. */
  | { readonly kind: 'not-shown' }
  | { readonly kind: 'session-dead' };
