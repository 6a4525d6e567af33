// A real database for a bench: the embedded stack in a folder of its own, as `npm start` runs it, deleted afterwards.
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { pino } from 'pino';
import { type Stack, startStack } from '../embedded/stack.ts';

export interface Room {
  readonly stack: Stack;
  /** The folder of the embedded stack, in which a bench may also keep other files. */
  readonly folder: string;
  /** A pool of connections to the stack's database, as the superuser. */
  readonly pool: Pool;
  /** Creates another, empty database; returns the database's address for the superuser. */
  newDatabase(name: string): Promise<string>;
  close(): Promise<void>;
}

export async function openRoom(): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-bench-'));
  await chmod(folder, 0o711);
  // A bench that breaks off must not leave a gigabyte of files behind. The processes of the stack end with this process.
  const sweep = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', sweep);
  const logger = pino({ level: 'silent' });
  const stack = await startStack({ dataDir: join(folder, 'data'), logger });
  const pool = new Pool({ connectionString: stack.postgresUrl.reveal(), max: 10 });
  pool.on('error', () => undefined);
  return {
    stack,
    folder,
    pool,
    async newDatabase(name) {
      await pool.query(`create database ${name}`);
      const url = new URL(stack.postgresUrl.reveal());
      url.pathname = `/${name}`;
      return url.href;
    },
    async close() {
      await pool.end();
      await stack.stop();
      process.off('exit', sweep);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
