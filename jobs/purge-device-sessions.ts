// Lets go of devices that have not been seen for long. Seen, not created: one in daily use stays.
import type { Clock } from '../services/clock.ts';
import type { Store } from '../services/store/store.ts';

const LONG_MS = 60 * 24 * 60 * 60_000;

export async function purgeDeviceSessions({
  clock,
  store,
}: {
  clock: Clock;
  store: Store;
}): Promise<{ purged: number }> {
  const before = new Date(clock.now().getTime() - LONG_MS);
  return { purged: await store.purgeDeviceSessions(before) };
}
