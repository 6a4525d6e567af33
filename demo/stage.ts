// Starts and stops the two processes of the demo, the pretend gym and puntual itself; both end when the demo ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type SpawnedSimulator, spawnSimulator } from '../simulator/spawn.ts';

const MAIN = fileURLToPath(new URL('../worker/main.ts', import.meta.url));
const START_TIMEOUT_MS = 60_000;

const stackShape = z.object({
  url: z.string(),
  postgresUrl: z.string(),
  supabaseUrl: z.string(),
  secretKey: z.string(),
  cronSecret: z.string(),
  operatorToken: z.string(),
});
/** What the demo reads of DATA_DIR/stack.json. */
export type Stack = z.infer<typeof stackShape>;

export interface Stage {
  readonly gym: SpawnedSimulator;
  readonly stack: Stack;
  readonly logFile: string;
  stop(): Promise<void>;
}

/** Starts the pretend gym and puntual. Throws if puntual does not come up, with the last lines of puntual's log if puntual has ended. */
export async function openStage(dataDir: string): Promise<Stage> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const logFile = join(dataDir, 'puntual.log');
  const gym = await spawnSimulator();
  try {
    const service = await startService(dataDir, logFile, gym);
    const stop = async () => {
      await service.stop();
      await gym.stop();
    };
    return { gym, stack: service.stack, logFile, stop };
  } catch (error) {
    await gym.stop();
    throw error;
  }
}

async function startService(dataDir: string, logFile: string, gym: SpawnedSimulator) {
  const stackFile = join(dataDir, 'stack.json');
  await rm(stackFile, { force: true });
  const log = await open(logFile, 'w', 0o600);
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN, '--die-with-parent'], {
    // The service stops by itself when this pipe, its stdin, closes, so a killed demo leaves no process behind.
    stdio: ['pipe', log.fd, log.fd],
    // Of the environment variables of the demo's caller, the service gets only four: a demo must never reach a real gym or a real database.
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      TZ: process.env['TZ'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      PORT: String(port),
      DATA_DIR: dataDir,
      AIMHARDER_LOGIN_URL: gym.loginUrl,
      AIMHARDER_URL: gym.mainUrl,
      AIMHARDER_BOX_URL: gym.boxUrlTemplate,
    },
  });
  await log.close();
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
  };
  const stack = await Promise.race([
    readStack(stackFile),
    exited.then(async ([code]) => {
      throw new Error(
        `puntual ended with ${String(code)} before it was up (log: ${logFile}):\n${await lastWords(logFile)}`,
      );
    }),
  ]);
  return { stack, stop };
}

async function readStack(path: string): Promise<Stack> {
  const until = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text) return stackShape.parse(JSON.parse(text));
    if (performance.now() > until) throw new Error(`Expected puntual to be up within ${START_TIMEOUT_MS / 1000} s.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The last lines of the service's log that are plain text; its JSON lines are left out. */
const lastWords = async (path: string): Promise<string> =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'))
    .slice(-12)
    .join('\n');

/** Finds a free port: 3000 when it is free, else any other. */
async function freePort(): Promise<number> {
  for (const port of [3000, 0]) {
    const server = createServer();
    const found = await new Promise<number | undefined>((resolve) => {
      server.once('error', () => resolve(undefined));
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
      });
    });
    if (found) return found;
  }
  throw new Error('Expected a free port.');
}
