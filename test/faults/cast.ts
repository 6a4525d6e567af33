// Puts a batch of members with one background session each into the database and the pretend gym, in a handful of statements and without signing in.
import { randomUUID } from 'node:crypto';
import type { Seal } from '../../services/seal/seal.ts';
import type { OpenedSession } from '../../simulator/control.ts';
import { tokenHash } from '../../simulator/sessions.ts';
import type { Stage } from './deeds.ts';
import type { Mode, Plan } from './plan.ts';
import { insertMembers, openSessions, sealLogin } from './staging/members.ts';

/** A member of the pretend gym that plays one episode of a batch, with the gym session as it was first created. */
export interface Player {
  readonly plan: Plan;
  readonly memberId: number;
  readonly userId: string;
  readonly fingerprint: string;
  readonly chain: string;
  /** The hash of the token that the gym gave at the login. */
  readonly token: string;
  readonly authCookie: string;
}

const authCookieOf = (login: OpenedSession): string =>
  login.setCookies.flatMap((line) => /^amhrdrauth=([^;]*)/.exec(line)?.[1] ?? [])[0] ?? '';

const BOXES = [
  { slug: 'norte', boid: 77, name: 'Norte' },
  { slug: 'sur', boid: 88, name: 'Sur' },
];

/**
 * How long, in ms, the pretend gym in its mode `grace` still accepts a token that it has replaced. Half an hour outlasts every series of faults that
 * is drawn for an episode; with a shorter time of grace some sessions would be lost by chance.
 */
export const GRACE_MS = 30 * 60_000;

/**
 * Deletes the members of the previous batch, creates one member with one gym session of the type `stage.sessionType` for each of `plans` (the faults
 * that one session meets), and returns these members. `at` is the instant of the new members' logins at the gym.
 */
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
  const rows = cast.map(({ row }) => row);
  await insertMembers(stand, rows, at);
  await openSessions(stand, rows, at);
  return cast.map(({ player }) => player);
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
