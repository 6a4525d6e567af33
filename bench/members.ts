// Made-up members with live background sessions, written straight into the database and sealed as puntual seals them.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { sealKey } from '../services/renewal/open-session.ts';
import { createSeal } from '../services/seal/seal.ts';
import type { Secret } from '../services/secret.ts';
import { keyMaker } from './member-keys.ts';

const BATCH = 1_000;
const BOXES = 40;

const MEMBERS = `
  with line as (select * from jsonb_to_recordset($1) as l(id uuid, number int, kid text, wrapped text)),
  member as (insert into members (id, platform_user_id, email, display_name, created_at)
    select id, 'bench-' || number, 'member' || number || '@example.test', 'Member ' || number, now() from line)
  insert into user_keys (user_id, kid, wrapped) select id, kid, wrapped from line`;
const SESSIONS = `
  select count(open_gym_session(l.id, 'background', l.fingerprint, l.chain, l.attempt, l.digest, l.token, l.cookies, now()))
  from jsonb_to_recordset($1) as l(id uuid, fingerprint text, chain uuid, attempt uuid, digest text, token text, cookies text)`;
const JOIN = `
  insert into user_boxes (user_id, box_id, joined_at)
  select m.id, b.id, now() from members m
  join boxes b on b.aimharder_box_id = ('x' || right(md5(m.id::text), 6))::bit(24)::int % ${BOXES} || ''
  on conflict do nothing`;

/** Adds members, each with a background session, until the database holds `count` members. */
export async function fillMembers(pool: Pool, sealKeys: Secret, gymUrl: string, count: number): Promise<void> {
  const { rows } = await pool.query<{ there: number }>('select count(*)::int as there from members');
  await pool.query(
    `insert into boxes (aimharder_box_id, subdomain, name, created_at)
     select n || '', 'box' || n, 'Box ' || n, now() from generate_series(0, ${BOXES - 1}) n on conflict do nothing`,
  );
  const make = memberMaker(sealKeys, gymUrl);
  for (let from = rows[0]?.there ?? 0; from < count; from += BATCH) {
    const lines = Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => make(from + at));
    await pool.query(MEMBERS, [JSON.stringify(lines)]);
    await pool.query(SESSIONS, [JSON.stringify(lines)]);
  }
  await pool.query(JOIN);
  await pool.query('vacuum analyze');
}

function memberMaker(sealKeys: Secret, gymUrl: string) {
  const seal = createSeal(sealKeys);
  const makeKey = keyMaker(gymUrl);
  return (number: number) => {
    const id = randomUUID();
    const { kid, wrapped } = seal.newMemberKey(id);
    const key = makeKey(number);
    const at = { userId: id, chain: randomUUID(), sessionType: 'background', attemptId: randomUUID(), generation: 0 };
    const sealed = sealKey(seal.openMember(id, wrapped), { ...at, sessionType: 'background' }, key);
    const { tokenDigest: digest, tokenSealed: token, cookiesSealed: cookies } = sealed;
    const { chain, attemptId: attempt } = at;
    return { id, number, kid, wrapped, fingerprint: key.fingerprint, chain, attempt, digest, token, cookies };
  };
}

/**
 * Makes `count` background sessions due. The rows of finished renewal attempts are deleted, just as later renewals of the same sessions would delete
 * them.
 */
export async function makeDue(pool: Pool, count: number): Promise<void> {
  await pool.query("delete from refresh_attempts where state <> 'sent'");
  await pool.query(
    `update auth_sessions set next_attempt_at = null, last_token_update_date = now() - interval '19 minutes'
     where id in (select id from auth_sessions order by id limit $1)`,
    [count],
  );
  await pool.query('vacuum analyze auth_sessions, token_journal, refresh_attempts');
}
