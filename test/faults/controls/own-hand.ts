// Functions that the wrong twins of the renewal share: they read due sessions and write tokens and cookies with SQL of their own, and so bypass the
// service's store.
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import type { GymKey } from '../../../services/gym/gym.ts';
import { openKey, sealKey } from '../../../services/renewal/open-session.ts';
import type { RenewServices } from '../../../services/renewal/renew.ts';
import { type SealedSession, sealedSessionRow } from '../../../services/store/session-store.ts';
import type { WorkerSetting } from '../worker-orders.ts';

export interface OwnCaller {
  readonly pool: Pool;
  /** Gives the sessions whose last success is at or before `staleAt`, sealed as the service's own store returns them. */
  due(staleAt: Date): Promise<SealedSession[]>;
  open(row: SealedSession): GymKey;
  /** Writes the token and cookies of `key` as the session's current ones, whatever the row holds by now. */
  write(row: SealedSession, key: GymKey, now: Date): Promise<void>;
  /** Declares the session dead at once, and tells the member to log in again. */
  bury(row: SealedSession, now: Date): Promise<void>;
  fail(row: SealedSession, now: Date): Promise<void>;
}

const DUE = `select public.session_with_secrets(s) as row from public.auth_sessions s
  where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null
    and s.last_token_update_date <= $1`;

export function ownHand({ seal }: RenewServices, { postgresUrl }: WorkerSetting): OwnCaller {
  const pool = new Pool({ connectionString: postgresUrl, max: 4 });
  pool.on('error', () => {});
  const open = (row: SealedSession) => openKey(seal.openMember(row.userId, row.wrapped), row);
  return {
    pool,
    open,
    due: async (staleAt) =>
      (await pool.query<{ row: unknown }>(DUE, [staleAt])).rows.flatMap(({ row }) => {
        const parsed = sealedSessionRow.safeParse(row);
        return parsed.success ? [parsed.data] : [];
      }),
    async write(row, key, now) {
      const attemptId = randomUUID();
      const generation = row.generation + 1;
      const member = seal.openMember(row.userId, row.wrapped);
      const sealed = sealKey(member, { ...row, attemptId, generation }, key);
      await pool.query(
        `with old as (delete from public.token_journal where session_id = $1)
         insert into public.token_journal (attempt_id, token_digest, session_id, user_id, chain, generation, parent_digest,
           token_sealed, cookies_sealed, state, received_at) values ($2, $3, $1, $4, $5, $6, $7, $8, $9, 'current', $10)`,
        [
          ...[row.id, attemptId, sealed.tokenDigest, row.userId, row.chain, generation, row.tokenDigest],
          ...[sealed.tokenSealed, sealed.cookiesSealed, now],
        ],
      );
      await pool.query(
        `update public.auth_sessions set status = 'live', current_attempt = $2, token_digest = $3, generation = $4,
           token_update_count = token_update_count + 1, token_success_count = token_success_count + 1,
           last_attempt_at = $5, last_token_update_date = $5 where id = $1`,
        [row.id, attemptId, sealed.tokenDigest, generation, now],
      );
    },
    async bury(row, now) {
      await pool.query(
        `update public.auth_sessions set status = 'needs-login', token_update_count = token_update_count + 1, last_attempt_at = $2 where id = $1`,
        [row.id, now],
      );
      await pool.query(
        `select public.post_notice($1, 'session-needs-login', 'needs-login:' || $2 || ':background', '{}', $3)`,
        [row.userId, row.chain, now],
      );
    },
    async fail(row, now) {
      await pool.query(
        'update public.auth_sessions set token_update_count = token_update_count + 1, last_attempt_at = $2 where id = $1',
        [row.id, now],
      );
    },
  };
}

/** Runs `work` on all rows, eight at a time; an error with one row does not stop the work on the others. */
export async function inLanes(rows: SealedSession[], work: (row: SealedSession) => Promise<void>): Promise<void> {
  const lane = async () => {
    for (let row = rows.shift(); row; row = rows.shift()) await work(row).catch(() => {});
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}
