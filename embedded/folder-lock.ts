// One stack at a time on a data folder. A lock is a file that names its owner by pid and birth, so that a lock left by a
// SIGKILL, or a pid used again, is seen for what it is. Postgres's own lock on its folder stands behind this one.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Failure } from '../services/failures.ts';

const NAME = 'stack.lock';
const TRIES = 100;
const PAUSE_MS = 10;

/** True when a process with this pid exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** A process that was killed stays listed until its parent takes note; nothing of it runs any more. */
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

/** The pid that holds a lock, or undefined when there is none or its owner is gone. */
async function ownerOf(path: string): Promise<number | undefined> {
  const [pid, birth] = (await readFile(path, 'utf8').catch(() => '')).trim().split(' ');
  const owner = Number(pid);
  const alive = Number.isInteger(owner) && owner > 0 && isAlive(owner) && (birth ?? '') === birthOf(owner);
  return alive ? owner : undefined;
}

/** Takes the lock on a data folder; resolves with the release. Throws `stack/already-running` with the owner's pid. */
export async function lockFolder(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, NAME);
  for (let tries = 0; tries < TRIES; tries++) {
    if (await tryLock(path)) return () => rm(path, { force: true });
    const owner = await ownerOf(path);
    if (owner !== undefined) throw alreadyRunning(dataDir, owner);
    await clearStale(path);
  }
  throw new Failure('stack/start-failed', `Expected to lock ${dataDir}; others kept taking the lock. Try again.`);
}

/** A link appears with its content, so nobody ever reads an empty lock and takes it for stale. */
async function tryLock(path: string): Promise<boolean> {
  const aside = `${path}.${process.pid}.${randomUUID()}`;
  await writeFile(aside, `${process.pid} ${birthOf(process.pid)}\n`, { mode: 0o600 });
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
 * Removes a stale lock. Only who holds a second lock may, and looks again under it: of two that saw it stale, the slower one would
 * otherwise remove the fresh lock of the quicker.
 */
async function clearStale(path: string): Promise<void> {
  const breaking = `${path}.breaking`;
  if (await tryLock(breaking)) {
    if ((await ownerOf(path)) === undefined) await rm(path, { force: true });
    await rm(breaking, { force: true });
  } else if ((await ownerOf(breaking)) === undefined) {
    // Killed in the middle of this very function.
    await rm(breaking, { force: true });
  } else {
    await wait(PAUSE_MS);
  }
}

const alreadyRunning = (dataDir: string, pid: number): Failure =>
  new Failure(
    'stack/already-running',
    `Expected no other puntual on ${dataDir}; process ${pid} runs there. Stop it, or give this one another DATA_DIR.`,
    { details: { pid } },
  );
