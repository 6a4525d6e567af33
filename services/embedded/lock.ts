// One stack at a time on a data folder. A lock is a file that names its owner by pid and birth, so that a lock left by a
// SIGKILL, or a pid used again, is seen for what it is. Postgres's own lock on its folder stands behind this one.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failures.ts';

const NAME = 'stack.lock';
const TRIES = 20;

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

/** The pid that holds the lock, or undefined when the lock's owner is gone. */
function ownerOf(text: string): number | undefined {
  const [pid, birth] = text.trim().split(' ');
  const owner = Number(pid);
  return Number.isInteger(owner) && owner > 0 && isAlive(owner) && (birth ?? '') === birthOf(owner) ? owner : undefined;
}

/** Takes the lock on a data folder; resolves with the release. Throws `stack/already-running` with the owner's pid. */
export async function lockFolder(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, NAME);
  const aside = `${path}.${process.pid}.${randomUUID()}`;
  for (let tries = 0; tries < TRIES; tries++) {
    if (await tryLock(path, aside)) return () => rm(path, { force: true });
    const owner = ownerOf(await readFile(path, 'utf8').catch(() => ''));
    if (owner !== undefined) throw alreadyRunning(dataDir, owner);
    await clearStale(path, aside);
  }
  throw new Failure('stack/start-failed', `Expected to lock ${dataDir}; others kept taking the lock. Try again.`);
}

/** A link appears with its content, so nobody ever reads an empty lock and takes it for stale. */
async function tryLock(path: string, aside: string): Promise<boolean> {
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

/** Moves a stale lock away. Of two that saw it stale one may move the other's fresh lock: that one is put back. */
async function clearStale(path: string, aside: string): Promise<void> {
  await rename(path, aside).catch(() => {});
  if (ownerOf(await readFile(aside, 'utf8').catch(() => '')) !== undefined) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

const alreadyRunning = (dataDir: string, pid: number): Failure =>
  new Failure(
    'stack/already-running',
    `Expected no other puntual on ${dataDir}; process ${pid} runs there. Stop it, or give this one another DATA_DIR.`,
    { details: { pid } },
  );
