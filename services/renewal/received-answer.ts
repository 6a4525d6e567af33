// Seals a received answer into a spool line, and opens it again after a crash.
import { asFailure } from '../failures.ts';
import type { GymKey, RawAnswer } from '../gym/gym.ts';
import type { MemberSeal, Seal } from '../seal/seal.ts';
import { Secret } from '../secret.ts';
import type { KeptRenewal } from '../store/renewal-store.ts';
import { openKey } from './open-session.ts';
import type { SpoolLine } from './spool.ts';

const placeOfLine = (line: { readonly userId: string; readonly renewalId: string }) => ({
  table: 'spool',
  column: 'answer',
  userId: line.userId,
  chain: '',
  sessionType: '',
  attemptId: line.renewalId,
  generation: 0,
});

/** Seals a received answer into the spool line of its renewal. */
export const sealAnswer = (
  member: MemberSeal,
  leased: { readonly id: string; readonly userId: string; readonly renewalId: string },
  raw: RawAnswer,
): SpoolLine => ({
  renewalId: leased.renewalId,
  userId: leased.userId,
  sessionId: leased.id,
  sealed: member.seal(placeOfLine(leased), new Secret(JSON.stringify(raw))),
});

/**
 * Opens a spooled answer, and the token and cookies with which its request was sent; undefined when one of the three cannot be opened. Throws
 * seal/unknown-key if the keyring lacks the key that wrapped the member's data key: the answer then stays in the spool for a process that has the
 * key.
 */
export function openKept(
  seal: Seal,
  line: SpoolLine,
  kept: Extract<KeptRenewal, { state: 'ready' }>,
): { member: MemberSeal; raw: RawAnswer; key: GymKey } | undefined {
  try {
    const member = seal.openMember(kept.userId, kept.wrapped);
    const raw: RawAnswer = JSON.parse(member.open(placeOfLine(line), line.sealed).reveal());
    return { member, raw, key: openKey(member, kept) };
  } catch (error) {
    if (asFailure(error).code === 'seal/unknown-key') throw error;
    return undefined;
  }
}
