// A folder of our own on disk (0700): made, and found writable, or refused before anything is started. It keeps nothing in it.
import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Failure } from './failures.ts';

const codeOf = (cause: unknown): string | undefined => (cause as NodeJS.ErrnoException).code;

/** Makes the folder and those above it, each 0700, where they are missing. Throws `stack/folder-unwritable`. */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await make(resolve(folder));
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/** The failure of a folder that cannot be written, for whatever reason is the cause. */
export const unwritable = (folder: string, cause: unknown): Failure =>
  new Failure(
    'stack/folder-unwritable',
    `Expected to be able to write to ${resolve(folder)}. Give this user the folder, or set DATA_DIR to another one.`,
    { cause },
  );

/** Step by step: node's own recursive mkdir never returns where a file system answers "not found" to every new folder, as /proc does. */
async function make(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return;
    if (codeOf(cause) !== 'ENOENT' || (await exists(dirname(folder)))) throw cause;
    await make(dirname(folder));
    await make(folder);
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
