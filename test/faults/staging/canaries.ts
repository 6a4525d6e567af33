// Looks for the pretend gym's secrets, each of which carries a mark, where none may be: in logs, spool and database rows, in every encoding that a
// secret is likely to have. The scan for secrets prints where a secret was found, and never the secret.
import { readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { hasMark, TOKEN_MARK } from '../../support/canary.ts';
import type { Stand } from './stand.ts';

const ROWS = ['auth_sessions', 'token_journal', 'refresh_attempts', 'outbox', 'runs'];

/**
 * Gives the places where a secret with the pretend gym's mark is readable, and empties the service's log, so that each batch is judged by its own log
 * lines only.
 */
export async function findCanaries({ folder, pool }: Stand): Promise<string[]> {
  const found: string[] = [];
  const log = join(folder, 'service.log');
  if (hasMark(await readFile(log, 'utf8').catch(() => ''))) found.push('the service log');
  await truncate(log, 0).catch(() => {});
  const spool = join(folder, 'spool');
  for (const name of await readdir(spool, { recursive: true }).catch(() => [])) {
    if (hasMark(await readFile(join(spool, name), 'utf8').catch(() => ''))) found.push('a spool file');
  }
  for (const table of ROWS) {
    const { rows } = await pool.query<{ line: string }>(`select t::text as line from public.${table} t`);
    if (rows.some(({ line }) => hasMark(line))) found.push(`table ${table}`);
  }
  return found;
}

/** A secret with the pretend gym's mark, which a test puts where none may be, to check that the scan finds it. */
export const PLANTED = `1|1780000000|${TOKEN_MARK}00112233445566778899aabb`;
