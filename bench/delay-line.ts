// Starts a delay line, a process that passes bytes on with a fixed delay, in front of a server on loopback. The delay line's process ends with this
// process.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./delay-line-main.ts', import.meta.url));

export interface LineSettings {
  readonly host: string;
  readonly port: number;
  readonly oneWayMs: number;
  /** With `true` the delays are precise to some hundredths of a millisecond; a core is then busy while bytes are under way. */
  readonly isPrecise: boolean;
}

export interface LineReady {
  readonly port: number;
}

export interface DelayLine {
  /** The address at which clients reach the server through the delay line. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startDelayLine(
  to: string,
  oneWayMs: number,
  options: { isPrecise?: boolean } = {},
): Promise<DelayLine> {
  const target = new URL(to);
  const child = fork(MAIN, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const answer = once(child, 'message') as Promise<[LineReady]>;
  const { hostname, port } = target;
  const settings = { host: hostname, port: Number(port), oneWayMs, isPrecise: options.isPrecise ?? false };
  child.send(settings satisfies LineSettings);
  const [ready] = await answer;
  const url = new URL(to);
  url.port = String(ready.port);
  return {
    url: url.href.replace(/\/$/, ''),
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
