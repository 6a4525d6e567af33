// Gives the gym token in force to a device that has lost the answer to a renewal. The device proves with its previous gym token that the device
// session is its own. This job renews no token.
import type { Clock } from '../services/clock.ts';
import { Failure } from '../services/failures.ts';
import { proveDevice } from '../services/renewal/device-proof.ts';
import type { Seal } from '../services/seal/seal.ts';
import type { Secret } from '../services/secret.ts';
import { isUsable } from '../services/session/session.ts';
import type { Store } from '../services/store/store.ts';

export type Synced =
  | { readonly needsSync: false }
  | { readonly needsSync: true; readonly token: Secret; readonly refreshedAt: Date };

/** Throws session/proof-refused, and session/needs-login for a device that gave its proof while the gym has ended its login. */
export async function syncDeviceSession(
  services: { clock: Clock; store: Store; seal: Seal },
  claim: { userId: string; fingerprint: unknown; currentToken: unknown },
): Promise<Synced> {
  const { session, by } = await proveDevice(services, { ...claim, token: claim.currentToken });
  if (!isUsable(session))
    throw new Failure('session/needs-login', 'The gym no longer knows this device: log in again.');
  if (by === 'current') return { needsSync: false };
  return { needsSync: true, token: session.key.token, refreshedAt: session.lastSuccessAt };
}
