// A device has its own session renewed now, and proves that it is the device.
import type { Clock } from '../services/clock.ts';
import type { Secret } from '../services/secret.ts';
import type { Freshener } from '../services/session/freshen.ts';
import { proveDevice } from '../services/session/proof.ts';
import type { Seal } from '../services/store/seal.ts';
import type { Store } from '../services/store/store.ts';

/** Throws session/proof-refused, session/needs-login, session/uncertain, session/busy, gym/…. */
export async function updateDeviceToken(
  services: { clock: Clock; store: Store; seal: Seal; freshener: Freshener },
  claim: { userId: string; fingerprint: unknown; token: unknown },
): Promise<{ token: Secret; tokenUpdateCount: number }> {
  const { session } = await proveDevice(services, claim);
  // Unless somebody has just done it: then that one's token is as new as any.
  const want = { staleAt: session.lastSuccessAt };
  const renewed = await services.freshener.device(claim.userId, session.fingerprint, want);
  if (renewed.trouble) throw renewed.trouble;
  return { token: renewed.session.key.token, tokenUpdateCount: renewed.session.tokenUpdateCount };
}
