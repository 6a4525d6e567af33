// Where a test run keeps its files: in memory, if the system has enough of it. A database is hundreds of small files, and on a disk creating those
// files is most of the database's cost. The folder of these files is removed when the run ends; a killed run's folder is removed by a later run.
import { chmod, mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from '../../embedded/folder-lock.ts';

const SHARED_MEMORY = '/dev/shm';
const PREFIX = 'puntual-tests-';
const TMPFS = 0x01_02_19_94;
/** The free memory, in bytes, that is needed for database clusters, their logs and copies of data folders; the largest run so far held 0.7 GB. */
const MIN_FREE_BYTES = 3 * 2 ** 30;

/**
 * Makes a folder in memory and sets TMPDIR to it, for this process and the processes it starts. Returns a function that removes the folder. Does
 * nothing if TMPDIR is set already, or if the system has no tmpfs or too little free space in its tmpfs.
 */
export async function moveIntoMemory(env: NodeJS.ProcessEnv): Promise<() => Promise<void>> {
  const before = env['TMPDIR'];
  if (before !== undefined || !(await hasRoom())) return async () => {};
  await removeLeftovers();
  const folder = await mkdtemp(join(SHARED_MEMORY, `${PREFIX}${process.pid}-`));
  // Postgres may run as another user, which must be able to pass through this folder.
  await chmod(folder, 0o711);
  env['TMPDIR'] = folder;
  return async () => {
    delete env['TMPDIR'];
    // A process that was killed may still be writing its last file, so removing is tried again.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
}

/** Removes folders of killed test runs: a killed run removes nothing itself, and memory is scarcer than disk. */
async function removeLeftovers(): Promise<void> {
  const names = (await readdir(SHARED_MEMORY)).filter((name) => name.startsWith(PREFIX));
  const left = names.filter((name) => !isAlive(Number(name.slice(PREFIX.length).split('-')[0])));
  for (const name of left) await rm(join(SHARED_MEMORY, name), { recursive: true, force: true });
}

async function hasRoom(): Promise<boolean> {
  const { type, bavail, bsize } = await statfs(SHARED_MEMORY).catch(() => ({ type: 0, bavail: 0, bsize: 0 }));
  return type === TMPFS && bavail * bsize >= MIN_FREE_BYTES;
}
