// What the main thread and the thread of the warm pools say to each other. Instants are ms of hrtime.
import type { Booking } from './booking.ts';

export type ToPools =
  | { kind: 'load'; pool: number; baseUrl: string; ca: string; bookings: readonly Booking[] }
  | { kind: 'fire'; pool: number; atMs: number }
  | { kind: 'close'; pool: number };

/** `why` is set where it failed. */
export interface FromPools {
  readonly pool: number;
  readonly done: ToPools['kind'];
  readonly why?: string;
}
