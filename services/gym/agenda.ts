// What a read of the gym's own short list of a member's coming bookings gives. In this folder, agenda means the gym's short list of a member's
// bookings, and not puntual's agenda.

/**
 * A place that the member has booked in a class. Only the day (YYYYMMDD) is taken from the gym's short list of bookings; the class itself is read
 * from the gym's list of that day's classes.
 */
export interface AgendaPlace {
  readonly day: string;
}

export type AgendaAnswer =
  | { readonly kind: 'agenda'; readonly places: readonly AgendaPlace[] }
  | { readonly kind: 'session-dead' };
