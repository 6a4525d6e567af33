// The answer to a read of the gym's own short list of a member's coming bookings (not of puntual's agenda).

/**
 * A booked place of the member. Only the day (YYYYMMDD) is taken from the gym's short list; the class itself is read from the gym's list of that
 * day's classes.
 */
export interface AgendaPlace {
  readonly day: string;
}

export type AgendaAnswer =
  | { readonly kind: 'agenda'; readonly places: readonly AgendaPlace[] }
  | { readonly kind: 'session-dead' };
