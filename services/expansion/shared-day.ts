// Reads the classes of one day of a box, once for all members with a rule that asks for that day. The gym's list of the day is read with one member's
// background session. If the gym does not know one member's session, the session of another member with a rule for the day is used. This file renews
// no session.
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

/** The classes of a day, as the gym listed them. */
export type ListedDay = Extract<DayAnswer, { readonly kind: 'day' }>;

/** No session's last renewal is older than this instant, so a session is used without being renewed. */
const NEVER_RENEW = new Date(0);
/** At most this many members' background sessions are tried, one after another, to read the classes of one day. */
const MAX_READERS = 3;

/**
 * Reads the classes of the day; returns undefined if the gym knew none of the tried sessions, or the gym could not be asked.
 * @param turn a number that rises from pass to pass, so that each pass begins with another member's background session.
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
      // After an error of the gym itself, reading the day with another session would fail, too.
      if (code.startsWith('gym/')) return undefined;
    }
  }
  return undefined;
}
