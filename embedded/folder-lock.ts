// A lock, so that only one stack at a time uses a data folder. The lock file names its owner process by pid and start time, so that a lock left by a
// SIGKILL is recognised even if another process has got the pid since. A process that owns the lock and is ending writes `ending` into the lock file,
// and the next start of a stack waits until that process has ended.
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Failure } from '../services/failures.ts';

const NAME = 'stack.lock';
const TRIES = 100;
const PAUSE_MS = 10;
/**
 * How long to wait, in ms, for the end of a process that owns the lock and is ending. A process that is ending finishes requests for up to 25 s,
 * waits up to 75 s for renewals, then stops the stack.
 */
const MAX_WAIT_MS = 120_000;
const LOOK_EVERY_MS = 50;
const ENDING = 'ending';

export interface FolderLock {
  /** Writes into the lock file that this process is ending: the next start of a stack then waits until this process has ended, instead of failing. */
  markEnding(): void;
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly isEnding: boolean;
}

/** True when a process with this pid exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** True for a zombie: a process that has ended and stays listed until its parent has waited for it. */
function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === 'Z';
}

/** The fields of /proc/PID/stat after the process's name; undefined on a machine without /proc. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/**
 * A text of the machine's boot id and the process's start time since the boot, which distinguish processes with the same pid. The result is empty if
 * /proc is missing.
 */
function birthOf(pid: number): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${statFields(pid)?.[19] ?? ''}`;
  } catch {
    return '';
  }
}

const lineOf = (state: string): string => `${process.pid} ${birthOf(process.pid)} ${state}`.trimEnd().concat('\n');

/** The process that owns a lock; undefined when there is no lock or its owner has ended. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  const [word, birth = '', state] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
  const pid = Number(word);
  const isOurs = Number.isInteger(pid) && pid > 0 && isAlive(pid) && birth === birthOf(pid);
  return isOurs ? { pid, isEnding: state === ENDING } : undefined;
}

/**
 * Takes the lock on a data folder. Waits up to `maxWaitMs` for the end of a process that owns the lock and is ending. Throws `stack/already-running`
 * with the owner's pid if the owner is not ending, or does not end in time.
 */
export async function lockFolder(
  dataDir: string,
  { logger, maxWaitMs = MAX_WAIT_MS }: { logger: Logger; maxWaitMs?: number },
): Promise<FolderLock> {
  const path = join(dataDir, NAME);
  for (let tries = 0; tries < TRIES; tries++) {
    if (await tryLock(path)) return lockAt(path);
    const owner = await ownerOf(path);
    if (owner?.isEnding) await waitForEnd(path, owner, { dataDir, logger, maxWaitMs });
    else if (owner) throw alreadyRunning(dataDir, owner);
    else await clearStale(path);
  }
  throw new Failure('stack/start-failed', `Expected to lock ${dataDir}; others kept taking the lock. Try again.`);
}

const lockAt = (path: string): FolderLock => ({
  markEnding() {
    const aside = `${path}.${process.pid}.${ENDING}`;
    try {
      writeFileSync(aside, lineOf(ENDING), { mode: 0o600 });
      renameSync(aside, path);
    } catch {
      // If the disk is full, the lock file cannot be written, and this process ends all the same. Without `ending` in the lock file, the next start
      // of a stack fails until this process has ended.
    }
  },
  release: () => rm(path, { force: true }),
});

async function waitForEnd(
  path: string,
  { pid }: Owner,
  { dataDir, logger, maxWaitMs }: { dataDir: string; logger: Logger; maxWaitMs: number },
): Promise<void> {
  logger.warn({ pid, maxWaitMs }, `waiting for process ${pid} to end on ${dataDir}`);
  const untilMs = performance.now() + maxWaitMs;
  while ((await ownerOf(path))?.pid === pid) {
    if (performance.now() > untilMs) throw stillEnding(dataDir, pid, maxWaitMs);
    await wait(LOOK_EVERY_MS);
  }
}

/**
 * Takes the folder's lock if the lock is free. The lock file is made as a hard link, which appears together with its content, so no process reads an
 * empty lock file and regards the lock as stale.
 */
async function tryLock(path: string): Promise<boolean> {
  const aside = `${path}.${process.pid}.${randomUUID()}`;
  await writeFile(aside, lineOf(''), { mode: 0o600 });
  try {
    await link(aside, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  } finally {
    await rm(aside, { force: true });
  }
}

/**
 * Removes a stale lock. Only the holder of a second lock (`.breaking`) may remove a stale lock, after checking the stale lock again. Without the
 * lock `.breaking`, two processes could see the same stale lock, and the slower process would remove the fresh lock of the quicker process.
 */
async function clearStale(path: string): Promise<void> {
  const breaking = `${path}.breaking`;
  if (await tryLock(breaking)) {
    if ((await ownerOf(path)) === undefined) await rm(path, { force: true });
    await rm(breaking, { force: true });
  } else if ((await ownerOf(breaking)) === undefined) {
    // The process that held the second lock (the file `breaking`) was killed while it ran `clearStale`.
    await rm(breaking, { force: true });
  } else {
    await wait(PAUSE_MS);
  }
}

const alreadyRunning = (dataDir: string, { pid }: Owner): Failure =>
  new Failure(
    'stack/already-running',
    `Expected no other puntual on ${dataDir}; process ${pid} runs there. Stop it, or give this one another DATA_DIR.`,
    { details: { pid } },
  );

const stillEnding = (dataDir: string, pid: number, waitedMs: number): Failure =>
  new Failure(
    'stack/already-running',
    `Expected process ${pid} on ${dataDir}, which is ending, to be gone after ${waitedMs / 1000} s. Look at it, or start again later.`,
    { details: { pid } },
  );
