// The people in a class, in terms that name no gym platform. The people's names are passed to the caller and are kept nowhere.

/** One person who is booked or waitlisted in a class, under the name that the gym shows; the name is never stored. */
export interface Attendee {
  readonly name: string;
  readonly state: 'booked' | 'waitlisted';
}

/** One class of a day with the people in it, as the box's staff sees them; `startsAt` is HH:MM in the box's time zone. */
export interface ClassAttendees {
  readonly startsAt: string;
  readonly name: string;
  readonly coach: string | undefined;
  readonly attendees: readonly Attendee[];
}

export type AttendeesAnswer =
  | { readonly kind: 'attendees'; readonly classes: readonly ClassAttendees[] }
  /** The gym showed no people, because it shows the people in a class to the box's staff alone. */
  | { readonly kind: 'not-shown' }
  | { readonly kind: 'session-dead' };
