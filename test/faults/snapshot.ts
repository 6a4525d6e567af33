// What the database holds of every session at one instant, unsealed with the keyring: hashes of tokens, and the cookies beside each token.
import { Failure } from '../../services/failures.ts';
import { placeOf } from '../../services/renewal/open-session.ts';
import type { Seal } from '../../services/seal/seal.ts';
import type { SessionType } from '../../services/session/session.ts';
import { tokenHash } from '../../simulator/sessions.ts';
import type { Stage } from './deeds.ts';

/** One token of a session's token journal, in force or not, with the cookies stored beside it. */
export interface Held {
  readonly attemptId: string;
  readonly digest: string;
  readonly state: string;
  readonly chain: string;
  readonly generation: number;
  /** Hash of the token; empty when its seal cannot be opened. */
  readonly token: string;
  /** The unsealed token, which the harness shows to the gym to learn whether the gym accepts it. The token is never printed. */
  readonly plain: string;
  readonly cookie: string | undefined;
  readonly authCookie: string | undefined;
}

export interface Seen {
  readonly atMs: number;
  readonly sessionId: string;
  readonly userId: string;
  readonly fingerprint: string;
  readonly chain: string;
  readonly status: string;
  readonly generation: number;
  readonly updateCount: number;
  readonly successCount: number;
  readonly lastSuccessMs: number;
  readonly isQuarantined: boolean;
  readonly current: Held | undefined;
  readonly held: readonly Held[];
}

const ROWS = `select s.id, s.user_id, s.fingerprint, s.chain, s.status, s.generation, s.token_update_count, s.token_success_count,
  s.last_token_update_date, s.quarantined_at, s.current_attempt, s.token_digest, k.wrapped,
  (select coalesce(jsonb_agg(to_jsonb(j)), '[]') from token_journal j where j.session_id = s.id) as journal
  from auth_sessions s join user_keys k on k.user_id = s.user_id where s.session_type = $1`;

interface JournalRow {
  attempt_id: string;
  token_digest: string;
  chain: string;
  generation: number;
  state: string;
  token_sealed: string;
  cookies_sealed: string;
}

/**
 * The tokens that were unsealed for an earlier snapshot, with their cookies; the key is made of the attempt's id and the sealed text. A sealed token
 * and its cookies never change, so they are unsealed once for all snapshots.
 */
export type Opened = Map<string, Held>;

export async function takeSnapshot(
  { stand: { pool }, sessionType }: Stage,
  seal: Seal,
  at: Date,
  opened: Opened,
): Promise<Map<string, Seen>> {
  const { rows } = await pool.query(ROWS, [sessionType]);
  return new Map(
    rows.map((row) => {
      const held = (row.journal as JournalRow[]).map((line): Held => {
        const id = `${line.attempt_id} ${line.token_sealed}`;
        const known =
          opened.get(id) ??
          openHeld(seal.openMember(row.user_id, row.wrapped), row.user_id as string, sessionType, line);
        opened.set(id, known);
        return { ...known, state: line.state };
      });
      const current = held.find((one) => one.attemptId === row.current_attempt && one.digest === row.token_digest);
      const seen: Seen = {
        ...{
          atMs: at.getTime(),
          sessionId: row.id,
          userId: row.user_id,
          fingerprint: row.fingerprint,
          chain: row.chain,
        },
        ...{ status: row.status, generation: row.generation, current, held },
        updateCount: row.token_update_count,
        successCount: row.token_success_count,
        lastSuccessMs: row.last_token_update_date.getTime(),
        isQuarantined: row.quarantined_at !== null,
      };
      return [row.user_id as string, seen];
    }),
  );
}

function openHeld(
  member: ReturnType<Seal['openMember']>,
  userId: string,
  sessionType: SessionType,
  line: JournalRow,
): Held {
  const at = {
    userId,
    chain: line.chain,
    sessionType,
    attemptId: line.attempt_id,
    generation: line.generation,
  };
  const base = {
    attemptId: line.attempt_id,
    digest: line.token_digest,
    state: line.state,
    chain: line.chain,
    generation: line.generation,
  };
  try {
    const plain = member.open(placeOf('token', at), line.token_sealed).reveal();
    const jar = JSON.parse(member.open(placeOf('cookies', at), line.cookies_sealed).reveal());
    const cookieNamed = (name: string): string | undefined =>
      (jar.cookies as { key: string; value: string }[]).find((one) => one.key === name)?.value;
    return {
      ...base,
      plain,
      token: tokenHash(plain),
      cookie: cookieNamed('AWSALB'),
      authCookie: cookieNamed('amhrdrauth'),
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...base, plain: '', token: '', cookie: undefined, authCookie: undefined };
  }
}
