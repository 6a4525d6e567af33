// What the bench and its lean gym say to each other over the process channel.

export interface GymReady {
  readonly kind: 'ready';
  /** Stamps each request as its last byte is read off the wire. */
  readonly stampedUrl: string;
  /** Answers as cheaply as it can and stamps nothing. */
  readonly servingUrl: string;
  /** The certificate to trust. */
  readonly ca: string;
}

/** `atMs`: milliseconds of process.hrtime, when the last byte of the request had been read as it came off the wire. */
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
