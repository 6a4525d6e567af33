// One read of a box's day for all members with a rule that asks for it. It uses the background session of one of them, or of another if the gym
// does not know that one. It renews nothing. A box that cannot be read is skipped for the rest of a pass.
import type { Logger } from 'pino';
import { asFailure } from '../failures.ts';
import type { DayAnswer, Gym } from '../gym/gym.ts';
import type { Freshener } from '../renewal/freshen.ts';
import type { Box } from '../store/box-store.ts';

export interface ReadServices {
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

/** A day as it was listed. */
export type ListedDay = Extract<DayAnswer, { readonly kind: 'day' }>;

/** No session is older than this, so the session is used without renewing it. */
const NEVER_RENEW = new Date(0);
/** How many members' sessions are tried for one day at most. */
const MAX_READERS = 3;

/**
 * Undefined: the gym knew none of the sessions, or the box could not be asked. @param turn spreads the reads over the members: another one first
 * each time.
 */
export async function readSharedDay(
  { gym, freshener, logger }: ReadServices,
  { box, day, userIds, turn }: { box: Box; day: string; userIds: readonly string[]; turn: number },
): Promise<ListedDay | undefined> {
  const first = userIds.length === 0 ? 0 : turn % userIds.length;
  for (const userId of [...userIds.slice(first), ...userIds.slice(0, first)].slice(0, MAX_READERS)) {
    try {
      const { session } = await freshener.background(userId, { staleAt: NEVER_RENEW });
      const answer = await gym.readDay(session.key, box.at, day);
      if (answer.kind === 'day') return answer;
    } catch (error) {
      const { code } = asFailure(error);
      logger.info({ box: box.at.slug, day, code }, 'rules: a day could not be read');
      // With an error of the gym's, another session would fail, too.
      if (code.startsWith('gym/')) return undefined;
    }
  }
  return undefined;
}
