// Which members were erased and when, in a file outside the database: a restored backup may hold erased members, which are then deleted again. The
// file has one line for each erased member: the member's id and the instant of the erasure. A process without a disk of its own has no list of
// erasures (docs/hosted.md).
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { appendLine, openLines } from '../append-line.ts';

const line = z.object({ userId: z.guid(), erasedAt: z.iso.datetime() });
/** One line of the list of erasures: an erased member's id and the instant of the erasure. */
export type Erasure = z.infer<typeof line>;

export interface ErasureList {
  /**
   * Writes the member's line; resolves when the line is on the disk. Throws the file system's error; the caller then must not delete the member,
   * because a restored backup could bring the member back.
   */
  keep(erasure: Erasure): Promise<void>;
  /** All erased members of the file; a line that was cut off by a crash is left out. */
  read(): Promise<readonly Erasure[]>;
}

/** The list of erased members in the file at `path`; the file is created when the first member is added. */
export function openErasureList(path: string): ErasureList {
  return {
    async keep(erasure) {
      const file = await openLines(path);
      await appendLine(file, JSON.stringify(erasure)).finally(() => file.close());
    },
    async read() {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      });
      return text.split('\n').flatMap((written) => parsed(written) ?? []);
    },
  };
}

function parsed(written: string): Erasure | undefined {
  try {
    return line.parse(JSON.parse(written));
  } catch {
    return undefined;
  }
}
