// The two kinds of gym session. They are different types on purpose: a background session cannot be passed where a device session is expected,
// and no function anywhere returns "a session".
import { createHash, randomBytes } from 'node:crypto';
import type { GymKey } from '../gym/gym.ts';

export type SessionType = 'background' | 'device';
export type SessionStatus = 'live' | 'uncertain' | 'suspect' | 'needs-login' | 'revoked';

/** The fields of a session that are not secret. */
export interface SessionCard<T extends SessionType = SessionType> {
  readonly id: string;
  readonly userId: string;
  readonly sessionType: T;
  readonly fingerprint: string;
  readonly status: SessionStatus;
  readonly chain: string;
  readonly generation: number;
  readonly tokenDigest: string;
  readonly previousTokenDigest: string | undefined;
  readonly tokenUpdateCount: number;
  readonly tokenSuccessCount: number;
  readonly failureStreak: number;
  readonly lastAttemptAt: Date | undefined;
  readonly lastSuccessAt: Date;
  readonly lastError: string | undefined;
  readonly heldUntil: Date | undefined;
  readonly quarantinedAt: Date | undefined;
}

interface Opened<T extends SessionType> extends SessionCard<T> {
  readonly key: GymKey;
}

/** The service's own login for a member: renewed by cron, used by prebookings, never handed to a device. */
export type BackgroundSession = Opened<'background'>;
/** One device's login: used for everything done by hand; cron never touches it. */
export type DeviceSession = Opened<'device'>;

/** Whether the gym may still know it: cookies of an uncertain session are worth a try. */
export const isUsable = (card: SessionCard): boolean =>
  card.status !== 'needs-login' && card.status !== 'revoked' && card.quarantinedAt === undefined;

const FINGERPRINT_LENGTH = 50;

/**
 * A new fingerprint, 50 characters from a CSPRNG: the name a device gives itself at the gym, which takes any string of about that
 * length. It is stable for the life of a session.
 */
export const newFingerprint = (): string => randomBytes(FINGERPRINT_LENGTH / 2).toString('hex');

/** The same fingerprint for the same digest: for the gym all logins of the service for one member are one device. */
export const fingerprintFrom = (digest: string): string =>
  createHash('sha512').update(digest).digest('hex').slice(0, FINGERPRINT_LENGTH);
