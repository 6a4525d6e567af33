// What kept a request from leaving, or had it turned away: the gym or the way to it, or this process. Facts in, a word out.
import type { Deciding } from './outcome.ts';

/** Reasons of our own for a request that never left (services/timed-sender): the deadline passed, or the sender was closed or lost. */
const OUR_REASONS: readonly string[] = ['too-late', 'withdrawn', 'closed', 'sender-lost', 'cannot-dial'];
const isOurs = (why: string): boolean => OUR_REASONS.includes(why) || why.includes('/');
/** The system's own codes: ECONNREFUSED, ECONNRESET, ENOTFOUND …. A handshake that only took too long may have waited for this process. */
const isGyms = (why: string): boolean => /^E[A-Z_]+$/.test(why);

/** Of all tries of a race; `busy`: the gym could be reached, and turned requests away. */
export function hindranceOf(
  tries: readonly { readonly answer: string; readonly why?: string | undefined }[],
): Deciding['hindrance'] {
  const reasons = tries.flatMap(({ answer, why }) => (answer === 'not-sent' ? (why ?? []) : []));
  if (reasons.some(isGyms)) return 'gym';
  if (tries.some(({ answer, why }) => answer === 'turned-away' && why === 'busy')) return 'busy';
  return reasons.every(isOurs) ? 'own' : 'unclear';
}
