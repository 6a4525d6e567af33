// Writes members and their sessions into the database as a sign-in would, in a handful of statements and without the API.
import { randomUUID } from 'node:crypto';
import { emptyJar, mergeCookies } from '../../../services/gym/aimharder/cookies.ts';
import { sealKey } from '../../../services/renewal/open-session.ts';
import type { Seal } from '../../../services/seal/seal.ts';
import { Secret } from '../../../services/secret.ts';
import type { SessionType } from '../../../services/session/session.ts';
import type { OpenedSession } from '../../../simulator/control.ts';
import type { Stand } from './stand.ts';

interface MemberRow {
  readonly userId: string;
  /** The member's id at the gym. */
  readonly memberId: string;
  readonly email: string;
  readonly kid: string;
  readonly wrapped: string;
}

/** Inserts members with their wrapped keys into the database. */
export async function insertMembers({ pool }: Stand, rows: readonly MemberRow[], at: Date): Promise<void> {
  const data = JSON.stringify(rows);
  await pool.query(
    `insert into members (id, platform_user_id, email, created_at) select (x ->> 'userId')::uuid, x ->> 'memberId', x ->> 'email', $2
     from jsonb_array_elements($1) x`,
    [data, at],
  );
  await pool.query(
    `insert into user_keys (user_id, kid, wrapped) select (x ->> 'userId')::uuid, x ->> 'kid', x ->> 'wrapped' from jsonb_array_elements($1) x`,
    [data],
  );
}

interface SessionRow {
  readonly sessionType: SessionType;
  readonly userId: string;
  readonly fingerprint: string;
  readonly chain: string;
  readonly attemptId: string;
  readonly tokenDigest: string;
  readonly tokenSealed: string;
  readonly cookiesSealed: string;
}

export const openSessions = (stand: Stand, rows: readonly SessionRow[], at: Date): Promise<unknown> =>
  stand.pool.query(
    `select public.open_gym_session((x ->> 'userId')::uuid, x ->> 'sessionType', x ->> 'fingerprint', (x ->> 'chain')::uuid, (x ->> 'attemptId')::uuid,
       x ->> 'tokenDigest', x ->> 'tokenSealed', x ->> 'cookiesSealed', $2) from jsonb_array_elements($1) x`,
    [JSON.stringify(rows), at],
  );

/** Gives the sealed token and cookies of a fresh login, as sign-in would store them. */
export function sealLogin(
  stand: Stand,
  seal: Seal,
  userId: string,
  wrapped: string,
  login: OpenedSession,
  at: Date,
  sessionType: SessionType = 'background',
) {
  const where = {
    userId,
    chain: randomUUID(),
    sessionType,
    attemptId: randomUUID(),
    generation: 0,
  };
  const url = new URL(stand.gym.mainUrl);
  const { jar } = mergeCookies(emptyJar(), login.setCookies, url, at);
  const sealed = sealKey(seal.openMember(userId, wrapped), where, { token: new Secret(login.token), cookies: jar });
  return { ...where, ...sealed, fingerprint: login.fingerprint };
}
