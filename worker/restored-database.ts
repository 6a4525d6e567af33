// Detects that the database was put back to an earlier state while this process runs, as by restoring a backup: a run that this process finished is
// then gone from the database. The tokens in such a database are older than the gym's, and the gym refuses them.
import type { Store } from '../services/store/store.ts';
import type { Services } from './services.ts';

interface FinishedRun {
  readonly runId: string;
  readonly finishedAt: Date;
}

/** For how long, ms, a finished run must be in the database. The sweep deletes runs that are thirty days old. */
const KEPT_MS = 25 * 24 * 60 * 60_000;

/** For each open database, the run that this process finished last. */
const newest = new WeakMap<Store, FinishedRun>();

/** Notes that the database has stored the end of this run. */
export const noteFinishedRun = (store: Store, run: FinishedRun): void => void newest.set(store, run);

/**
 * Raises the alert, once, if the database has lost the run that this process finished last. Never throws: if the database cannot be asked, the next
 * run asks it.
 */
export async function lookForLostRun({
  store,
  clock,
  logger,
}: Pick<Services, 'store' | 'clock' | 'logger'>): Promise<void> {
  const run = newest.get(store);
  if (!run || clock.now().getTime() - run.finishedAt.getTime() > KEPT_MS) return;
  if (await store.isRunKnown(run.runId).catch(() => true)) return;
  if (newest.get(store) === run) newest.delete(store);
  logger.error({ lost: run }, 'alert: the database has lost a finished run, it was put back to an earlier state');
}
