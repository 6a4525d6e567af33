// The refresh as a common program does it: read the rows of all sessions, ask the gym to renew each session, PATCH its row. Token and cookies are
// plain text, and there is no lease, intent or spool; puntual, measured beside this program, pays for all of these.
import { createClient } from '@supabase/supabase-js';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { ServiceAddress } from './service.ts';

/** A plain table for the peers; its rows hold what the call tokenUpdate needs. */
export const PEERS_SQL = `
  create table if not exists bench_sessions (
    id uuid primary key, token text not null, cookies text not null, fingerprint text not null,
    token_update_count int not null default 0, updated_at timestamptz not null default now());
  create index if not exists bench_sessions_by_age on bench_sessions (updated_at);
  grant all on bench_sessions to service_role;
  notify pgrst, 'reload schema';`;

const rowShape = z.array(
  z.object({
    id: z.string(),
    token: z.string(),
    cookies: z.string(),
    fingerprint: z.string(),
    token_update_count: z.number(),
  }),
);
type Row = z.infer<typeof rowShape>[number];
const answerShape = z.object({ newToken: z.string() });
/** The most rows that PostgREST returns in one answer by default. */
const PAGE = 1_000;

/** Renews the sessions in `count` rows; returns how many of the rows were written. */
export async function refreshRows(address: ServiceAddress, count: number, concurrency: number): Promise<number> {
  const client = createClient(address.supabaseUrl, address.secretKey, { auth: { persistSession: false } });
  const rows: Row[] = [];
  for (let from = 0; from < count; from += PAGE) {
    const to = Math.min(from + PAGE, count) - 1;
    const { data, error } = await client.from('bench_sessions').select().order('updated_at').range(from, to);
    if (error) throw new Error(error.message);
    rows.push(...rowShape.parse(data));
  }
  const limit = pLimit(concurrency);
  const renewed = await Promise.all(
    rows.map((row) =>
      limit(async () => {
        const { token, cookies } = await ask(address.mainUrl, row);
        const change = { token, cookies, token_update_count: row.token_update_count + 1, updated_at: new Date() };
        const { error } = await client.from('bench_sessions').update(change).eq('id', row.id);
        return !error;
      }),
    ),
  );
  return renewed.filter(Boolean).length;
}

async function ask(mainUrl: string, row: Row): Promise<{ token: string; cookies: string }> {
  const body = new URLSearchParams({ token: row.token, ciclo: '1', fingerprint: row.fingerprint });
  const response = await fetch(`${mainUrl}/api/tokenUpdate`, {
    method: 'POST',
    headers: { cookie: row.cookies },
    body,
  });
  const { newToken } = answerShape.parse(JSON.parse(await response.text()));
  const cookies = new Map(row.cookies.split('; ').map((pair) => pair.split('=', 2) as [string, string]));
  for (const line of response.headers.getSetCookie()) {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=', 2);
    cookies.set(name, value);
  }
  return { token: newToken, cookies: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
}
