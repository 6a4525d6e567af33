// Reads the rows that the metrics come from, and writes them as Prometheus text.
import type { Clock } from '../../services/clock.ts';
import { AGED_MS, backgroundStaleAt } from '../../services/session/freshness.ts';
import type { Store } from '../../services/store/store.ts';
import { expose } from './exposition.ts';

/** With more background sessions than this, only sums are given, because a row for each would make a scrape of megabytes. */
const MAX_SESSION_ROWS = 2_000;

/**
 * Gives the figures computed from the database's rows, as Prometheus text. Throws database/….
 * @param most the most background sessions that each get a line in the text; a test may lower the number.
 */
export async function measure(
  { store, clock }: { store: Store; clock: Clock },
  most = MAX_SESSION_ROWS,
): Promise<string> {
  const now = clock.now();
  const agedAt = new Date(now.getTime() - AGED_MS);
  const [rows, unreachable, unplaced] = await Promise.all([
    store.readMetrics({ now, agedAt, dueAt: backgroundStaleAt(now), most }),
    store.countUnreachable(now),
    store.countUnplaced(),
  ]);
  return expose({ rows, unreachable, unplaced, now });
}
