// Exchanges the refresh token of a puntual session for the next one. A request that repeats the last exchange gets the refresh token that this
// exchange gave; a request with an older refresh token ends the puntual session.
import type { Logger } from 'pino';
import type { Clock } from '../services/clock.ts';
import { Failure } from '../services/failures.ts';
import type { Access } from '../services/identity/access.ts';
import type { Family } from '../services/identity/family.ts';
import { IDLE_MS, type OwnTokens } from '../services/identity/open-user-session.ts';
import type { Secret } from '../services/secret.ts';
import type { Store } from '../services/store/store.ts';

/**
 * Throws request/limited, database/…, and auth/refused for a refresh token that puntual did not issue or that belongs to an ended puntual session.
 * For a refresh token older than the one exchanged last, `rotateSession` also throws auth/refused, and the puntual session ends.
 */
export async function rotateSession(
  services: { clock: Clock; logger: Logger; store: Store; access: Access; family: Family },
  { refreshToken }: { refreshToken: Secret },
): Promise<OwnTokens> {
  const { clock, logger, store, access, family } = services;
  const parent = family.parse(refreshToken);
  if (!parent) throw refused();
  const child = family.issue({ sessionId: parent.sessionId, counter: parent.counter + 1 });
  const now = clock.now();
  const rotation = await store.rotateRefreshToken({
    ...parent,
    tokenHash: family.hash(refreshToken),
    childHash: family.hash(child),
    idleMs: IDLE_MS,
    now,
  });
  // A refresh token was used again: two devices hold refresh tokens of one puntual session, and one of the devices may be a thief's. The transaction
  // that ended the puntual session has also posted a notice to the member.
  if (rotation.verdict === 'reused') {
    const { sessionId } = parent;
    logger.error({ userId: rotation.userId, sessionId }, 'alert: a refresh token was used again, its session is ended');
  }
  if (rotation.verdict === 'refused' || rotation.verdict === 'reused') throw refused();
  const { userId, email } = rotation;
  const signed = await access.sign({ userId, sessionId: parent.sessionId, email }, now);
  return {
    sessionId: parent.sessionId,
    accessToken: signed.token,
    refreshToken: child,
    expiresAt: signed.expiresAt,
    sessionExpiresAt: rotation.expiresAt,
  };
}

const refused = (): Failure =>
  new Failure('auth/refused', 'Expected a refresh token that is still in force: sign in again.');
