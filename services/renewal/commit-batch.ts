// Commits the tokens that renewals brought, many in one statement, and reports to each renewal what became of its own token. A token and its cookies
// are committed before the gym is asked anything else about the session. If the database cannot be reached, a commit is retried for a minute.
import { createBatchWriter } from '../batch-writer.ts';
import type { Clock } from '../clock.ts';
import { patiently } from '../retry.ts';
import type { CommitLine } from '../store/renewal-store.ts';
import type { Store } from '../store/store.ts';

/** `moved`: the committed token became the session's current token. `exists`: the session's row is still in the database. */
export interface Committed {
  readonly moved: boolean;
  readonly exists: boolean;
}
/** Resolves when the line (one renewal's token and cookies) is committed. Throws database/…. */
export type Commit = (line: CommitLine) => Promise<Committed>;

const TIMEOUT_MS = 60_000;
/** How long, in ms, a commit waits for other commits to join its statement, when a member may be waiting for the result. */
const WINDOW_MS = 2;
/**
 * How long, in ms, a commit of a refresh run waits for other commits to join its statement; the run goes on meanwhile. With this wait a run needs
 * half as many statements as with `WINDOW_MS`.
 */
export const RUN_WINDOW_MS = 10;
const MAX_BATCH = 200;
const BATCH_CONCURRENCY = 2;

interface CommitParts {
  readonly clock: Clock;
  readonly store: Pick<Store, 'commitRotation' | 'commitRotations'>;
}

/** Repeats `write` for up to a minute while the database cannot be reached. */
export const forAMinute = <T>({ clock }: { readonly clock: Clock }, write: () => Promise<T>): Promise<T> =>
  patiently(clock, TIMEOUT_MS, write);

/** Returns a function that commits received tokens; tokens that come at about the same time go into one statement. */
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
    // A token that the database refused in the batch is written again by its own call: that call's error says in full what is wrong with the token.
    return row && row.refused === undefined ? row : writeAlone(parts, line);
  });
}

const writeAlone = (parts: CommitParts, line: CommitLine): Promise<Committed> =>
  forAMinute(parts, () => parts.store.commitRotation(line));
