// Writes what renewals brought, many in one statement, and tells each renewal about its own line. A token and its cookies are written
// before anything else is asked of the gym. A database that is away is tried for a minute, and nothing is given up sooner.
import { createBatchWriter } from '../batch-writer.ts';
import type { Clock } from '../clock.ts';
import { patiently } from '../retry.ts';
import type { CommitLine } from '../store/renewal-store.ts';
import type { Store } from '../store/store.ts';

/** Whether the pointer moved, and whether the session's row is still there. */
export interface Committed {
  readonly moved: boolean;
  readonly exists: boolean;
}
/** Resolves when the line is committed. Throws database/…. */
export type Commit = (line: CommitLine) => Promise<Committed>;

const TIMEOUT_MS = 60_000;
/** Batching is waited for this long where a member may wait for the end. */
const WINDOW_MS = 2;
/** And this long in a run, where the next session is asked for meanwhile: half as many statements. */
export const RUN_WINDOW_MS = 10;
const MAX_BATCH = 200;
const BATCH_CONCURRENCY = 2;

interface CommitParts {
  readonly clock: Clock;
  readonly store: Pick<Store, 'commitRotation' | 'commitRotations'>;
}

/** Keeps trying to reach the database for a minute. */
export const forAMinute = <T>({ clock }: { readonly clock: Clock }, write: () => Promise<T>): Promise<T> =>
  patiently(clock, TIMEOUT_MS, write);

/** Commits lines, those that come together in one statement. */
export const createCommits = (parts: CommitParts, windowMs = WINDOW_MS): Commit =>
  createBatchWriter({
    clock: parts.clock,
    windowMs,
    maxBatch: MAX_BATCH,
    concurrency: BATCH_CONCURRENCY,
    write: (lines) => writeLines(parts, lines),
  });

async function writeLines(
  parts: CommitParts,
  lines: readonly CommitLine[],
): Promise<readonly (Committed | Promise<Committed>)[]> {
  const [first] = lines;
  if (lines.length === 1 && first) return [writeAlone(parts, first)];
  const rows = await forAMinute(parts, () => parts.store.commitRotations(lines));
  const byId = new Map(rows.map((row) => [row.renewalId, row]));
  return lines.map((line) => {
    const row = byId.get(line.renewalId);
    // A line that did not fit in the batch gets a call of its own, which says in full what is wrong with it.
    return row && row.refused === undefined ? row : writeAlone(parts, line);
  });
}

const writeAlone = (parts: CommitParts, line: CommitLine): Promise<Committed> =>
  forAMinute(parts, () => parts.store.commitRotation(line));
