// Writes what renewals brought, many in one statement, and tells each renewal about its own line. What the gym gave is written
// before anything else is asked of it: a database that is away is tried for a minute, and nothing is given up sooner.
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
/** Batching is waited for this long; more is gained while the batch before is on its way. */
const WINDOW_MS = 2;
const MAX_BATCH = 200;
const BATCH_CONCURRENCY = 2;

interface Waiting {
  readonly line: CommitLine;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

interface CommitParts {
  readonly clock: Clock;
  readonly store: Pick<Store, 'commitRotation' | 'commitRotations'>;
}

/** Keeps trying to reach the database for a minute. */
export const forAMinute = <T>({ clock }: { readonly clock: Clock }, write: () => Promise<T>): Promise<T> =>
  patiently(clock, TIMEOUT_MS, write);

export function createCommits(parts: CommitParts): Commit {
  let waiting: Waiting[] = [];
  let writing = 0;
  let isWindowOpen = false;
  async function writeBatches(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH);
      waiting = waiting.slice(MAX_BATCH);
      await writeBatch(parts, batch);
    }
    // In the same breath as the last look: a line that comes later finds nobody writing.
    writing -= 1;
  }
  async function afterWindow(): Promise<void> {
    isWindowOpen = true;
    await parts.clock.sleep(WINDOW_MS);
    isWindowOpen = false;
    if (writing >= BATCH_CONCURRENCY) return;
    writing += 1;
    await writeBatches();
  }
  return (line) =>
    new Promise<Committed>((resolve, reject) => {
      waiting.push({ line, resolve, reject });
      // Whoever is writing takes what waits when done; failures go to the lines they belong to.
      if (!isWindowOpen && writing < BATCH_CONCURRENCY) afterWindow().catch(reject);
    });
}

async function writeBatch(parts: CommitParts, batch: readonly Waiting[]): Promise<void> {
  const [first] = batch;
  if (!first) return;
  try {
    if (batch.length === 1) return first.resolve(await writeAlone(parts, first.line));
    const lines = batch.map(({ line }) => line);
    const rows = await forAMinute(parts, () => parts.store.commitRotations(lines));
    const byId = new Map(rows.map((row) => [row.renewalId, row]));
    await Promise.all(batch.map((one) => answer(parts, one, byId.get(one.line.renewalId))));
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}

/** A line that did not fit in the batch gets a call of its own, which says in full what is wrong with it. */
async function answer(
  parts: CommitParts,
  { line, resolve, reject }: Waiting,
  row: (Committed & { readonly refused?: string | undefined }) | undefined,
): Promise<void> {
  if (row && row.refused === undefined) return resolve(row);
  await writeAlone(parts, line).then(resolve, reject);
}

const writeAlone = (parts: CommitParts, line: CommitLine): Promise<Committed> =>
  forAMinute(parts, () => parts.store.commitRotation(line));
