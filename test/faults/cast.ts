// Puts a batch of members with one background session each on the stand, in a handful of statements and without the wire.
import { randomUUID } from 'node:crypto';
import { emptyJar, mergeCookies } from '../../services/gym/aimharder/cookies.ts';
import { sealKey } from '../../services/renewal/open-session.ts';
import type { Seal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import type { SessionType } from '../../services/session/session.ts';
import type { OpenedSession } from '../../simulator/control.ts';
import { tokenHash } from '../../simulator/sessions.ts';
import type { Stage } from './deeds.ts';
import type { Mode, Plan } from './plan.ts';
import type { Stand } from './stand.ts';

/** One member on the stand, as first cast. */
export interface Player {
  readonly plan: Plan;
  readonly memberId: number;
  readonly userId: string;
  readonly fingerprint: string;
  readonly chain: string;
  /** Hash of the login's token. */
  readonly token: string;
  readonly authCookie: string;
}

const authCookieOf = (login: OpenedSession): string =>
  login.setCookies.flatMap((line) => /^amhrdrauth=([^;]*)/.exec(line)?.[1] ?? [])[0] ?? '';

const BOXES = [
  { slug: 'norte', boid: 77, name: 'Norte' },
  { slug: 'sur', boid: 88, name: 'Sur' },
];

/** A gym that keeps the old token for half an hour survives every series of faults drawn here; with a shorter grace it can be luck. */
const GRACE_MS = 30 * 60_000;

/** Clears the stand and casts anew. `at` is the instant of all the logins. */
export async function castPlayers(
  stage: Stage,
  seal: Seal,
  plans: readonly Plan[],
  mode: Mode,
  at: Date,
): Promise<Player[]> {
  const { stand } = stage;
  const { pool, gym } = stand;
  await pool.query('truncate members, token_journal, runs, outbox, gym_facts, harness.intents cascade');
  const members = plans.map(({ index }) => ({
    id: index + 1,
    email: `m${index + 1}@example.test`,
    name: `M${index + 1}`,
    boxes: [BOXES[index % BOXES.length]?.slug ?? ''],
  }));
  await gym.control.reset({
    seed: 1,
    boxes: BOXES,
    members: members.map((one) => ({ ...one, password: 'right' })),
    knobs: [{ kind: 'rotation', mode, graceMs: GRACE_MS }],
  });
  await gym.control.freeze(at.getTime());
  const fingerprintOf = (id: number) => `fp-${id}-${'x'.repeat(40)}`;
  const logins = await gym.control.openSessions(
    members.map(({ id }) => ({ member: id, fingerprint: fingerprintOf(id) })),
  );
  const cast = logins.map((login, index) => enrol(stage, seal, plans[index] as Plan, login, at));
  await pool.query(
    `insert into members (id, platform_user_id, email, created_at) select (x ->> 'userId')::uuid, x ->> 'memberId', x ->> 'email', $2
     from jsonb_array_elements($1) x`,
    [JSON.stringify(cast.map(({ row }) => row)), at],
  );
  await pool.query(
    `insert into user_keys (user_id, kid, wrapped) select (x ->> 'userId')::uuid, x ->> 'kid', x ->> 'wrapped' from jsonb_array_elements($1) x`,
    [JSON.stringify(cast.map(({ row }) => row))],
  );
  await openSessions(
    stand,
    cast.map(({ row }) => row),
    at,
  );
  return cast.map(({ player }) => player);
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

/** The sealed pair of a fresh login, as sign-in would store it. */
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

function enrol(stage: Stage, seal: Seal, plan: Plan, login: OpenedSession, at: Date) {
  const userId = randomUUID();
  const key = seal.newMemberKey(userId);
  const session = sealLogin(stage.stand, seal, userId, key.wrapped, login, at, stage.sessionType);
  const { memberId, fingerprint } = login;
  const player: Player = {
    ...{ plan, memberId, userId, fingerprint, chain: session.chain },
    token: tokenHash(login.token),
    authCookie: authCookieOf(login),
  };
  return { player, row: { ...session, ...key, memberId: String(memberId), email: `m${memberId}@example.test` } };
}
