// Finds a Postgres that outlived its parent on our data folder and stops it. Signals a pid only when that process is proven to be a postgres
// working in that folder: a pid from a file may by now belong to another program.
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

/** The postmaster's pid by its own file, or undefined when there is none. */
async function postmasterPid(clusterDir: string): Promise<number | undefined> {
  const text = await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n')[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/** True when the process works in the data folder: Postgres changes into it at start and stays there. */
async function worksIn(pid: number, clusterDir: string): Promise<boolean> {
  if (!existsSync('/proc/self/cwd')) {
    const { lines } = await runProgram('ps', ['-o', 'args=', '-p', String(pid)], { cwd: '/' });
    return lines.some((line) => line.includes('postgres') && line.includes(clusterDir));
  }
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return cwd !== undefined && cwd === (await realpath(clusterDir).catch(() => undefined));
}

/** If this cannot be found out the answer is yes: a pid file removed under a living Postgres would cost the data. */
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
  // With a dead pid the file must stay: Postgres itself checks its shared memory by it before it takes the folder over.
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
