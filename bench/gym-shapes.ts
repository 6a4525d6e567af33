// The messages between a bench and its lean gym's process.

export interface GymReady {
  readonly kind: 'ready';
  /** The address of the lean gym's first server, which stamps each booking when the booking's last byte is read off the wire. */
  readonly stampedUrl: string;
  /** The address of the lean gym's second server, which stamps no bookings and so does less work for each request. */
  readonly servingUrl: string;
  /** The lean gym's certificate, which a client must trust. */
  readonly ca: string;
}

/** One booking that arrived at the lean gym. `atMs` is when the booking's last byte was read off the wire, in milliseconds of process.hrtime. */
export interface Stamp {
  readonly booking: number;
  readonly atMs: number;
}

export type ToGym = { kind: 'stamps' } | { kind: 'latency'; ms: number } | { kind: 'renewals' };
export type FromGym =
  | GymReady
  | { kind: 'stamps'; stamps: Stamp[] }
  | { kind: 'latency' }
  | { kind: 'renewals'; count: number };
