// Batches writes: lines that arrive while a batch is on its way go together in the next one, and each line gets its own result. It does not know
// what is written, and repeats nothing: how long to wait for an unreachable database is the writer's decision.
import type { Clock } from './clock.ts';

export interface BatchWriting<Line, Written> {
  readonly clock: Pick<Clock, 'sleep'>;
  /**
   * Writes the lines and returns one result for each, in their order. A rejected result is that line's alone; if the whole call rejects, every
   * line of the batch rejects.
   */
  write(lines: readonly Line[]): Promise<readonly (Written | Promise<Written>)[]>;
  /** How long a batch waits for more lines before it is written, ms. 0: the first line goes out at once, alone. */
  readonly windowMs: number;
  readonly maxBatch: number;
  /** How many batches may be on their way at a time. */
  readonly concurrency: number;
}

interface Waiting<Line, Written> {
  readonly line: Line;
  readonly resolve: (written: Written | Promise<Written>) => void;
  readonly reject: (error: unknown) => void;
}

/** Returns a function that writes one line: it resolves with what `write` returned for it, and throws what `write` threw. */
export function createBatchWriter<Line, Written>(how: BatchWriting<Line, Written>): (line: Line) => Promise<Written> {
  let waiting: Waiting<Line, Written>[] = [];
  let writing = 0;
  let isWindowOpen = false;
  async function writeBatches(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, how.maxBatch);
      waiting = waiting.slice(how.maxBatch);
      await writeBatch(how, batch);
    }
    // Without a wait after the last check, so that a line that comes later finds this batch over.
    writing -= 1;
  }
  async function begin(): Promise<void> {
    if (how.windowMs > 0) {
      isWindowOpen = true;
      await how.clock.sleep(how.windowMs);
      isWindowOpen = false;
    }
    if (writing >= how.concurrency) return;
    writing += 1;
    await writeBatches();
  }
  return (line) =>
    new Promise<Written>((resolve, reject) => {
      waiting.push({ line, resolve, reject });
      if (!isWindowOpen && writing < how.concurrency) begin().catch(reject);
    });
}

/** Never throws: each line gets its own result. Resolves when all have. */
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
