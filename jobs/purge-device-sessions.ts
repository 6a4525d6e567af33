// Deletes devices not seen for sixty days, puntual sessions that ended sixty days ago or earlier, and calendar entries of classes that began over 31
// days ago. A device in use is never deleted for its age. Ends all access, at puntual and at the gym, of members that the operator refused while a
// race of theirs was running. Repeats past erasures, because a database that was restored from a backup holds the erased members' rows again.
import { type EraseServices, repeatErasures } from '../services/account/erase.ts';

const DAY_MS = 24 * 60 * 60_000;
const LONG_MS = 60 * DAY_MS;
/** How long a calendar entry is kept: a calendar shows thirty days back, and one more day covers a clock that is behind. */
const SHOWN_MS = 31 * DAY_MS;

type PurgeServices = Pick<EraseServices, 'clock' | 'store' | 'logger' | 'erasures'>;

/** Returns how many devices and how many puntual sessions were deleted. Throws database/…. */
export async function purgeDeviceSessions(services: PurgeServices): Promise<{ purged: number; sessions: number }> {
  const { clock, store } = services;
  await repeatErasures(services);
  const now = clock.now();
  const before = new Date(now.getTime() - LONG_MS);
  await store.showOutRefused(now);
  await store.purgeCalendarEntries(new Date(now.getTime() - SHOWN_MS));
  return { purged: await store.purgeDeviceSessions(before), sessions: await store.purgeUserSessions(before) };
}
