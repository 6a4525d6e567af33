// Names what hindered the booking requests of a race that were not sent or were turned away: a gym out of reach, a busy gym, this process, or an
// unclear cause. All functions of this file are pure.
import type { Deciding } from './outcome.ts';

/**
 * Codes of the reasons in this process for which a request never left (services/timed-sender): the time to send it was over, the race withdrew it,
 * the sender was closed, the sender's thread had died, or the connection's settings were unusable.
 */
const OUR_REASONS: readonly string[] = ['too-late', 'withdrawn', 'closed', 'sender-lost', 'cannot-dial'];
const isOurs = (why: string): boolean => OUR_REASONS.includes(why) || why.includes('/');
/**
 * True for an error code of the operating system, such as ECONNREFUSED or ENOTFOUND: the gym could not be reached. A handshake that took too long
 * does not count as the gym's fault, because it may have waited for this process.
 */
const isGyms = (why: string): boolean => /^E[A-Z_]+$/.test(why);

/** What hindered the requests of a race, judged from all tries; `busy` means that the gym could be reached and turned requests away. */
export function hindranceOf(
  tries: readonly { readonly answer: string; readonly why?: string | undefined }[],
): Deciding['hindrance'] {
  const reasons = tries.flatMap(({ answer, why }) => (answer === 'not-sent' ? (why ?? []) : []));
  if (reasons.some(isGyms)) return 'gym';
  if (tries.some(({ answer, why }) => answer === 'turned-away' && why === 'busy')) return 'busy';
  return reasons.every(isOurs) ? 'own' : 'unclear';
}
