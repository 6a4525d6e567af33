// A device with a gym token more than one renewal old gets the token in force without a password. The puntual session that was opened on this device
// proves that the device is the member's. The caller of this job has just exchanged the puntual session's refresh token, so the request comes from
// the holder of that session.
import type { Clock } from '../services/clock.ts';
import { Failure } from '../services/failures.ts';
import { getDeviceSession } from '../services/renewal/open-session.ts';
import type { Seal } from '../services/seal/seal.ts';
import type { Secret } from '../services/secret.ts';
import { isUsable } from '../services/session/session.ts';
import type { Store } from '../services/store/store.ts';

/**
 * The gym token in force of the device on which this puntual session was opened. Throws session/proof-refused for the fingerprint of another device,
 * session/needs-login if the gym has ended the device's login, database/…, seal/….
 */
export async function proveDeviceBySession(
  services: { clock: Clock; store: Store; seal: Seal },
  { sessionId, fingerprint }: { sessionId: string; fingerprint: unknown },
): Promise<{ token: Secret }> {
  const own = await services.store.readUserSession(sessionId, services.clock.now());
  if (!own || own.revokedAt !== undefined) throw refused();
  if (own.deviceFingerprint === undefined || own.deviceFingerprint !== fingerprint) throw refused();
  const device = await getDeviceSession(services, own.userId, own.deviceFingerprint);
  if (!isUsable(device)) throw new Failure('session/needs-login', 'The gym no longer knows this device: log in again.');
  return { token: device.key.token };
}

const refused = () => new Failure('session/proof-refused', 'Expected the session of this device.');
