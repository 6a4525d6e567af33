// Lets go of devices that have not been seen for long (seen, not created: one in daily use stays), and of our own sessions that ended
// as long ago.
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
  const before = new Date(clock.now().getTime() - LONG_MS);
  return { purged: await store.purgeDeviceSessions(before), sessions: await store.purgeUserSessions(before) };
}
