// Does the caller hold the device's own token? Either the one in force, or the one before it as long as its answer may have been lost on the way.
// Background sessions cannot be proven here; every other case gets one and the same refusal.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Seal } from '../seal/seal.ts';
import { Secret, secretEquals } from '../secret.ts';
import type { DeviceSession } from '../session/session.ts';
import type { DeviceProof } from '../store/session-store.ts';
import type { Store } from '../store/store.ts';
import { openedDevice } from './open-session.ts';

/** How long the previous token proves the device. */
const PARENT_MS = 24 * 60 * 60_000;
/** A digest that no token has. */
const NOBODYS = '';

export interface ProvenDevice {
  readonly session: DeviceSession;
  /** Which token proved it. */
  readonly by: 'current' | 'parent';
}

/** Claims come as they were sent: a value that is no text proves nothing. Throws session/proof-refused, the same for every reason. */
export async function proveDevice(
  { clock, store, seal }: { clock: Clock; store: Store; seal: Seal },
  { userId, fingerprint, token }: { userId: string; fingerprint: unknown; token: unknown },
): Promise<ProvenDevice> {
  const row = await store.readDeviceProof(userId, textOf(fingerprint));
  const by = judge(seal, userId, row ?? undefined, textOf(token), clock.now());
  if (!row || !by) throw new Failure('session/proof-refused', 'Expected the token of this device.');
  return { session: openedDevice(seal, row), by };
}

/** A text that no row holds, for anything that is no text or that no database could hold. */
const textOf = (claim: unknown): string =>
  typeof claim === 'string' && claim.isWellFormed() && !claim.includes('\0') ? claim : '';

/** The same work whether there is such a device or not, and both comparisons whatever the first one gives. */
function judge(
  seal: Seal,
  userId: string,
  row: DeviceProof | undefined,
  token: string,
  now: Date,
): ProvenDevice['by'] | undefined {
  const wrapped = row?.wrapped ?? seal.newMemberKey(userId).wrapped;
  const given = seal.openMember(userId, wrapped).digest(new Secret(token));
  const isCurrent = secretEquals(given, new Secret(row?.tokenDigest ?? NOBODYS));
  const isParent = secretEquals(given, new Secret(row?.previousTokenDigest ?? NOBODYS));
  if (isCurrent) return 'current';
  const sinceMs = row === undefined ? PARENT_MS : now.getTime() - row.tokenReceivedAt.getTime();
  return isParent && sinceMs < PARENT_MS ? 'parent' : undefined;
}
