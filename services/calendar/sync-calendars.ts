// Updates the members' calendar feeds at puntual: from the prebookings each minute, and from the gym's lists every half hour for days on which a feed
// shows a place. If the gym cannot be asked or does not know the session, no entry is removed: the calendar keeps its entries and says since when
// they have not been checked.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { Gym, GymKey, Slot } from '../gym/gym.ts';
import { classEndsAt, classStartsAt } from '../prebooking/opening-rule.ts';
import type { Freshener } from '../renewal/freshen.ts';
import type { Box } from '../store/box-store.ts';
import type { CalendarDue, GymPlace } from '../store/calendar-store.ts';
import type { Store } from '../store/store.ts';

export interface SyncServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

const EVERY_MS = 30 * 60_000;
/** In one pass at most this many members' calendars are updated from the gym's lists: not concurrently, but each after the one before it. */
const MAX_AT_ONCE = 5;
/** No session's last success is older than this instant, so a session is used without being renewed. */
const NEVER_RENEW = new Date(0);

/** Returns for how many calendars the gym was asked. No calendar's update is begun after `until`. Throws database/…. */
export async function syncCalendars(services: SyncServices, until: Date): Promise<number> {
  const { store, clock, logger } = services;
  await store.refreshCalendars(clock.now());
  const due = await store.calendarsDue({ everyMs: EVERY_MS, limit: MAX_AT_ONCE, now: clock.now() });
  let asked = 0;
  for (const calendar of due) {
    if (clock.now() >= until) break;
    const heard = await hear(services, calendar).catch((error: unknown) => {
      logger.info({ code: asFailure(error).code }, 'calendar: the gym could not be asked, the last word stays');
      return false;
    });
    await store.noteCalendarAsked(calendar.userId, heard, clock.now());
    asked += 1;
  }
  return asked;
}

/**
 * Reads the gym's lists for the days of a member's calendar, and stores the member's places on these days. Returns false if the gym does not know the
 * member's session, or if the gym's list of one of the days could not be read.
 */
async function hear({ freshener, gym, store, clock }: SyncServices, { userId, days }: CalendarDue): Promise<boolean> {
  const { session } = await freshener.background(userId, { staleAt: NEVER_RENEW });
  const key: GymKey = session.key;
  // The gym may show its list to an anonymous caller, too, without the places of any member. Only a list read with a session that the gym knows
  // proves that a place is gone.
  if ((await gym.isAlive(key)) !== true) return false;
  for (const { day, box } of days) {
    const answer = await gym.readDay(key, box.at, day);
    if (answer.kind !== 'day') return false;
    await store.noteCalendarDay({ userId, boxId: box.id, day, mine: placesIn(answer.slots, box), now: clock.now() });
  }
  return true;
}

/** Gives the member's own places of a day, from the list that the gym showed to the member's session. */
export const placesIn = (slots: readonly Slot[], box: Pick<Box, 'timeZone'>): GymPlace[] =>
  slots.filter((slot) => slot.mine && !slot.isCancelled).map((slot) => placeOf(slot, box));

const placeOf = ({ day, timeId, name, mine }: Slot, { timeZone }: Pick<Box, 'timeZone'>): GymPlace => ({
  timeId,
  className: name,
  state: mine === 'waitlisted' ? 'waitlisted' : 'confirmed',
  startsAt: classStartsAt(day, timeId, timeZone),
  endsAt: classEndsAt(day, timeId, timeZone),
});
