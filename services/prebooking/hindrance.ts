// Names what kept a request from leaving, or had it refused: the gym or the network, or this process. Pure.
import type { Deciding } from './outcome.ts';

/** Reasons in this process for which a request never left (services/timed-sender): the deadline passed, or the sender was closed or lost. */
const OUR_REASONS: readonly string[] = ['too-late', 'withdrawn', 'closed', 'sender-lost', 'cannot-dial'];
const isOurs = (why: string): boolean => OUR_REASONS.includes(why) || why.includes('/');
/** True for the operating system's codes (ECONNREFUSED, ENOTFOUND). A handshake that only took too long may have waited for this process. */
const isGyms = (why: string): boolean => /^E[A-Z_]+$/.test(why);

/** The hindrance over all tries of a race; `busy` means that the gym could be reached and turned requests away. */
export function hindranceOf(
  tries: readonly { readonly answer: string; readonly why?: string | undefined }[],
): Deciding['hindrance'] {
  const reasons = tries.flatMap(({ answer, why }) => (answer === 'not-sent' ? (why ?? []) : []));
  if (reasons.some(isGyms)) return 'gym';
  if (tries.some(({ answer, why }) => answer === 'turned-away' && why === 'busy')) return 'busy';
  return reasons.every(isOurs) ? 'own' : 'unclear';
}
