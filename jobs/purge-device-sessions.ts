// Deletes devices that have not been used for a long time (by last use, not creation), and our own sessions that ended as long ago. Ends what is
// left of refused members, too, if a race of theirs was running when they were refused. And repeats past erasures, for a database that was
// restored while we ran.
import { type EraseServices, repeatErasures } from '../services/account/erase.ts';

const LONG_MS = 60 * 24 * 60 * 60_000;

type PurgeServices = Pick<EraseServices, 'clock' | 'store' | 'logger' | 'erasures'>;

/** Returns how many devices and own sessions were deleted. Throws database/…. */
export async function purgeDeviceSessions(services: PurgeServices): Promise<{ purged: number; sessions: number }> {
  const { clock, store } = services;
  await repeatErasures(services);
  const now = clock.now();
  const before = new Date(now.getTime() - LONG_MS);
  await store.showOutRefused(now);
  return { purged: await store.purgeDeviceSessions(before), sessions: await store.purgeUserSessions(before) };
}
