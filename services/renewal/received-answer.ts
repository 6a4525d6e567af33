// How a received answer is sealed into a spool line, and opened again after a crash.
import type { RawAnswer } from '../gym/gym.ts';
import type { MemberSeal } from '../seal/seal.ts';
import { Secret } from '../secret.ts';
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

/** Throws seal/unreadable. */
export const openAnswer = (member: MemberSeal, line: SpoolLine): RawAnswer =>
  JSON.parse(member.open(placeOfLine(line), line.sealed).reveal());
