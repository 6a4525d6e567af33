// Checks the invariants of one finished episode of a campaign of renewals. No received token is lost, token and cookies stay together, no living
// session is declared dead, and a dead session is declared dead in time and once. The session's row counts each attempt to renew the session, and the
// calls to the gym for a session stay within the limit per hour. The checks compare the records of gym, database and processes with each other.
import { tokenHash } from '../../simulator/sessions.ts';
import type { Episode, Violation } from './episode.ts';
import type { Seen } from './snapshot.ts';
import { isLostInRest, restOf } from './spent-tries.ts';

const CYCLE_MS = 20 * 60_000;
const STALE_MS = 18 * 60_000;
/**
 * The most calls to the gym for one session within an hour. A call whose token the gym refused (`isRefusal`) counts only towards the larger
 * `WITH_REFUSALS_AN_HOUR`.
 */
const CALLS_AN_HOUR = 8;
const WITH_REFUSALS_AN_HOUR = 16;

type Rule = (episode: Episode) => string | undefined;

export function check(episode: Episode): Violation[] {
  const said = Object.entries(rules).flatMap(([name, rule]) => {
    const says = rule(episode);
    const invariant = name.split(' ')[0] as Violation['invariant'];
    return says === undefined
      ? []
      : [{ invariant, says: `${name.slice(invariant.length + 1)}: ${says}`, window: windowOf(episode) }];
  });
  return said;
}

const last = ({ seen }: Episode): Seen | undefined => seen.at(-1);
const isPoisoned = ({ plan }: Episode): boolean =>
  plan.faults.some((fault) => fault?.kind === 'row' && fault.row === 'poison');
const crossed = ({ events }: Episode): Set<string> =>
  new Set(events.filter((one) => one.event === 'kept').map((one) => one.token ?? ''));

/** The values of the gym's `logout` field that mean a logout. */
const LOGOUTS: readonly unknown[] = [1, '1', true, 'true'];
const isRefusal = ({ effect, answer, broke }: Episode['calls'][number]): boolean =>
  effect === null && broke === null && LOGOUTS.includes((answer as { logout?: unknown } | null)?.logout);

/**
 * Tells whether, in this episode, a process died between its call and the gym's answer; the kill may have been planned for another session that the
 * same process renewed.
 */
const wasCutOff = ({ events }: Episode): boolean =>
  events.filter((one) => one.event === 'called').length > events.filter((one) => one.event === 'answered').length;

/**
 * Gives the instant from which the service could know of a session's loss: the last pass with faults, or later if the gym itself ended the session.
 * If the gym ended the session by itself, the loss could be known when the gym first refused the session's newest token. A refusal before the last
 * fault proves no loss: the refused token was an older one, or the refusal was a fault that the episode's plan contains.
 */
function knownSinceMs(episode: Episode): number {
  const { plan, calls, calmSinceMs } = episode;
  if (!plan.faults.some((fault) => fault?.kind === 'row' && fault.row === 'killed-at-gym')) return calmSinceMs;
  const received = crossed(episode);
  const byTime = [...calls].sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
  const at = byTime.findLastIndex(({ effect }) => effect?.what === 'rotated' && received.has(String(effect['to'])));
  const newest = at < 0 ? episode.firstToken : String(byTime[at]?.effect?.['to']);
  const refused = byTime.slice(at + 1).find((one) => isRefusal(one) && one.tokenHash === newest);
  // Cron tries to renew the session at most one refresh cycle after the last fault.
  return Math.max(calmSinceMs, Math.min(refused?.simAtMs ?? Number.POSITIVE_INFINITY, calmSinceMs + CYCLE_MS));
}

/**
 * Gives, as a list of one number, the minutes from the instant at which a session's loss could be known until the session was seen declared dead. The
 * returned list is empty if the session was not declared dead, or was declared dead before the instant that `knownSinceMs` gives.
 */
export function declaredAfterMin(episode: Episode): number[] {
  if (last(episode)?.status !== 'needs-login') return [];
  const at = episode.seen.findLastIndex((seen) => seen?.status !== 'needs-login') + 1;
  const delayMs = (episode.seen[at]?.atMs ?? Number.NaN) - knownSinceMs(episode);
  return delayMs >= 0 ? [delayMs / 60_000] : [];
}

/**
 * Gives, for each received token, the hashes of the login cookies that belong to it: the cookie that came with the token, else the cookie of its
 * parent token. A token that the gym handed out twice may have several login cookies.
 */
function loginCookies({ events, authCookie, firstToken }: Episode): Map<string, ReadonlySet<string>> {
  const known = new Map<string, ReadonlySet<string>>([[firstToken, new Set([tokenHash(authCookie)])]]);
  const asked = new Map<number, string>();
  for (const { event, pid, token = '', auth } of [...events].sort((a, b) => a.atMs - b.atMs)) {
    if (event === 'called') asked.set(pid, token);
    if (event !== 'received') continue;
    const own = auth === undefined ? (known.get(asked.get(pid) ?? '') ?? []) : [auth];
    known.set(token, new Set([...(known.get(token) ?? []), ...own]));
  }
  return known;
}

/**
 * Tells whether the episode's plan of faults has the gym, at a renewal, replace the session's cookies and end the replaced ones. A lost answer to
 * such a renewal costs the login, however long the gym accepts the old token.
 */
const hasKilledCookies = ({ plan }: Episode): boolean =>
  plan.faults.some((fault) => fault?.kind === 'answer' && fault.knob.kind === 'reissue' && fault.knob.mode === 'kill');

/**
 * Tells whether the login was truly lost when the snapshot `current` of the session's row was taken. A login is lost if the gym has ended the
 * session. A login is also lost if the gym refused the stored token, and no process has read the answer with the token that the gym accepts.
 */
function wasLost(episode: Episode, { current }: Seen): boolean {
  if (!episode.gymAlive) return true;
  const token = current?.token;
  if (token === episode.liveToken || crossed(episode).has(episode.liveToken)) return false;
  return episode.calls.some((call) => isRefusal(call) && call.tokenHash === token);
}

const rules: Record<string, Rule> = {
  'I1 a token that was received is lost': (episode) => {
    if (episode.hasLeft || isPoisoned(episode) || !episode.gymAlive) return undefined;
    const mine = crossed(episode).has(episode.liveToken) || episode.liveToken === episode.firstToken;
    if (!mine) return undefined;
    if (last(episode)?.current?.token === episode.liveToken) return undefined;
    if (episode.working.length > 0 && last(episode)?.status === 'live') return undefined;
    return `the gym's live token ${episode.liveToken} was received, and is not in force at the end`;
  },
  'I2 generation only grows': (episode) => {
    for (const [at, now] of episode.seen.entries()) {
      const before = episode.seen[at - 1];
      if (before && now && before.chain === now.chain && now.generation < before.generation)
        return `${before.generation} became ${now.generation}`;
    }
    return undefined;
  },
  'I2 token and cookies move together': (episode) => {
    const auths = loginCookies(episode);
    const received = episode.events.filter((one) => one.event === 'received');
    for (const seen of episode.seen) {
      for (const held of seen?.held ?? []) {
        if (held.token === '' || held.chain !== episode.chain) continue;
        const mine = auths.get(held.token) ?? new Set([tokenHash(episode.authCookie)]);
        if (held.authCookie === undefined || !mine.has(tokenHash(held.authCookie)))
          return `token ${held.token} lies beside a jar without the login cookie that is its own`;
        // The first token came with the login, so no renewal's answer tells which cookies belong beside that token. A gym may give one token twice
        // with different cookies: the cookies of either answer are right.
        const cookies = received.filter((one) => one.token === held.token && one.cookie).map((one) => one.cookie);
        const isOdd = cookies.some((cookie) => cookie?.startsWith('"'));
        if (held.token === episode.firstToken || cookies.length === 0 || isOdd) continue;
        if (!cookies.includes(held.cookie)) return `token ${held.token} lies beside cookies of another answer`;
      }
    }
    return undefined;
  },
  'I3 called dead while a held token works': (episode) => {
    const end = last(episode);
    if (end?.status !== 'needs-login' || episode.working.length === 0) return undefined;
    return `needs-login, and the gym would renew ${episode.working.join(', ')}`;
  },
  'I3 was called dead and came back without a login': (episode) => {
    const dead = episode.notices.some(
      (one) => one.kind === 'session-needs-login' && one.dedupeKey.includes(episode.chain),
    );
    return dead && last(episode)?.status !== 'needs-login' ? 'the member was told for nothing' : undefined;
  },
  'I3 not healed': (episode) => {
    const end = last(episode);
    if (
      !end ||
      isPoisoned(episode) ||
      episode.working.length === 0 ||
      end.status === 'live' ||
      end.status === 'needs-login'
    )
      return undefined;
    return `still ${end.status} when all was calm, though ${episode.working.join(', ')} works`;
  },
  'I4 a dead session is declared within one cycle': (episode) => {
    if (episode.hasLeft || isPoisoned(episode) || episode.working.length > 0) return undefined;
    // A session that has spent its eight renewal tries of the hour can be declared dead only when the hourly limit allows a call to the gym again.
    const since = Math.max(knownSinceMs(episode), restOf(episode)?.untilMs ?? 0);
    const late = episode.seen.find(
      (seen) => seen !== undefined && seen.atMs >= since + CYCLE_MS && seen.status !== 'needs-login',
    );
    return late ? `${late.status} ${(late.atMs - since) / 60_000} minutes after it could be known` : undefined;
  },
  'I4 a dead session is declared in the end': (episode) => {
    const end = last(episode);
    if (!end || isPoisoned(episode) || episode.working.length > 0 || end.status === 'needs-login') return undefined;
    return `still ${end.status} when all was calm`;
  },
  'I4 the member is told exactly once': (episode) => {
    const told = episode.notices.filter(
      (one) => one.kind === 'session-needs-login' && one.dedupeKey.includes(episode.chain),
    );
    const wanted = last(episode)?.status === 'needs-login' ? 1 : 0;
    return told.length === wanted || told.length === 1 ? undefined : `told ${told.length} times`;
  },
  'I4 a dead session is told of': (episode) => {
    if (last(episode)?.status !== 'needs-login') return undefined;
    return episode.notices.some((one) => one.kind === 'session-needs-login') ? undefined : 'nobody told the member';
  },
  'I4 freshness reads success only': (episode) => {
    for (const [at, now] of episode.seen.entries()) {
      const before = episode.seen[at - 1];
      if (
        before &&
        now &&
        before.chain === now.chain &&
        now.lastSuccessMs > before.lastSuccessMs &&
        now.successCount === before.successCount
      )
        return 'the last success moved, and nothing succeeded';
    }
    return undefined;
  },
  'I8 bystanders are unaffected': (episode) => {
    if (episode.plan.faults.some(Boolean) || wasCutOff(episode)) return undefined;
    const end = last(episode);
    return end?.status === 'live' && end.successCount >= 1
      ? undefined
      : `a session without any fault ended ${end?.status}`;
  },
  'I8 a poison row is set aside': (episode) => {
    if (!isPoisoned(episode) || episode.hasLeft || last(episode)?.chain !== episode.seen[0]?.chain) return undefined;
    // A session that needed a login before its row was damaged is never unsealed again, so its row is not quarantined.
    const before = episode.seen[episode.seen.findIndex((seen) => seen?.current?.token === '') - 1];
    if (before?.status === 'needs-login' && wasLost(episode, before)) return undefined;
    return last(episode)?.isQuarantined ? undefined : 'it is not quarantined';
  },
  'I12 every call has its intent': (episode) => {
    // At a gym whose answers bring no new token, a session may be checked with `whoami` alone. An attempt with `whoami` alone sends no `tokenUpdate`,
    // so it is not counted as an intent.
    const intents = episode.attempts.filter(({ state, reason }) => state !== 'alive' || reason !== 'looked').length;
    return !episode.hasLeft && episode.calls.length > intents
      ? `${episode.calls.length} calls at the gym, ${intents} intents`
      : undefined;
  },
  'I12 attempts are counted': (episode) => {
    const settled = episode.attempts.filter((one) => one.state !== 'sent' && one.state !== 'released').length;
    const counted = last(episode)?.updateCount ?? settled;
    return counted < settled ? `${settled} attempts ended, token_update_count says ${counted}` : undefined;
  },
  'I12 one call at a time': (episode) => {
    if (episode.wasStolen) return undefined;
    const byTime = [...episode.calls].sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
    for (const [at, call] of byTime.entries()) {
      const before = byTime[at - 1];
      if (before?.answeredAtMs && before.broke === null && call.arrivedAtMs < before.answeredAtMs)
        return `two calls were out at the same moment`;
    }
    return undefined;
  },
  'I12 a fresh session is left alone': (episode) => {
    // If a gym's answer was lost on a broken connection, or with the process that waited for it, the renewal may have succeeded without the service's
    // knowledge.
    if (wasCutOff(episode)) return undefined;
    // For each attempt that got no answer, or got its answer after its lease was lost, the checker allows one early renewal of the session.
    let excused = episode.attempts.filter((one) => one.state === 'unknown' || one.reason === 'owner lost').length;
    const renewed = episode.calls.filter(
      (one) => one.effect?.what === 'rotated' && one.struckBy.length === 0 && one.broke === null,
    );
    for (const [at, call] of renewed.entries()) {
      const before = renewed[at - 1];
      if (!before || episode.plan.faults.some(Boolean)) continue;
      if (call.simAtMs - before.simAtMs >= STALE_MS) continue;
      excused -= 1;
      if (excused < 0) return 'renewed twice within 18 minutes';
    }
    return undefined;
  },
  'I12 calls within budget': (episode) => {
    // A call that the gym answered with 403 or 429 does not count towards the limit per hour: the gym did not look at the session.
    const turnedAway = (one: Episode['calls'][number]) =>
      one.struckBy.includes('geo-block') ||
      one.struckBy.includes('rate-limit') ||
      (one.struckBy.includes('status') && (one.status === 403 || one.status === 429));
    const all = episode.calls.filter((one) => !turnedAway(one)).sort((a, b) => a.simAtMs - b.simAtMs);
    // A renewal 18 minutes or more after the session's previous call to the gym is ordinary, and does not count towards the limit of calls per hour.
    const isOrdinary = (one: Episode['calls'][number], before: Episode['calls'][number] | undefined) =>
      one.effect?.what === 'rotated' && before !== undefined && one.simAtMs - before.simAtMs >= STALE_MS;
    const tries = all.filter((one, index) => !isOrdinary(one, all[index - 1]));
    const isCrowded = (some: typeof tries, most: number) =>
      some.some((one, index) => (some[index + most]?.simAtMs ?? Number.POSITIVE_INFINITY) - one.simAtMs < 3_600_000);
    // A renewal call that the gym refused does not count towards the session's eight calls an hour, unless the process died before it received the
    // refusal.
    let heard = episode.attempts.filter(({ state }) => state === 'refused').length;
    const charged = tries.filter((one) => !isRefusal(one) || heard-- <= 0);
    if (isCrowded(charged, CALLS_AN_HOUR)) return `more than ${CALLS_AN_HOUR} calls within an hour`;
    return isCrowded(tries, WITH_REFUSALS_AN_HOUR)
      ? `more than ${WITH_REFUSALS_AN_HOUR} calls within an hour, refusals and all`
      : undefined;
  },
  'G2 no session is lost where the gym forgives': (episode) => {
    const forgiving = episode.mode === 'grace' || episode.mode === 'lax';
    if (hasKilledCookies(episode) && episode.working.length === 0) return undefined;
    if (!forgiving || episode.hasLeft || !episode.gymAlive || isPoisoned(episode)) return undefined;
    if (episode.working.length === 0 && isLostInRest(episode)) return undefined;
    return last(episode)?.status === 'live'
      ? undefined
      : `ended ${last(episode)?.status} at a gym in ${episode.mode} mode`;
  },
};

/** Describes the episode in a few lines, in order of time: what the gym saw, what the process did, what the database held after each pass. */
function windowOf(episode: Episode): string[] {
  const lines: { at: number; text: string }[] = [];
  for (const call of episode.calls) {
    const effect = call.effect
      ? `${call.effect.what} ${String(call.effect['from'])}→${String(call.effect['to'])}`
      : 'no effect';
    const told = call.broke ? `broken by ${call.broke}` : `${call.status} ${JSON.stringify(call.answer)?.slice(0, 60)}`;
    lines.push({
      at: call.arrivedAtMs,
      text: `gym: ${call.tokenHash} → ${effect}, ${told} [${call.struckBy.join(' ')}]`,
    });
  }
  for (const event of episode.events)
    lines.push({ at: event.atMs, text: `process ${event.pid}: ${event.event} ${event.token ?? event.point ?? ''}` });
  const ordered = lines.sort((a, b) => a.at - b.at).map(({ text }) => text);
  const seen = episode.seen.map((one) => {
    const held = one?.held.map((each) => `${each.token}:${each.state}`).join(' ');
    return one
      ? `+${(one.atMs - (episode.seen[0]?.atMs ?? 0)) / 60_000} min: ${one.status} g${one.generation} [${held}]`
      : 'gone';
  });
  const changes = seen.filter((text, at) => text.replace(/^.*?:/, '') !== seen[at - 1]?.replace(/^.*?:/, ''));
  const end = `end: gym ${episode.gymAlive ? 'alive' : 'dead'}, live ${episode.liveToken}, working [${episode.working.join(' ')}], attempts ${episode.attempts.map((one) => `${one.state}${one.reason ? ` (${one.reason})` : ''} +${(one.atMs - (episode.seen[0]?.atMs ?? 0)) / 60_000}`).join(', ')}`;
  return [...ordered.slice(-14), ...changes, end];
}
