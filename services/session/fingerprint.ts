// The name a device gives itself at the gym. Any string of about fifty characters; stable for the life of a session.
import { createHash, randomBytes } from 'node:crypto';

const LENGTH = 50;

/** A new fingerprint, 50 characters from a CSPRNG. */
export const newFingerprint = (): string => randomBytes(LENGTH / 2).toString('hex');

/** The same fingerprint for the same digest: each further login of the service is one device at the gym, not one more. */
export const fingerprintFrom = (digest: string): string =>
  createHash('sha512').update(digest).digest('hex').slice(0, LENGTH);
