// Wraps the service's edges (store, gym, spool) in a process of the harness: reports the steps of each call that renews a token at the gym, and kills
// the process at a named point. The kill points are in this wrapper, so that the service's own code has none.
import { setTimeout as wait } from 'node:timers/promises';
import type { Gym, GymKey, RawAnswer } from '../../services/gym/gym.ts';
import type { RenewServices } from '../../services/renewal/renew.ts';
import type { CommitLine, LeasedSession } from '../../services/store/renewal-store.ts';
import { tokenHash } from '../../simulator/sessions.ts';
import type { Point } from './plan.ts';
import { dieHere, openNotes } from './staging/notes.ts';
import type { WorkerEvent } from './worker-orders.ts';

export interface Edges {
  /** For each session's fingerprint: the kill point at which the process kills itself when it renews the session in its present pass. */
  points: Readonly<Record<string, Point>>;
  /** How long, in ms, the process blocks its event loop, once, right after it gets its next leases; 0 means not at all. */
  blockMs: number;
  say(event: Pick<WorkerEvent, 'event' | 'fingerprint'> & Partial<WorkerEvent>): void;
  /** Kills this process if `points` names the kill point `point` for the session with this fingerprint. */
  pass(fingerprint: string, point: Point): void;
}

export function createEdges(folder: string, slot: number): Edges {
  const edges: Edges = {
    points: {},
    blockMs: 0,
    say: openNotes(folder, slot),
    pass(fingerprint, point) {
      if (edges.points[fingerprint] !== point) return;
      edges.say({ event: 'killed', fingerprint, point });
      dieHere();
    },
  };
  return edges;
}

/** Gives the token (as a hash) and the cookies of a raw answer of the gym; undefined when the answer brings no token. */
export function tokenIn(raw: RawAnswer): { token: string; cookie: string; auth?: string } | undefined {
  const found = /"(?:newToken|nextToken)"\s*:\s*"([^"]+)"/.exec(raw.body)?.[1];
  if (found === undefined) return undefined;
  const valuesOf = (name: string) =>
    raw.setCookie.flatMap((line) => new RegExp(`^${name}=([^;]*)`).exec(line)?.[1] ?? []);
  const isTaken = raw.setCookie.some((line) => /^amhrdrauth=(?:;|.*;\s*max-age=0)/i.test(line));
  // The cookies of an answer that deletes the login cookie are not merged into the session's jar: the answer's token is stored with the cookies that
  // the session had.
  if (isTaken) return { token: tokenHash(found), cookie: '' };
  const auth = valuesOf('amhrdrauth').at(-1);
  return {
    token: tokenHash(found),
    cookie: valuesOf('AWSALB').at(-1) ?? '',
    ...(auth !== undefined && { auth: tokenHash(auth) }),
  };
}

/**
 * Gives services that work like the given ones, but tell `edges` the steps of each call that renews a token at the gym, and kill the process at the
 * kill points that `edges` names.
 */
export function watchEdges<S extends RenewServices>(services: S, edges: Edges): S {
  const byRenewal = new Map<string, string>();
  const leased = (rows: readonly LeasedSession[]) => {
    for (const row of rows) byRenewal.set(row.renewalId, row.fingerprint);
    for (const row of rows) edges.pass(row.fingerprint, 'after:lease');
    if (rows.length > 0) block(edges, rows);
  };
  const nameOf = (renewalId: string) => byRenewal.get(renewalId) ?? '';
  const { store, gym } = services;
  async function committing<T>(lines: readonly CommitLine[], commit: () => Promise<T>): Promise<T> {
    const names = lines.map(({ renewalId }) => nameOf(renewalId));
    for (const name of names) edges.pass(name, 'before:commit');
    const sent = commit();
    const doomed = names.find((name) => edges.points[name] === 'commit-sent');
    if (doomed !== undefined) {
      await wait(1 + Math.random() * 4);
      edges.pass(doomed, 'commit-sent');
    }
    const answer = await sent;
    for (const name of names) edges.pass(name, 'after:commit');
    for (const { renewalId } of lines) byRenewal.delete(renewalId);
    return answer;
  }
  const watched = {
    ...store,
    async leaseDueSessions(ask: Parameters<typeof store.leaseDueSessions>[0]) {
      const rows = await store.leaseDueSessions(ask);
      leased(rows);
      return rows;
    },
    async leaseSession(ask: Parameters<typeof store.leaseSession>[0]) {
      const answer = await store.leaseSession(ask);
      if (answer.state === 'leased') leased([answer]);
      return answer;
    },
    commitRotation: (line: CommitLine) => committing([line], () => store.commitRotation(line)),
    commitRotations: (lines: readonly CommitLine[]) => committing(lines, () => store.commitRotations(lines)),
    async settleAttempt(ask: Parameters<typeof store.settleAttempt>[0]) {
      edges.pass(nameOf(ask.renewalId), 'before:settle');
      const answer = await store.settleAttempt(ask);
      edges.pass(nameOf(ask.renewalId), 'after:settle');
      byRenewal.delete(ask.renewalId);
      return answer;
    },
  };
  return { ...services, store: watched, gym: watchGym(gym, edges) };
}

function block(edges: Edges, rows: readonly LeasedSession[]): void {
  const forMs = edges.blockMs;
  edges.blockMs = 0;
  if (forMs === 0) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs);
  for (const { fingerprint } of rows) edges.say({ event: 'blocked', fingerprint });
}

function watchGym(gym: Gym, edges: Edges): Gym {
  async function renew(key: GymKey, received: (raw: RawAnswer) => Promise<void>) {
    const { fingerprint } = key;
    edges.pass(fingerprint, 'before:renew');
    edges.say({ event: 'called', fingerprint, token: tokenHash(key.token.reveal()) });
    const answer = await gym.renew(key, async (raw) => {
      const token = tokenIn(raw);
      if (token) edges.say({ event: 'received', fingerprint, ...token });
      edges.pass(fingerprint, 'received');
      await received(raw);
      if (token) edges.say({ event: 'kept', fingerprint, ...token });
      edges.pass(fingerprint, 'kept');
    });
    edges.say({ event: 'answered', fingerprint });
    return answer;
  }
  return { ...gym, renew };
}
