// Gathers what the witnesses of a finished batch saw into one record for each episode: the gym's records and history, events of the service
// processes, notices, intents, and snapshots. The episodes are judged in checker.ts and not in this file.
import type { HistoryEntry } from '../../simulator/history.ts';
import type { Player } from './cast.ts';
import type { Stage } from './deeds.ts';
import type { Attempt, Episode, Notice } from './episode.ts';
import type { Mode, Plan } from './plan.ts';
import type { Seen } from './snapshot.ts';
import { readNotes } from './staging/notes.ts';
import type { WorkerEvent } from './worker-orders.ts';

/** Gives the record of each player's episode, in the order of `players`. */
export async function gather(
  stage: Stage,
  players: readonly Player[],
  snapshots: readonly Map<string, Seen>[],
  options: { readonly seed: number; readonly batch: number; readonly mode: Mode },
  calmSinceMs: number,
): Promise<Episode[]> {
  const { stand } = stage;
  const [truth, history, events, notices, attempts] = await Promise.all([
    stand.gym.control.truth({}),
    stand.gym.control.history({ op: 'tokenUpdate' }),
    readNotes<WorkerEvent>(stand.folder),
    readNotices(stage),
    readAttempts(stage),
  ]);
  const gymByFingerprint = new Map(truth.sessions.map((one) => [one.fingerprint, one]));
  const callsBy = groupBy(history, (one: HistoryEntry) => one.fingerprint ?? '');
  const eventsBy = groupBy(events, (one) => one.fingerprint);
  const episodes: Episode[] = [];
  for (const player of players) {
    const again = stage.relogged.get(player.userId);
    const fingerprint = again?.fingerprint ?? player.fingerprint;
    const chain = again?.chain ?? player.chain;
    const gym = gymByFingerprint.get(fingerprint);
    countStrikes(stage, player.plan, callsBy.get(player.fingerprint) ?? []);
    const seen = snapshots.map((all) => all.get(player.userId));
    episodes.push({
      ...{ seed: options.seed, batch: options.batch, mode: options.mode, plan: player.plan, memberId: player.memberId },
      ...{ userId: player.userId, fingerprint, seen, calmSinceMs },
      chain,
      firstToken: again?.token ?? player.token,
      authCookie: again?.authCookie ?? player.authCookie,
      hasLeft: stage.left.has(player.userId),
      wasStolen: stage.stolen.has(player.userId),
      calls: callsBy.get(fingerprint) ?? [],
      events: eventsBy.get(fingerprint) ?? [],
      notices: notices.get(player.userId) ?? [],
      attempts: (attempts.get(player.userId) ?? []).filter((one) => one.chain === chain),
      gymAlive: gym?.alive ?? false,
      liveToken: gym?.tokenHash ?? '',
      working: await workingTokens(stage, seen.at(-1), fingerprint, gym?.alive ? gym.tokenHash : undefined),
    });
  }
  return episodes;
}

/** Counts how often each planned fault of the gym's answers was played, that is, changed the answer to a call. */
function countStrikes({ struck }: Stage, plan: Plan, calls: readonly HistoryEntry[]): void {
  const met = calls.filter((call) => call.struckBy.some((kind) => kind !== 'rotation'));
  const planned = plan.faults.flatMap((fault) => (fault?.kind === 'answer' ? [fault] : []));
  // The gym's history does not name `token` and `reissue` faults. A `token` or `reissue` fault of the first pass counts as played if a renewal of the
  // session, in any pass, replaced its token; a `token` or `reissue` fault of a later pass is not counted.
  const [first] = plan.faults;
  const isUnnamed = first?.kind === 'answer' && (first.knob.kind === 'token' || first.knob.kind === 'reissue');
  if (isUnnamed && calls.some((call) => call.effect?.what === 'rotated')) {
    struck.set(first.name, (struck.get(first.name) ?? 0) + 1);
  }
  for (const call of met) {
    const at = planned.findIndex((fault) => call.struckBy.includes(fault.knob.kind));
    const [fault] = at < 0 ? [] : planned.splice(at, 1);
    if (fault) struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1);
  }
}

/**
 * Gives the hashes of the session's stored tokens that the gym would renew. If the session's live token at the gym is stored, only its hash is
 * returned, and the gym is not asked about the other stored tokens.
 */
async function workingTokens(
  { stand }: Stage,
  seen: Seen | undefined,
  fingerprint: string,
  live: string | undefined,
): Promise<string[]> {
  const isIts = seen?.held.some(({ token, chain }) => token !== '' && token === live && chain === seen.chain);
  if (live !== undefined && isIts) return [live];
  const working: string[] = [];
  for (const held of seen?.held ?? []) {
    if (held.plain === '' || held.chain !== seen?.chain) continue;
    const { authCookie = '', plain: token } = held;
    if (!(await stand.gym.control.cookieWorks({ auth: authCookie }))) continue;
    if (await stand.gym.control.tokenWorks({ token, fingerprint })) working.push(held.token);
  }
  return working;
}

/** Gives the events of processes that have so far killed themselves at a kill point in this batch. */
export const readKilled = async (folder: string): Promise<WorkerEvent[]> =>
  (await readNotes<WorkerEvent>(folder, '"killed"')).filter(({ event }) => event === 'killed');

async function readNotices({ stand }: Stage): Promise<Map<string, Notice[]>> {
  const { rows } = await stand.pool.query('select user_id, kind, dedupe_key, created_at from outbox');
  const all = rows.map((row) => ({
    user: row.user_id as string,
    kind: row.kind,
    dedupeKey: row.dedupe_key,
    atMs: row.created_at.getTime(),
  }));
  return groupBy(all, (one) => one.user);
}

async function readAttempts({ stand }: Stage): Promise<Map<string, Attempt[]>> {
  const sql = 'select user_id, chain, id, state, reason, at from harness.intents order by at, id';
  const { rows } = await stand.pool.query(sql);
  const all = rows.map((row) => ({ ...row, atMs: row.at.getTime() }) as Attempt & { user_id: string });
  return groupBy(all, (one) => one.user_id);
}

function groupBy<T>(list: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}
