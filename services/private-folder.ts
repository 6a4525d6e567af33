// Makes a private folder on disk (0700) if it is missing, and checks that this process can write to it. A failure names the folder and
// what the operator can do about it.
import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Failure } from './failures.ts';

const codeOf = (cause: unknown): string | undefined => (cause as NodeJS.ErrnoException).code;
const callOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).syscall ?? '';

/** Makes the folder and its parent folders, each 0700, where they are missing. Throws `stack/folder-unwritable`. */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await make(resolve(folder));
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const REFUSED = new Set([...FULL, 'EACCES', 'EPERM', 'EROFS', 'EIO']);

/** The `Failure` that is thrown for a folder that cannot be written to, whatever the cause. */
export const unwritable = (folder: string, cause: unknown): Failure =>
  new Failure(
    'stack/folder-unwritable',
    FULL.has(codeOf(cause) ?? '')
      ? `Expected room on the disk of ${resolve(folder)}. Make room there, or set DATA_DIR to a folder on another disk.`
      : `Expected to be able to write to ${resolve(folder)}. Give this user the folder, or set DATA_DIR to another one.`,
    { cause },
  );

/** Returns what was thrown; an error by which the file system refused a file of the folder is returned as the `Failure` that names the folder. */
export function namingFolder(folder: string, thrown: unknown): unknown {
  const isOfFiles = REFUSED.has(codeOf(thrown) ?? '') && !/^(spawn|listen|connect)/.test(callOf(thrown));
  return isOfFiles ? unwritable(folder, thrown) : thrown;
}

/**
 * Makes the folder and its missing parents one by one. Node's recursive mkdir never returns on a file system such as /proc, which answers "not found"
 * to every new folder.
 */
async function make(folder: string): Promise<void> {
  if (await isMade(folder)) return;
  await make(dirname(folder));
  // The parent folder exists at this point, so "not found" means that the file system refuses the new folder.
  if (!(await isMade(folder))) throw new Error(`Expected ${dirname(folder)} to take a new folder.`);
}

/**
 * Makes one folder; returns false if its parent folder is missing. Throws the file system's errors, except those for a missing parent folder and for
 * a folder that exists already.
 */
async function isMade(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return true;
    if (codeOf(cause) === 'ENOENT' && dirname(folder) !== folder) return false;
    throw cause;
  }
}
