// A member's bookings, in the port’s neutral words: the gym’s own short list of them.

/** A place of the member's. Only the day (YYYYMMDD) is trusted; the rest of the row is read from that day's list. */
export interface AgendaPlace {
  readonly day: string;
}

export type AgendaAnswer =
  | { readonly kind: 'agenda'; readonly places: readonly AgendaPlace[] }
  | { readonly kind: 'session-dead' };
