// Runs the given work while another process keeps one core busy.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { sleep } from './moment.ts';

const MAIN = fileURLToPath(new URL('./busy-main.ts', import.meta.url));

export async function whileOneCoreIsBusy<T>(work: () => Promise<T>): Promise<T> {
  const child = fork(MAIN, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(child, 'spawn');
  await sleep(200);
  try {
    return await work();
  } finally {
    const exited = once(child, 'exit');
    child.disconnect();
    await exited;
  }
}
