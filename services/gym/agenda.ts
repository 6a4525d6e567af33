// The answer to a read of a member's agenda, which is the gym's own short list of the member's bookings.

/** A booked place of the member. Only the day (YYYYMMDD) is trusted; the class itself is read from that day's list. */
export interface AgendaPlace {
  readonly day: string;
}

export type AgendaAnswer =
  | { readonly kind: 'agenda'; readonly places: readonly AgendaPlace[] }
  | { readonly kind: 'session-dead' };
