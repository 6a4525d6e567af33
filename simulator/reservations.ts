// The list of reservations: which member has a place or waits for one, from when until when, and the earlier states of each reservation. The house
// rules of booking are in rules.ts, and the HTTP answers in routes-book.ts.
import { settleRivals } from './rivals.ts';
import type { Reservation, Slot } from './slot.ts';

export type ReservationState = 'booked' | 'waitlisted' | 'cancelled';

/** The state of a reservation at the instant `atMs`; undefined before the reservation was made. */
export function stateAt(one: Reservation, atMs: number): ReservationState | undefined {
  if (atMs < one.createdAtMs) return undefined;
  if (one.cancelledAtMs !== undefined && one.cancelledAtMs <= atMs) return 'cancelled';
  const promoted = one.promotedAtMs !== undefined && one.promotedAtMs <= atMs;
  return one.queued && !promoted ? 'waitlisted' : 'booked';
}

const NOW = Number.POSITIVE_INFINITY;
export const stateNow = (one: Reservation): ReservationState => stateAt(one, NOW) ?? 'cancelled';

/**
 * How many places of the class are taken at the instant `atMs`, those of rivals included. Call `settleCrowd` before `occupied`, so that rivals have
 * taken their places.
 */
export function occupied(slot: Slot, atMs = NOW): number {
  const rivals = slot.rivals.tookAtMs.filter((tookAtMs) => tookAtMs <= atMs).length;
  return rivals + slot.reservations.filter((one) => stateAt(one, atMs) === 'booked').length;
}

export function waiting(slot: Slot, atMs = NOW): number {
  return slot.reservations.filter((one) => stateAt(one, atMs) === 'waitlisted').length;
}

/** Lets the class's rivals take the places for which they ask up to the instant `nowMs`. Call `settleCrowd` before every look at a slot. */
export function settleCrowd(slot: Slot, nowMs: number): void {
  if (slot.rivals.asked < slot.rivals.asksAtMs.length)
    settleRivals(slot.rivals, nowMs, () => slot.limit - occupied(slot));
}

export interface Reservations {
  add(entry: Omit<Reservation, 'id'>): Reservation;
  get(id: number): Reservation | undefined;
  ofMember(memberId: number): Reservation[];
  all(): Reservation[];
  /** Cancels the reservation; its place goes to the first member on the waiting list, whose reservation is returned, if there is one. */
  cancel(one: Reservation, atMs: number): Reservation | undefined;
}

export function createReservations(): Reservations {
  let nextId = 90_000_001;
  const byId = new Map<number, Reservation>();
  const byMember = new Map<number, Reservation[]>();
  return {
    add(entry) {
      const one = { ...entry, id: nextId++ };
      byId.set(one.id, one);
      byMember.set(one.memberId, [...(byMember.get(one.memberId) ?? []), one]);
      one.slot.reservations.push(one);
      return one;
    },
    get: (id) => byId.get(id),
    ofMember: (memberId) => byMember.get(memberId) ?? [],
    all: () => [...byId.values()],
    cancel(one, atMs) {
      const held = stateNow(one) === 'booked';
      one.cancelledAtMs = atMs;
      const next = one.slot.reservations.find((other) => stateNow(other) === 'waitlisted');
      if (!held || !next || occupied(one.slot) >= one.slot.limit) return undefined;
      next.promotedAtMs = atMs;
      return next;
    },
  };
}
