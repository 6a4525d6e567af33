// Checks every field and every sentence of a receipt against the pretend gym's own history. The checks in this file read a receipt's JSON and
// sentences, and share no code with the code that writes a receipt.
import type { HistoryEntry } from '../../../simulator/history.ts';
import type { Episode } from './episode.ts';

type Rule = (episode: Episode) => string | undefined;

interface Told {
  readonly sentAt: string | null;
  readonly answeredAt: string | null;
  readonly answer: string;
}
interface Receipt {
  readonly opensAt: string;
  readonly wokenAt: string | null;
  readonly readyAt: string | null;
  readonly sentAt: string | null;
  readonly firstByteAt: string | null;
  readonly answeredAt: string | null;
  readonly readBackAt: string | null;
  readonly latenessMs: number | null;
  readonly firstLatenessMs: number | null;
  readonly clockOffsetMs: number | null;
  readonly rttMs: number | null;
  readonly shots: number | null;
  readonly tries: readonly Told[];
  readonly decidedBy: string;
  readonly behind?: boolean;
  readonly words: string;
}

/** How far, in ms, our stamp of a sent request and the gym's stamp of its arrival may lie apart on one busy machine. */
const STAMP_MS = 50;
/**
 * How far, in ms, a receipt's estimate of the gym's clock or of a request's arrival may be off on a busy machine. An estimate that mixes up two
 * requests or two clocks would be wrong by far more than `ESTIMATE_MS`.
 */
export const ESTIMATE_MS = 150;
/** The largest difference between the gym's clock and ours, in ms, that the service believes. */
const BELIEVED_MS = 30_000;
const IN_TIME_MS = 1_000;

const receiptOf = ({ row }: Episode): Receipt | undefined => (row?.receipt ?? undefined) as Receipt | undefined;
const ms = (instant: string | null): number => (instant === null ? Number.NaN : Date.parse(instant));
const booking = ({ calls }: Episode): HistoryEntry[] =>
  calls.filter((one) => one.op === 'book').sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
const stateOf = ({ answer }: HistoryEntry): number | undefined => {
  const state = (answer as { bookState?: unknown } | null)?.bookState;
  // A gym may write the number `bookState` as text.
  return typeof state === 'number' || typeof state === 'string' ? Number(state) : undefined;
};
const left = ({ tries }: Receipt): readonly Told[] => tries.filter(({ answer }) => answer !== 'not-sent');

const knobsOf = ({ opening, player }: Episode) => [
  ...(opening.plan.fault.knobs ?? []),
  ...(player.plan.fault.knobs ?? []),
];
const offsetOf = (episode: Episode): number =>
  knobsOf(episode).reduce((sum, knob) => sum + (knob.kind === 'date-offset' ? knob.offsetMs : 0), 0);
/** Gives when booking opened for this member, in epoch ms by the gym's own clock, which also stamps the gym's history. */
export const openedAtMs = (episode: Episode): number =>
  episode.opening.opensAtMs +
  knobsOf(episode).reduce((sum, knob) => sum + (knob.kind === 'opening-skew' ? knob.skewMs : 0), 0);

/**
 * For each kind of answer that a receipt names: whether the gym's record of one call shows an answer of that kind. The answer `unknown` has no entry
 * in `MATCHES`: its request may have arrived or not, and the gym may have answered anything.
 */
const MATCHES: Readonly<Record<string, (call: HistoryEntry) => boolean>> = {
  booked: (call) => stateOf(call) === 1,
  // The service does not trust a booking whose answer broke off: it looks for the place in the gym's list.
  accepted: (call) => stateOf(call) === 0 || (stateOf(call) === 1 && call.broke === 'simulator'),
  'too-early': (call) => stateOf(call) === -4 || stateOf(call) === -12,
  'same-hour': (call) => stateOf(call) === -12,
  full: (call) => stateOf(call) === -1,
  'turned-away': ({ status }) => status === 403 || status === 429,
  'session-dead': ({ answer }) => typeof answer === 'object' && answer !== null && 'logout' in answer,
};

export const receiptRules: Record<string, Rule> = {
  'RECEIPT for every end': (episode) => {
    const { row } = episode;
    const hasNone = row && row.settled_at !== null && row.status !== 'withdrawn' && !receiptOf(episode);
    return hasNone ? `${row.status} (${row.outcome}) without one` : undefined;
  },
  'RECEIPT of the right opening': (episode) => {
    const receipt = receiptOf(episode);
    if (!receipt) return undefined;
    return Math.abs(ms(receipt.opensAt) - episode.opening.opensAtMs) > 1 ? receipt.opensAt : undefined;
  },
  'RECEIPT instants follow each other': (episode) => {
    const receipt = receiptOf(episode);
    if (!receipt) return undefined;
    const order = [receipt.wokenAt, receipt.sentAt, receipt.firstByteAt, receipt.answeredAt, receipt.readBackAt]
      .map(ms)
      .filter((at) => !Number.isNaN(at));
    const torn = order.findIndex((at, index) => at < (order[index - 1] ?? 0) - 1);
    return torn < 0 ? undefined : order.map((at) => at - (order[0] ?? 0)).join(' ');
  },
  'RECEIPT counts the requests': (episode) => {
    const receipt = receiptOf(episode);
    if (!receipt) return undefined;
    const calls = booking(episode).length;
    const { shots } = receipt;
    if (shots === null) return undefined;
    if (shots !== left(receipt).length) return `${shots} shots, ${left(receipt).length} tries that left`;
    const unknown = left(receipt).filter(({ answer }) => answer === 'unknown').length;
    return shots < calls || shots - unknown > calls ? `${shots} shots, the gym had ${calls}` : undefined;
  },
  'RECEIPT tells what the gym answered': (episode) => {
    const receipt = receiptOf(episode);
    if (!receipt || left(receipt).some(({ answer }) => answer === 'unknown')) return undefined;
    const calls = booking(episode);
    for (const [at, told] of left(receipt).entries()) {
      const call = calls[at];
      if (!call) return `try ${at} (${told.answer}) never came`;
      const isSo = MATCHES[told.answer];
      if (isSo && !isSo(call))
        return `try ${at} says ${told.answer}, the gym ${call.status} ${JSON.stringify(call.answer)}`;
      if (ms(told.sentAt) > call.simAtMs + STAMP_MS) return `try ${at} is said to leave after it arrived`;
      if (told.answeredAt === null) return `try ${at} has an answer (${told.answer}) and no instant of it`;
    }
    return undefined;
  },
  'RECEIPT speaks of the request that decided': (episode) => {
    const receipt = receiptOf(episode);
    const last = receipt && left(receipt).at(-1);
    if (!last) return receipt && receipt.sentAt !== null ? `sent at ${receipt.sentAt}, and no try left` : undefined;
    return last.sentAt === receipt.sentAt && (last.answeredAt === receipt.answeredAt || last.answer === 'unknown')
      ? undefined
      : `sent ${receipt.sentAt}, the last try ${last.sentAt}`;
  },
  'RECEIPT numbers are true': (episode) => {
    const receipt = receiptOf(episode);
    if (!receipt) return undefined;
    const offsetMs = offsetOf(episode);
    const { latenessMs, firstLatenessMs, clockOffsetMs, rttMs } = receipt;
    const isBelieved = Math.abs(offsetMs) <= BELIEVED_MS;
    if (!isBelieved && [latenessMs, firstLatenessMs, clockOffsetMs].some((one) => one !== null))
      return `numbers from a clock ${offsetMs} ms off`;
    if (clockOffsetMs === null) return latenessMs === null ? undefined : 'a lateness without the gym’s clock';
    const roomMs = ESTIMATE_MS + (rttMs ?? 0);
    if (Math.abs(clockOffsetMs - offsetMs) > roomMs) return `clock off by ${clockOffsetMs}, it was ${offsetMs}`;
    const lateOf = (sentAt: string | null | undefined) => ms(sentAt ?? null) + offsetMs - ms(receipt.opensAt);
    const isOff = (told: number | null, sentAt: string | null | undefined) =>
      told !== null && !(Math.abs(told - lateOf(sentAt)) <= roomMs);
    if (isOff(latenessMs, receipt.sentAt)) return `late by ${latenessMs}, it was ${lateOf(receipt.sentAt)}`;
    const first = left(receipt)[0]?.sentAt;
    return isOff(firstLatenessMs, first) ? `first late by ${firstLatenessMs}, it was ${lateOf(first)}` : undefined;
  },
  'RECEIPT names who decided': (episode) => {
    const receipt = receiptOf(episode);
    const { row } = episode;
    if (!receipt || !row) return undefined;
    const { decidedBy, tries, shots } = receipt;
    const calls = booking(episode);
    const lateMs = (calls.at(-1)?.simAtMs ?? Number.NaN) - openedAtMs(episode);
    const byUs = ['booked', 'waitlisted'].includes(row.outcome ?? '');
    if (byUs && decidedBy !== 'us' && shots !== 0) return `${row.outcome} by ${decidedBy}`;
    if (!byUs && decidedBy === 'us') return `${row.outcome} by us`;
    if (decidedBy === 'crowd' && receipt.behind !== true && lateMs > IN_TIME_MS + ESTIMATE_MS + STAMP_MS)
      return `the crowd, and we came ${lateMs} ms late`;
    if (decidedBy === 'late' && row.outcome === 'full' && lateMs < IN_TIME_MS - ESTIMATE_MS)
      return `our lateness, and we came ${lateMs} ms after`;
    const refused = tries.some(({ answer }) => answer === 'not-sent');
    return decidedBy === 'late' && refused && row.outcome === 'not-sent' && isGymAway(episode)
      ? 'our lateness, and the gym could not be reached'
      : undefined;
  },
  'RECEIPT sentences are true': (episode) => {
    const receipt = receiptOf(episode);
    const { row, opening } = episode;
    if (!receipt || !row) return undefined;
    const { words } = receipt;
    const calls = booking(episode).length;
    const claims: readonly (readonly [RegExp, boolean])[] = [
      [/You have the place/, row.status === 'booked'],
      [/We sent the booking|Our request (reached|came)/, calls > 0 || left(receipt).length > 0],
      [/nothing was sent|no booking was sent|was not sent/, calls === 0],
      [/our fault/, receipt.decidedBy === 'late' && !isGymAway(episode)],
      [/could not reach the gym/, isGymAway(episode)],
      [/was full/, hasState(episode, -1) || row.status === 'waitlisted'],
      [/not open yet/, hasState(episode, -4) || hasState(episode, -12)],
      [/no longer accepted your login/, saysLogout(episode) || isSessionHurt(episode)],
      [/turned our request away/, booking(episode).some(({ status }) => status === 403 || status === 429)],
      [/on the waitlist/, row.status === 'waitlisted'],
      [/You already had a place/, row.outcome === 'already-booked'],
      [/Members of ours/, receipt.behind === true && opening.plan.fault.limit !== undefined],
      [/were interrupted/, receipt.shots === null],
      [/millisecond|[0-9] seconds/, receipt.latenessMs !== null],
    ];
    const lie = claims.find(([says, isSo]) => says.test(words) && !isSo);
    return lie && `“${words}” (${lie[0].source})`;
  },
};

const hasState = (episode: Episode, state: number): boolean => booking(episode).some((call) => stateOf(call) === state);
const saysLogout = ({ calls }: Episode): boolean =>
  calls.some(({ answer }) => typeof answer === 'object' && answer !== null && 'logout' in answer);
const isSessionHurt = ({ player: { plan } }: Episode): boolean =>
  plan.fault.hand?.do === 'kill-session' || plan.fault.session !== undefined;
const isGymAway = ({ opening }: Episode): boolean =>
  opening.plan.fault.blow?.do === 'refuse' || opening.plan.fault.isAway === true;
