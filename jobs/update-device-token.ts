// Renews a device session immediately, after the device has proved that the session is its own.
import type { Clock } from '../services/clock.ts';
import { proveDevice } from '../services/renewal/device-proof.ts';
import type { Freshener } from '../services/renewal/freshen.ts';
import type { Seal } from '../services/seal/seal.ts';
import type { Secret } from '../services/secret.ts';
import type { DeviceSession } from '../services/session/session.ts';
import type { Store } from '../services/store/store.ts';

const JUST_NOW_MS = 60_000;

/** Throws session/proof-refused, session/needs-login, session/uncertain, session/busy, request/limited, gym/…. */
export async function updateDeviceToken(
  services: { clock: Clock; store: Store; seal: Seal; freshener: Freshener },
  claim: { userId: string; fingerprint: unknown; token: unknown },
): Promise<{ token: Secret; tokenUpdateCount: number }> {
  const { session, by } = await proveDevice(services, claim);
  const sinceMs = services.clock.now().getTime() - session.lastSuccessAt.getTime();
  // Another tab of this device renewed the session a moment before, so this request gets the token of that renewal.
  if (by === 'parent' && sinceMs < JUST_NOW_MS) return answerOf(session);
  // If another caller renews the session after this job has read it, this job sends no renewal and returns the token that the other caller received.
  const want = { staleAt: session.lastSuccessAt };
  const renewed = await services.freshener.device(claim.userId, session.fingerprint, want);
  if (renewed.trouble) throw renewed.trouble;
  return answerOf(renewed.session);
}

const answerOf = ({ key, tokenUpdateCount }: DeviceSession) => ({ token: key.token, tokenUpdateCount });
