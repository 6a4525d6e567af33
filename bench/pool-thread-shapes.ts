// The messages between the main thread and the thread of the warm Pools. The instants in the messages between the threads are in ms of
// `process.hrtime`.
import type { Booking } from './booking.ts';

export type ToPools =
  | { kind: 'load'; pool: number; baseUrl: string; ca: string; bookings: readonly Booking[] }
  | { kind: 'fire'; pool: number; atMs: number }
  | { kind: 'close'; pool: number };

/** The reply of the Pools' thread to one message of the main thread; `why` is the error if the thread could not do what the message asked for. */
export interface FromPools {
  readonly pool: number;
  readonly done: ToPools['kind'];
  readonly why?: string;
}
