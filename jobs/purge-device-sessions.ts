// Lets go of devices that have not been seen for long (seen, not created: one in daily use stays), of our own sessions that ended as long
// ago, and of calendar entries that no calendar shows any more. Ends what is left of refused members, too: a race of theirs was running
// when they were. And repeats past erasures, for a database that was restored while we ran.
import { type EraseServices, repeatErasures } from '../services/account/erase.ts';

const DAY_MS = 24 * 60 * 60_000;
const LONG_MS = 60 * DAY_MS;
/** A calendar shows thirty days back; one day more, for a clock that is behind. */
const SHOWN_MS = 31 * DAY_MS;

type PurgeServices = Pick<EraseServices, 'clock' | 'store' | 'logger' | 'erasures'>;

/** Answers how many devices and own sessions left. Throws database/…. */
export async function purgeDeviceSessions(services: PurgeServices): Promise<{ purged: number; sessions: number }> {
  const { clock, store } = services;
  await repeatErasures(services);
  const now = clock.now();
  const before = new Date(now.getTime() - LONG_MS);
  await store.showOutRefused(now);
  await store.purgeCalendarEntries(new Date(now.getTime() - SHOWN_MS));
  return { purged: await store.purgeDeviceSessions(before), sessions: await store.purgeUserSessions(before) };
}
