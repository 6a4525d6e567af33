// Reads a member's gym sessions, background or device, and opens their sealed tokens and cookies. Each
// function that returns a session says in its name whether it is a background or a device session.
import { Failure } from '../failures.ts';
import type { GymKey } from '../gym/gym.ts';
import type { MemberSeal, Seal, SealedPlace } from '../seal/seal.ts';
import type { Secret } from '../secret.ts';
import type { BackgroundSession, DeviceSession, SessionType } from '../session/session.ts';
import type { SealedSession } from '../store/session-store.ts';
import type { Store } from '../store/store.ts';

/**
 * The context under which a token or cookies are sealed for a row of `token_journal`. The context holds the id of the row's attempt, so a value
 * sealed for one attempt does not open for another.
 */
export const placeOf = (
  column: 'token' | 'cookies',
  row: { userId: string; chain: string; sessionType: SessionType; attemptId: string; generation: number },
): SealedPlace => ({
  table: 'token_journal',
  column,
  userId: row.userId,
  chain: row.chain,
  sessionType: row.sessionType,
  attemptId: row.attemptId,
  generation: row.generation,
});

/** Decrypts the sealed token and cookies of a gym session. Throws seal/unreadable. */
export function openKey(member: MemberSeal, row: SealedSession): GymKey {
  const at = { ...row, generation: row.sealedGeneration };
  return {
    token: member.open(placeOf('token', at), row.tokenSealed),
    cookies: member.open(placeOf('cookies', at), row.cookiesSealed),
    fingerprint: row.fingerprint,
  };
}

/** The token and cookies that one attempt received, sealed for that attempt's `token_journal` row, with the token's digest. */
export function sealKey(
  member: MemberSeal,
  at: { userId: string; chain: string; sessionType: SessionType; attemptId: string; generation: number },
  key: { token: Secret; cookies: Secret },
): { tokenDigest: string; tokenSealed: string; cookiesSealed: string } {
  return {
    tokenDigest: member.digest(key.token),
    tokenSealed: member.seal(placeOf('token', at), key.token),
    cookiesSealed: member.seal(placeOf('cookies', at), key.cookies),
  };
}

function opened<T extends SessionType>(seal: Seal, type: T, row: SealedSession) {
  if (row.sessionType !== type) throw new Failure('internal/unexpected', `Expected a ${type} session at its own door.`);
  return { ...row, sessionType: type, key: openKey(seal.openMember(row.userId, row.wrapped), row) };
}

export const openedBackground = (seal: Seal, row: SealedSession): BackgroundSession => opened(seal, 'background', row);
export const openedDevice = (seal: Seal, row: SealedSession): DeviceSession => opened(seal, 'device', row);

/** Reads the background session of this member and unseals its token and cookies. Throws session/missing. */
export async function getBackgroundSession(
  { store, seal }: { store: Store; seal: Seal },
  userId: string,
): Promise<BackgroundSession> {
  const row = await store.readBackgroundSession(userId);
  if (!row) throw new Failure('session/missing', 'Expected a background session: log in at the gym once.');
  return openedBackground(seal, row);
}

/** Reads the session of one device of this member and unseals its token and cookies. Throws session/missing. */
export async function getDeviceSession(
  { store, seal }: { store: Store; seal: Seal },
  userId: string,
  fingerprint: string,
): Promise<DeviceSession> {
  const row = await store.readDeviceSession(userId, fingerprint);
  if (!row) throw new Failure('session/missing', 'Expected a session for this device: log in at the gym on it.');
  return openedDevice(seal, row);
}
