// The two kinds of gym session, background and device. The two kinds of gym session are different types on purpose: a background session cannot be
// passed where a device session is expected, and each function returns one kind only.
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

/** True if the gym may still know the session and its seal opens here; the cookies of a session with status `uncertain` may still work. */
export const isUsable = (card: SessionCard): boolean =>
  card.status !== 'needs-login' && card.status !== 'revoked' && card.quarantinedAt === undefined;

const FINGERPRINT_LENGTH = 50;

/**
 * A new fingerprint, 50 random characters: the name that a device gives itself at the gym. As a fingerprint, the gym takes any string of about 50
 * characters. A device session keeps its fingerprint for as long as the session exists.
 */
export const newFingerprint = (): string => randomBytes(FINGERPRINT_LENGTH / 2).toString('hex');

/**
 * Derives a fingerprint from a digest of the member's gym id; the same digest always gives the same fingerprint. With one fingerprint, all of the
 * service's logins for a member are one device to the gym.
 */
export const fingerprintFrom = (digest: string): string =>
  createHash('sha512').update(digest).digest('hex').slice(0, FINGERPRINT_LENGTH);
