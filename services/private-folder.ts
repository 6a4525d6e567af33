// Makes a private folder on disk (0700) if it is missing, and checks that this process can write to it.
import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Failure } from './failures.ts';

const codeOf = (cause: unknown): string | undefined => (cause as NodeJS.ErrnoException).code;

/** Makes the folder and its parent folders, each 0700, where they are missing. Throws `stack/folder-unwritable`. */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await make(resolve(folder));
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/** The `Failure` that is thrown for a folder that cannot be written to, whatever the cause. */
export const unwritable = (folder: string, cause: unknown): Failure =>
  new Failure(
    'stack/folder-unwritable',
    `Expected to be able to write to ${resolve(folder)}. Give this user the folder, or set DATA_DIR to another one.`,
    { cause },
  );

/**
 * Makes the folder and its missing parents one by one. Node's recursive mkdir never returns on a file system such as /proc, which answers "not found"
 * to every new folder.
 */
async function make(folder: string): Promise<void> {
  if (await isMade(folder)) return;
  await make(dirname(folder));
  // The parent folder exists at this point, whichever process made it, so "not found" for the new folder is the file system's refusal.
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
