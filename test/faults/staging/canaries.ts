// Looks for the pretend gym's marked secrets where none may be: in logs, spool, rows, in every encoding a secret is likely to have. It prints
// where one was found, never the secret.
import { readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { hasMark, TOKEN_MARK } from '../../support/canary.ts';
import type { Stand } from './stand.ts';

const ROWS = ['auth_sessions', 'token_journal', 'refresh_attempts', 'outbox', 'runs'];

/** The places where a marked secret is readable; empties the log, so that each batch is judged by its own. */
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

/** A secret put where none may be, so that a test can see the scan find it. */
export const PLANTED = `1|1780000000|${TOKEN_MARK}00112233445566778899aabb`;
