// Carries out a planned fault when its call passes a proxy: cuts the connection, kills the process, takes the lease away, or signs the member in
// again. Each fault is played once; a fault whose call never came is reported as not played.

import { setTimeout as wait } from 'node:timers/promises';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import type { SessionType } from '../../services/session/session.ts';
import { tokenHash } from '../../simulator/sessions.ts';
import type { Player } from './cast.ts';
import type { Berth, Crew, Watch } from './crew.ts';
import type { Deed, Fault, Spot } from './plan.ts';
import type { Fate, FaultProxy, Orders, Passing } from './staging/fault-proxy.ts';
import { openSessions, sealLogin } from './staging/members.ts';
import type { Stand } from './staging/stand.ts';

type WireFault = Extract<Fault, { kind: 'wire' }>;

export interface Stage {
  readonly stand: Stand;
  readonly keyring: string;
  /** Which kind of sessions the campaign renews: background sessions, or members' device sessions. */
  sessionType: SessionType;
  /** The crew (the service processes); undefined until the processes' proxies are up. */
  crew: Crew | undefined;
  nowMs: number;
  /** Faults on the wire that are planned for the current pass and have not been played yet. */
  readonly pending: { readonly player: Player; readonly fault: WireFault }[];
  /** For each fault, by its name: how many times it was played. */
  readonly struck: Map<string, number>;
  /** Members, by user id, that logged in again during the batch, with the session that the later login made. */
  readonly relogged: Map<string, { chain: string; fingerprint: string; authCookie: string; token: string }>;
  readonly left: Set<string>;
  /** Members, by user id, whose session's lease was taken by another process while a call for that session was under way. */
  readonly stolen: Set<string>;
  /** A scene's function, asked first about every call that passes a proxy. If the function returns undefined, the planned faults decide. */
  gate?: ((call: Passing, berth: Berth) => Orders | undefined) | undefined;
}

const CALLS: readonly (readonly [RegExp, Spot['call']])[] = [
  [/^POST \S*\/api\/tokenUpdate /, 'renew'],
  [/^POST \S*\/rpc\/lease_due_sessions/, 'lease'],
  [/^POST \S*\/rpc\/commit_rotations? /, 'commit'],
  [/^POST \S*\/rpc\/settle_attempt/, 'settle'],
];

const HALF_OPEN_MS = 400;
const LATE_MS = 250;

const DATABASE_AWAY_MS = 700;
const GYM_AWAY_MS = 60;

/** Makes a proxy refuse connections for `ms` milliseconds. */
function awayFor(proxy: FaultProxy, ms: number, how?: 'sparing'): void {
  proxy
    .refuse(how)
    .then(() => wait(ms))
    .then(() => proxy.open())
    .catch(() => {});
}

/** Gives the function that all proxies ask about each call: it finds the fault that is planned for the call and carries it out. */
export const watchFor =
  (stage: Stage): Watch =>
  async (call, berth) => {
    const gated = stage.gate?.(call, berth);
    if (gated) return gated;
    const name = CALLS.find(([line]) => line.test(call.line))?.[1];
    if (!name || !stage.pending.some(({ fault }) => fault.spot.call === name)) return undefined;
    const whose = await ownersOf(stage, name, call.body);
    const at = stage.pending.findIndex(
      ({ player, fault }) =>
        fault.spot.call === name &&
        (name === 'lease' || whose.includes(player.fingerprint) || whose.includes(player.userId)),
    );
    const [found] = at < 0 ? [] : stage.pending.splice(at, 1);
    if (!found) return undefined;
    const { player, fault } = found;
    stage.struck.set(fault.name, (stage.struck.get(fault.name) ?? 0) + 1);
    const act = () => deeds[fault.deed](stage, player, berth);
    return { [fault.spot.when]: act } satisfies Orders;
  };

/** Gives the fingerprint of the session that a call to the gym is about, or the ids of the members whose attempts a call to the database names. */
async function ownersOf(stage: Stage, call: Spot['call'], body: string): Promise<string[]> {
  if (call === 'renew') return [new URLSearchParams(body).get('fingerprint') ?? ''];
  if (call === 'lease') return [];
  const renewals = [...body.matchAll(/"(?:p_renewal|renewalId)":"([^"]+)"/g)].map(([, id]) => id);
  const sql =
    'select s.user_id from refresh_attempts a join auth_sessions s on s.id = a.session_id where a.id = any ($1)';
  return (await stage.stand.pool.query<{ user_id: string }>(sql, [renewals])).rows.map((row) => row.user_id);
}

const deeds: Record<Deed, (stage: Stage, player: Player, berth: Berth) => Promise<Fate>> = {
  cut: async () => 'cut',
  'cut-half': async () => 'cut-half',
  'half-open': async () => {
    await wait(HALF_OPEN_MS);
    return 'cut';
  },
  late: async () => {
    await wait(LATE_MS);
    return 'go';
  },
  kill: async (_, __, berth) => {
    berth.kill();
    return 'cut';
  },
  steal: async (stage, player) => {
    await stealLease(stage, player);
    return 'go';
  },
  pause: async (stage, player, berth) => {
    berth.signal('SIGSTOP');
    await stealLease(stage, player).finally(() => berth.signal('SIGCONT'));
    return 'go';
  },
  relogin: async (stage, player) => {
    await logInAgain(stage, player);
    return 'go';
  },
  leave: async (stage, player) => {
    await stage.stand.pool.query('delete from members where id = $1', [player.userId]);
    stage.left.add(player.userId);
    return 'go';
  },
  rewrap: async (stage, player) => {
    const seal = createSeal(new Secret(stage.keyring));
    const { rows } = await stage.stand.pool.query('select wrapped from user_keys where user_id = $1', [player.userId]);
    const next = seal.rewrap(player.userId, rows[0]?.wrapped);
    const sql = 'update user_keys set kid = $2, wrapped = $3 where user_id = $1';
    if (next) await stage.stand.pool.query(sql, [player.userId, next.kid, next.wrapped]);
    return 'go';
  },
  terminate: async (stage) => {
    await stage.stand.terminateConnections();
    return 'go';
  },
  'database-away': async (_, __, berth) => {
    awayFor(berth.databaseProxy, DATABASE_AWAY_MS);
    return 'cut';
  },
  'gym-away': async (_, __, berth) => {
    awayFor(berth.gymProxy, GYM_AWAY_MS, 'sparing');
    return 'cut';
  },
  'stop-postgres': async (stage) => {
    await stage.stand.crashPostgres();
    return 'go';
  },
};

/** Gives the order that makes a service process renew these members' sessions all at once, on demand and not in a refresh run. */
export function freshen({ nowMs, sessionType }: Stage, players: readonly Player[]) {
  const whose = players.map(({ userId, fingerprint }) => ({ userId, fingerprint }));
  return { do: 'freshen' as const, nowMs, sessionType, whose };
}

/**
 * Moves the end of the lease on the episode's session to a second before the database's present time, and makes another process renew the session at
 * once.
 */
async function stealLease(stage: Stage, player: Player): Promise<void> {
  stage.stolen.add(player.userId);
  const sql = `update auth_sessions set lease_until = clock_timestamp() - interval '1 second' where user_id = $1 and lease_until is not null`;
  await stage.stand.pool.query(sql, [player.userId]);
  await stage.crew?.other.send(freshen(stage, [player]));
}

async function logInAgain(stage: Stage, player: Player): Promise<void> {
  const { stand } = stage;
  const fingerprint = `re-${player.memberId}-${'y'.repeat(40)}`;
  const [login] = await stand.gym.control.openSessions([{ member: player.memberId, fingerprint }]);
  const { rows } = await stand.pool.query('select wrapped from user_keys where user_id = $1', [player.userId]);
  if (!login || !rows[0]) return;
  const at = new Date(stage.nowMs);
  const session = sealLogin(stand, createSeal(new Secret(stage.keyring)), player.userId, rows[0].wrapped, login, at);
  await openSessions(stand, [session], at);
  const authCookie = login.setCookies.flatMap((line) => /^amhrdrauth=([^;]*)/.exec(line)?.[1] ?? [])[0] ?? '';
  stage.relogged.set(player.userId, { chain: session.chain, fingerprint, authCookie, token: tokenHash(login.token) });
}
