// Lets go of devices that have not been seen for long (seen, not created: one in daily use stays), and of our own sessions that ended
// as long ago. Ends what is left of refused members, too: a race of theirs was running when they were.
import type { Clock } from '../services/clock.ts';
import type { Store } from '../services/store/store.ts';

const LONG_MS = 60 * 24 * 60 * 60_000;

export async function purgeDeviceSessions({
  clock,
  store,
}: {
  clock: Clock;
  store: Store;
}): Promise<{ purged: number; sessions: number }> {
  const now = clock.now();
  const before = new Date(now.getTime() - LONG_MS);
  await store.showOutRefused(now);
  return { purged: await store.purgeDeviceSessions(before), sessions: await store.purgeUserSessions(before) };
}
