// One stack at a time on a data folder. A lock is a file that names its owner by pid and start time, so that a lock left by a SIGKILL, or a pid
// used again, is recognised. An owner that is ending says so in the file, and the next start waits for it. Postgres's own lock on its folder
// comes after this one.
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
/** A process that ends answers its requests for up to 25 s, waits up to 75 s for renewals and then stops its parts. */
const MAX_WAIT_MS = 120_000;
const LOOK_EVERY_MS = 50;
const ENDING = 'ending';

export interface FolderLock {
  /** Writes into the lock that its owner is ending: a next start waits for it instead of being refused. */
  markEnding(): void;
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly isEnding: boolean;
}

/** True when a process with this pid exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** A killed process stays listed until its parent reaps it; it does not run any more. */
function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === 'Z';
}

/** The fields of /proc/PID/stat after the name, or undefined where there is no /proc. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Tells two processes with one pid apart: the boot, and the moment of birth since then (field 22). Empty without /proc. */
function birthOf(pid: number): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${statFields(pid)?.[19] ?? ''}`;
  } catch {
    return '';
  }
}

const lineOf = (state: string): string => `${process.pid} ${birthOf(process.pid)} ${state}`.trimEnd().concat('\n');

/** The owner of a lock, or undefined when there is none or its owner is gone. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  const [word, birth = '', state] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
  const pid = Number(word);
  const isOurs = Number.isInteger(pid) && pid > 0 && isAlive(pid) && birth === birthOf(pid);
  return isOurs ? { pid, isEnding: state === ENDING } : undefined;
}

/**
 * Takes the lock on a data folder. Waits for an owner that is ending, for `maxWaitMs` at most.
 * Throws `stack/already-running` with the pid of an owner that stays.
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
      // A full disk must not keep us from ending; the next start is then refused until we have ended.
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

/** A link appears with its content, so no process reads an empty lock and takes it for stale. */
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
 * Removes a stale lock. Only the holder of a second lock may, and it checks again under that lock. Otherwise, of two that saw it stale, the
 * slower one would remove the fresh lock of the quicker.
 */
async function clearStale(path: string): Promise<void> {
  const breaking = `${path}.breaking`;
  if (await tryLock(breaking)) {
    if ((await ownerOf(path)) === undefined) await rm(path, { force: true });
    await rm(breaking, { force: true });
  } else if ((await ownerOf(breaking)) === undefined) {
    // Its owner was killed in the middle of this very function.
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
