// Batches writes (one write is called a line here): lines that arrive while a batch is being written go together into the next, and each line gets
// its own result. The batch writer does not know what a line holds. The batch writer repeats no write: the given `write` decides how long to wait for
// an unreachable database.
import type { Clock } from './clock.ts';

export interface BatchWriting<Line, Written> {
  readonly clock: Pick<Clock, 'sleep'>;
  /**
   * Writes the lines of one batch and returns one result for each line, in the order of the lines. A rejected result rejects its own line only; if
   * the whole call rejects, every line of the batch rejects.
   */
  write(lines: readonly Line[]): Promise<readonly (Written | Promise<Written>)[]>;
  /**
   * How long, in ms, a batch that is not full waits for more lines (a line is one write) before it is written. With `windowMs` 0 a line is written
   * immediately and alone if fewer than `concurrency` batches are being written.
   */
  readonly windowMs: number;
  readonly maxBatch: number;
  /** The most batches that are written at the same time. */
  readonly concurrency: number;
}

interface Waiting<Line, Written> {
  readonly line: Line;
  readonly resolve: (written: Written | Promise<Written>) => void;
  readonly reject: (error: unknown) => void;
}

/** Returns a function that writes one line: the function resolves with what `write` returned for the line, and throws what `write` threw. */
export function createBatchWriter<Line, Written>(how: BatchWriting<Line, Written>): (line: Line) => Promise<Written> {
  let waiting: Waiting<Line, Written>[] = [];
  let writing = 0;
  let isWindowOpen = false;
  async function writeNext(): Promise<void> {
    if (how.windowMs > 0 && waiting.length < how.maxBatch) {
      isWindowOpen = true;
      await how.clock.sleep(how.windowMs);
      isWindowOpen = false;
    }
    writing += 1;
    const batch = waiting.slice(0, how.maxBatch);
    waiting = waiting.slice(how.maxBatch);
    begin();
    await writeBatch(how, batch);
    writing -= 1;
    begin();
  }
  function begin(): void {
    if (waiting.length === 0 || isWindowOpen || writing >= how.concurrency) return;
    writeNext().catch((error) => {
      for (const { reject } of waiting.splice(0)) reject(error);
    });
  }
  return (line) =>
    new Promise<Written>((resolve, reject) => {
      waiting.push({ line, resolve, reject });
      begin();
    });
}

/** Writes one batch. `writeBatch` never throws, and resolves when each line has its own result or error. */
async function writeBatch<Line, Written>(
  { write }: BatchWriting<Line, Written>,
  batch: readonly Waiting<Line, Written>[],
): Promise<void> {
  try {
    const written = await write(batch.map(({ line }) => line));
    const ends = batch.map(async ({ resolve, reject }, at) => {
      if (!(at in written)) throw new RangeError('Expected one result for each line.');
      await Promise.resolve(written[at] as Written | Promise<Written>).then(resolve, reject);
    });
    await Promise.all(ends);
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
