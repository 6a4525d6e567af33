// Batches writes: lines that arrive while a batch is on its way go together in the next one, and each line hears its own end.
// It knows nothing of what is written, and repeats nothing: how long a database that is away is waited for is the writer's business.
import type { Clock } from './clock.ts';

export interface BatchWriting<Line, Written> {
  readonly clock: Pick<Clock, 'sleep'>;
  /**
   * Writes the lines and answers one result for each, in their order. A rejected result is that line's alone; a rejection of the whole
   * call is heard by every line of the batch.
   */
  write(lines: readonly Line[]): Promise<readonly (Written | Promise<Written>)[]>;
  /** Wait so long for more lines before each batch that is not full, ms. 0: the first line goes out at once, alone. */
  readonly windowMs: number;
  readonly maxBatch: number;
  /** Batches on their way at a time. */
  readonly concurrency: number;
}

interface Waiting<Line, Written> {
  readonly line: Line;
  readonly resolve: (written: Written | Promise<Written>) => void;
  readonly reject: (error: unknown) => void;
}

/** Answers a function that writes one line: it resolves with what `write` answered for it, and throws what `write` threw. */
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

/** Never throws: each line hears its own end. Resolves when all have. */
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
