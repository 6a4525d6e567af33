// Checks whether a caller holds a device session's token. For a day after the current token was received, the previous token also proves the
// device, because the answer with the current one may have been lost. A background session's token never proves a device. A refused caller is not
// told which check failed.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Seal } from '../seal/seal.ts';
import { Secret, secretEquals } from '../secret.ts';
import type { DeviceSession } from '../session/session.ts';
import type { DeviceProof } from '../store/session-store.ts';
import type { Store } from '../store/store.ts';
import { openedDevice } from './open-session.ts';

/** How long the previous token proves the device, in ms since the current token was received. */
const PARENT_MS = 24 * 60 * 60_000;
/** A digest that no token has, compared with the caller's digest when the device or its stored digest is missing. */
const NOBODYS = '';

export interface ProvenDevice {
  readonly session: DeviceSession;
  /** Which gym token of the device session proved the device: `current`, the token in force, or `parent`, the token before it. */
  readonly by: 'current' | 'parent';
}

/**
 * Takes fingerprint and token as they were sent; a value that is no text proves nothing. Throws session/proof-refused, the same failure for every
 * reason.
 */
export async function proveDevice(
  { clock, store, seal }: { clock: Clock; store: Store; seal: Seal },
  { userId, fingerprint, token }: { userId: string; fingerprint: unknown; token: unknown },
): Promise<ProvenDevice> {
  const row = await store.readDeviceProof(userId, textOf(fingerprint));
  const by = judge(seal, userId, row ?? undefined, textOf(token), clock.now());
  if (!row || !by) throw new Failure('session/proof-refused', 'Expected the token of this device.');
  return { session: openedDevice(seal, row), by };
}

/** The text that the caller sent; the empty text, which no row holds, for a value that is no text or that the database cannot store. */
const textOf = (claim: unknown): string =>
  typeof claim === 'string' && claim.isWellFormed() && !claim.includes('\0') ? claim : '';

/**
 * Finds which of the device session's tokens a caller holds, the current or the previous; undefined for neither. Against timing attacks, the work is
 * the same for an unknown device, and the caller's token is always compared with both the current and the previous token.
 */
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
