// Checks the invariants of one finished episode of a campaign of races. The gym's own record decides: the prebooking's row, its events and its
// notices must agree with that record, whatever the fault was. The checks compare the records of the gym, the database and the processes with each
// other.
import { TRANSITIONS } from '../../../services/prebooking/prebooking.ts';
import type { HistoryEntry } from '../../../simulator/history.ts';
import type { Broken } from '../staging/found.ts';
import type { Episode } from './episode.ts';
import { isUndisturbed, movesTheHour } from './plan.ts';
import { ESTIMATE_MS, openedAtMs, receiptRules } from './receipt-truth.ts';
import { windowOf } from './window.ts';

export const CHECKED = ['I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'T-INSIST', 'ENDS', 'RECEIPT'] as const;
type Invariant = (typeof CHECKED)[number];
export type Violation = Broken<Invariant>;

type Rule = (episode: Episode) => string | undefined;

export function check(episode: Episode): Violation[] {
  return Object.entries({ ...rules, ...receiptRules }).flatMap(([name, rule]) => {
    const says = rule(episode);
    if (says === undefined) return [];
    const invariant = name.split(' ')[0] as Invariant;
    return [{ invariant, says: `${name.slice(invariant.length + 1)}: ${says}`, window: windowOf(episode) }];
  });
}

const WON = ['booked', 'waitlisted'];
const isTerminal = (status: string): boolean =>
  (TRANSITIONS as Record<string, readonly string[]>)[status]?.length === 0;
const booking = ({ calls }: Episode): HistoryEntry[] => calls.filter((one) => one.op === 'book');
const ours = ({ places }: Episode) => places.filter((one) => one.by === 'api');

/** Gives the places that the member had at the gym when the prebooking's row was settled, those cancelled afterwards included. */
function standing({ places, row }: Episode) {
  const atMs = row?.settled_at?.getTime() ?? Number.POSITIVE_INFINITY;
  return places.filter((one) => one.cancelledAtMs === null || one.cancelledAtMs > atMs);
}

/**
 * Faults that can hide from the service whether the gym made the booking. After a booking request whose result is hidden, the service must send no
 * further booking request.
 */
const UNREADABLE = new Set(['lose', 'late-effect', 'answer', 'book-state']);
const isUnreadable = (call: HistoryEntry): boolean =>
  call.broke !== null ||
  call.answeredAtMs === null ||
  (call.struckBy.some((by) => UNREADABLE.has(by)) && !isRefusal(call));
const isRefusal = ({ answer }: HistoryEntry): boolean => {
  const state = (answer as { bookState?: unknown } | null)?.bookState;
  return typeof state === 'number' && state < 0 && state !== -99;
};

/**
 * The most booking requests that the gym may receive in one episode. Requests that a `status` fault struck do not count towards `MAX_SHOTS`, because
 * the service may send such a request again many times.
 */
const MAX_SHOTS = 9;
const lookedAt = (episode: Episode): number =>
  booking(episode).filter(({ struckBy }) => !struckBy.includes('status')).length;
/** How much later, in ms, the gym's time stamp of a place may be than our time stamp of the settled prebooking. */
const STAMP_MS = 50;

/**
 * Tells whether the planned act beside the race, such as a booking by hand, was due before the opening, but done only after the race's first request.
 * A machine that runs no process for a moment causes such a delay.
 */
function cameLate({ player, calls, handedAtMs }: Episode): boolean {
  const { hand } = player.plan.fault;
  const first = calls.find(({ op }) => op === 'book');
  if (!hand || hand.atMs >= 0 || !first || handedAtMs === undefined) return false;
  return first.arrivedAtMs < handedAtMs;
}

/**
 * Tells whether the race's first request came before the gym opened the class: the request then booked nothing, although the planned fault assumes
 * that it booked. The estimate of the gym's clock, by which the instant of sending is chosen, is coarse on a machine that sometimes runs no process
 * for a moment. If the answer to a request that came too early was lost, or was a refusal in words, the service must not send another request.
 */
function cameEarly(episode: Episode): boolean {
  const first = episode.calls.find(({ op }) => op === 'book');
  if (first?.effect !== null) return false;
  const earlyMs = openedAtMs(episode) - first.simAtMs;
  const isByEstimate = earlyMs > 0 && earlyMs <= ESTIMATE_MS && isUnreadable(first);
  return isByEstimate || (earlyMs > 0 && movesTheHour(episode.opening.plan.fault));
}

const rules: Record<string, Rule> = {
  'I5 booked twice': (episode) => {
    const places = ours(episode);
    return places.length > 1
      ? `${places.length} places by us (${places.map((one) => `${one.id} ${one.className} ${one.time}`).join(', ')})`
      : undefined;
  },
  'I5 booked what nobody wished': (episode) => {
    const { plan } = episode.player;
    const odd = ours(episode).find(
      (one) => one.className !== 'WOD' || (one.timeid !== '1800_60' && !plan.fault.wish?.other),
    );
    return odd ? `${odd.className} at ${odd.time}` : undefined;
  },
  'I5 sent again after an answer that nobody could read': (episode) => {
    const calls = [...booking(episode)].sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
    const at = calls.findIndex(isUnreadable);
    return at >= 0 && at < calls.length - 1
      ? `${calls.length - 1 - at} more after ${calls[at]?.struckBy.join(' ') || calls[at]?.broke}`
      : undefined;
  },
  'I5 sent after everything was settled': ({ callsAfterwards, placesAfterwards, places }) =>
    callsAfterwards > 0 || placesAfterwards > places.length
      ? `${callsAfterwards} calls after a late redelivery`
      : undefined,
  'I6 false booked': (episode) => {
    const { row } = episode;
    if (!row || !WON.includes(row.status)) return undefined;
    const place = standing(episode).find((one) => String(one.id) === row.reservation_id);
    if (!place)
      return `${row.status} as ${row.reservation_id}, the gym has ${
        standing(episode)
          .map((one) => one.id)
          .join(', ') || 'nothing'
      }`;
    const settledAtMs = row.settled_at?.getTime() ?? 0;
    if (place.createdAtMs > settledAtMs + STAMP_MS)
      return `settled ${Math.round(place.createdAtMs - settledAtMs)} ms before the gym had it`;
    const wanted = place.cancelledAtMs === null ? place.state : row.status;
    return wanted === row.status ? undefined : `the row says ${row.status}, the gym ${place.state}`;
  },
  'I6 false refused': (episode) => {
    const { row } = episode;
    if (!row || !isTerminal(row.status) || WON.includes(row.status)) return undefined;
    // If the fault that ends the member's session at the gym struck only after the race's first request (`cameLate`), the service could not read the
    // gym's list, so `unconfirmed` is right.
    if (row.status === 'unconfirmed' && cameLate(episode)) return undefined;
    // A place that the member booked by hand in the prebooking's class contradicts the result `refused`, unless the prebooking's row says that no
    // request was sent.
    const byHand = (one: Episode['places'][number]) =>
      row.status === 'refused' && row.outcome !== 'not-sent' && one.className === 'WOD' && one.timeid === '1800_60';
    const place = standing(episode).find((one) => one.by === 'api' || byHand(one));
    return place ? `${row.status} (${row.outcome}), and the gym has ${place.id}` : undefined;
  },
  'I6 withdrawn and sent': (episode) =>
    episode.row?.status === 'withdrawn' && booking(episode).length > 0
      ? `${booking(episode).length} requests at the gym`
      : undefined,
  'I6 a withdrawal is answered truly': ({ withdrawal, row }) => {
    if (withdrawal?.report === 'withdrawn' && row?.status !== 'withdrawn')
      return `the member was told withdrawn, the row says ${row?.status}`;
    return withdrawal?.code === 'prebooking/too-late' && row?.status === 'withdrawn'
      ? 'told too late, and withdrawn'
      : undefined;
  },
  'I7 not terminal five minutes after': ({ isOpenAtFive, row }) =>
    isOpenAtFive || !row || !isTerminal(row.status) ? `it is ${row?.status ?? 'gone'}` : undefined,
  'I6 a terminal state reopened': ({ changes }) => {
    const at = changes.findIndex((one) => isTerminal(one.to_status));
    return at >= 0 && at < changes.length - 1 ? changes.map((one) => one.to_status).join(' → ') : undefined;
  },
  'I6 one event for every change': ({ changes, row }) => {
    const torn = changes.findIndex((one, at) => one.from_status !== (changes[at - 1]?.to_status ?? null));
    if (torn >= 0) return `${changes[torn]?.from_status} follows ${changes[torn - 1]?.to_status}`;
    return changes.at(-1)?.to_status === row?.status
      ? undefined
      : `last event ${changes.at(-1)?.to_status}, row ${row?.status}`;
  },
  'I6 told once of its end': ({ row, notices }) => {
    if (!row || !isTerminal(row.status)) return undefined;
    const wanted = row.status === 'withdrawn' ? [] : [`prebooking-${row.status}`];
    return notices.join() === wanted.join() ? undefined : `${row.status}, told ${notices.join(', ') || 'nothing'}`;
  },
  'T-INSIST asked for a waitlist, or to cancel, unbidden': (episode) => {
    const insisted = booking(episode).some((one) => one.asked['insist'] === '1');
    if (insisted && !episode.player.plan.fault.wish?.waitlist) return 'insist=1';
    return episode.calls.some((one) => one.op === 'cancelBook') ? 'a cancellation by us' : undefined;
  },
  'I9 politely few': (episode) =>
    lookedAt(episode) > MAX_SHOTS ? `${lookedAt(episode)} requests that the gym looked at` : undefined,
  'I8 bystanders are unaffected': (episode) => {
    const { opening, player, row, isBystanderOfBlow } = episode;
    if (player.plan.fault.name !== 'nothing' || isBystanderOfBlow || !isUndisturbed(opening.plan)) return undefined;
    return row?.status === 'booked' ? undefined : `nothing struck it, and it ended ${row?.status} (${row?.outcome})`;
  },
  'ENDS as this fault must end': (episode) => {
    const { opening, player, row, isBystanderOfBlow } = episode;
    const { ends, isUnseen } = opening.plan.fault;
    if (isBystanderOfBlow || !row) return undefined;
    if (cameLate(episode) || (['unconfirmed', 'refused'].includes(row.status) && cameEarly(episode))) return undefined;
    const wanted = ends ?? player.plan.fault.ends;
    return wanted.includes(row.status) || (isUnseen && row.status === player.plan.fault.endsUnseen)
      ? undefined
      : `expected ${wanted.join(' or ')}, it is ${row.status} (${row.outcome ?? 'no outcome'}, ${row.reason ?? 'no reason'})`;
  },
};
