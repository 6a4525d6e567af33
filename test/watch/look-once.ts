// One pass over the watched days, as a service process makes it. This file imports no test runner, because a separate process (look-process.ts) uses
// the file, too.
import { randomUUID } from 'node:crypto';
import type { RaceServices } from '../../services/race/race-context.ts';
import { readTurns } from '../../services/watch/read-turns.ts';
import { giveBack } from '../../services/watch/swap.ts';

const FOR_MS = 8_000;

/**
 * Returns how many places the service tried to book. @param begun called when this pass has chosen the days that it reads and has begun to read them.
 */
export async function lookOnce(services: RaceServices, begun: () => void = () => undefined): Promise<number> {
  const { store, clock } = services;
  await store.settleWatches(clock.now());
  const { reads } = await readTurns(services, randomUUID(), { until: new Date(clock.now().getTime() + FOR_MS) });
  begun();
  const raced = await Promise.all(reads);
  await store.settleWatches(clock.now());
  await giveBack(services, clock.now());
  return raced.reduce((sum, one) => sum + one, 0);
}
