// Finds and stops a Postgres that still runs on this stack's data folder after its parent process has ended. A process is signalled only if its
// working directory is proven to be the cluster's folder: the pid in the pid file may meanwhile be another program's.
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Failure } from '../../services/failures.ts';
import { runProgram } from '../child.ts';
import { isAlive } from '../folder-lock.ts';

const POLL_MS = 25;
const ASK_MS = 5_000;
const INSIST_MS = 2_000;

/** The pid in the file postmaster.pid, which Postgres writes; undefined when there is no such file. */
async function postmasterPid(clusterDir: string): Promise<number | undefined> {
  const text = await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** True when the process's working directory is the cluster's folder: Postgres changes into that folder at its start and stays there. */
async function worksIn(pid: number, clusterDir: string): Promise<boolean> {
  if (!existsSync('/proc/self/cwd')) {
    const { lines } = await runProgram('ps', ['-o', 'args=', '-p', String(pid)], { cwd: '/' });
    return lines.some((line) => line.includes('postgres') && line.includes(clusterDir));
  }
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return cwd !== undefined && cwd === (await realpath(clusterDir).catch(() => undefined));
}

/**
 * True if the cluster's folder is any process's working directory, and also if that cannot be found out: removing the pid file of a running Postgres
 * could destroy the data.
 */
async function anyoneWorksIn(clusterDir: string): Promise<boolean> {
  if (!existsSync('/proc/self/cwd')) return true;
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  for (const pid of pids) if (await worksIn(pid, clusterDir)) return true;
  return false;
}

async function goneWithin(pid: number, ms: number): Promise<boolean> {
  for (let waited = 0; waited < ms; waited += POLL_MS) {
    if (!isAlive(pid)) return true;
    await wait(POLL_MS);
  }
  return !isAlive(pid);
}

/** Stops a Postgres left running on this data folder and removes a stale pid file. Throws `stack/start-failed`. */
export async function stopOrphan(clusterDir: string, logger: Logger): Promise<void> {
  const pid = await postmasterPid(clusterDir);
  // If the process named in postmaster.pid has ended, postmaster.pid must stay: a starting Postgres uses it to check for shared memory that is still
  // in use.
  if (pid === undefined || !isAlive(pid)) return;
  if (await worksIn(pid, clusterDir)) {
    logger.warn({ pid }, 'stopping a Postgres that outlived its parent');
    for (const [signal, ms] of [
      ['SIGINT', ASK_MS],
      ['SIGQUIT', INSIST_MS],
    ] as const) {
      process.kill(pid, signal);
      if (await goneWithin(pid, ms)) return;
    }
    throw new Failure(
      'stack/start-failed',
      `Expected the Postgres left running (pid ${pid}) to stop. Stop it by hand and start again.`,
    );
  }
  if (!(await anyoneWorksIn(clusterDir))) await rm(join(clusterDir, 'postmaster.pid'), { force: true });
}
