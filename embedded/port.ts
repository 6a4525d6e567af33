// Finds loopback ports for the embedded servers. The ports are chosen below the kernel's range for outgoing connections, so that no outgoing
// connection takes a port between choosing and binding. If another program takes a chosen port before the embedded server has bound it, the caller
// chooses another port.
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { Failure } from '../services/failures.ts';

const LOWEST = 20_000;
const HIGHEST = 32_767;
const TRIES = 50;

/** True when no program listens on this loopback port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Finds a loopback port that is free. Throws `stack/port-taken` if no free port is found. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new Failure(
    'stack/port-taken',
    `Expected a free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1; tried ${TRIES}.`,
  );
}

/** The failure for a port that is in use although the caller asked for exactly this port. */
export const portTaken = (port: number, what: string): Failure =>
  new Failure(
    'stack/port-taken',
    `Expected port ${port} on 127.0.0.1 to be free for ${what}; something listens there. Stop it or choose another port.`,
    { details: { port } },
  );

/** Listens on loopback, on `port` or, if `port` is absent, on a free port; resolves with the port's number. Throws `stack/port-taken`. */
export async function listenOnLoopback(server: Server, what: string, port?: number): Promise<number> {
  const chosen = port ?? (await freePort());
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      if (port !== undefined) return reject(portTaken(port, what));
      listenOnLoopback(server, what).then(resolve, reject);
    };
    server.once('error', onError);
    server.listen(chosen, '127.0.0.1', () => {
      server.off('error', onError);
      resolve(chosen);
    });
  });
}
