// The name a device gives itself at the gym. Any string of about fifty characters; stable for the life of a session.
import { randomBytes } from 'node:crypto';

/** A new fingerprint, 50 characters from a CSPRNG. */
export const newFingerprint = (): string => randomBytes(25).toString('hex');
