// The rows of the agenda: which rows are live (hold a place or may still win one), which rows are shown, and where a changed or added row is placed.
// The functions of this file are pure: they change none of their arguments.
import type { Answer, Prebooking } from '../../client/contract.ts';
import { hourOf, instantAt } from '../time.ts';

export type Agenda = Answer<'/api/agenda', 'get'>;
export type AgendaItem = Agenda['items'][number];
export type Watch = Answer<'/api/watches', 'get'>['watches'][number];
/** The fields that a whole prebooking and a message of the socket about a prebooking have in common. */
export type Change = Pick<Prebooking, 'id' | 'boxId' | 'day' | 'timeId' | 'className' | 'status' | 'opensAt'> &
  Partial<Pick<Prebooking, 'reservationId' | 'readiness'>>;

const WAITS: readonly string[] = ['scheduling', 'scheduled', 'claimed', 'armed', 'unknown'];
/** Is the prebooking still to be decided? */
export const isWaiting = (state: string): boolean => WAITS.includes(state);
/** May the member still withdraw the prebooking? True while the prebooking is `scheduling`, `scheduled` or `claimed`, that is, until it is armed. */
export const isWithdrawable = (state: string): boolean => ['scheduling', 'scheduled', 'claimed'].includes(state);
/** Has the member a place in the class, or on its waitlist? */
export const isHeld = (state: string): boolean => state === 'booked' || state === 'waitlisted';
export const isWatching = (state: string): boolean => ['watching', 'taking', 'swapping'].includes(state);
/** Has the member a place, or may a prebooking or a watch still win a place? */
export const isLive = ({ state }: AgendaItem): boolean => isWaiting(state) || isHeld(state) || isWatching(state);

const isTakenBack = ({ state }: AgendaItem): boolean => state === 'withdrawn' || state === 'given-back';

type ClassOf = Pick<AgendaItem, 'boxId' | 'day' | 'timeId' | 'className'>;
export const isSameClass = (a: ClassOf, b: ClassOf): boolean =>
  a.boxId === b.boxId && a.day === b.day && a.timeId === b.timeId && a.className === b.className;

/**
 * Gives those rows of `items` that the agenda shows. Rows for days of weekly rules are left out: another screen shows those days. When a prebooking
 * was withdrawn and made again for the same class, only the later row is shown. A watch is left out once the member has a place in the watched
 * class. Rows of lost races are shown.
 */
export function inView(items: readonly AgendaItem[]): AgendaItem[] {
  const own = items.filter(({ kind }) => kind !== 'rule');
  const isTakenBackLater = (item: AgendaItem, at: number) =>
    own.some((other, place) => isAlike(item, other) && isTakenBack(other) && place < at);
  return own.filter((item, at) => {
    const others = own.filter((other) => other !== item && isSameClass(item, other));
    if (isTakenBack(item)) return !others.some(isLive) && !isTakenBackLater(item, at);
    return !isLooking(item) || !others.some(({ state }) => state === 'booked');
  });
}

const isAlike = (a: AgendaItem, b: AgendaItem): boolean => isSameClass(a, b) && a.kind === b.kind;
/** Does the watch look for a place? A swapping watch looks for no place: it has booked the new place and has still to give back the old place. */
const isLooking = ({ state }: AgendaItem): boolean => state === 'watching' || state === 'taking';

/** The start of a row's class, epoch ms; for a row without an hour, the end of the row's day in UTC. */
export const startMs = ({ startsAt, day }: AgendaItem): number =>
  Date.parse(startsAt ?? `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T23:59:59Z`);

const startOf = ({ day, timeId }: Change | Watch, zone: string): string =>
  new Date(instantAt(day, hourOf(timeId), zone)).toISOString();

/** Gives a prebooking as a row of the agenda. @param zone the time zone of the prebooking's box. */
export const fromPrebooking = (change: Change, zone: string): AgendaItem => {
  const { id, boxId, day, timeId, className, status, opensAt, reservationId, readiness } = change;
  return {
    ...{ kind: 'prebooking', id, boxId, day, timeId, className, state: status, opensAt },
    startsAt: startOf(change, zone),
    ...(reservationId !== undefined && { reservationId }),
    ...(readiness !== undefined && { readiness }),
  };
};

/**
 * Gives a watch as a row of the agenda; undefined for a watch that is to move the member up from the waitlist, since the waitlist place is a row
 * already.
 * @param zone the time zone of the watch's box.
 */
export const fromWatch = (watch: Watch, zone: string): AgendaItem | undefined => {
  const { id, boxId, day, timeId, className, status, then, endsAt } = watch;
  if (then === 'move-up') return undefined;
  return {
    kind: 'watch',
    id,
    boxId,
    day,
    timeId,
    className,
    state: status,
    startsAt: startOf(watch, zone),
    then,
    endsAt,
  };
};

/**
 * Adds `item` to the rows, in order of their starts, before rows with an equal start. A row with the same id as `item` is replaced; its fields that
 * `item` lacks are kept.
 */
export function placed(items: readonly AgendaItem[], item: AgendaItem): AgendaItem[] {
  const known = items.find(({ id }) => id === item.id);
  const others = items.filter((one) => one !== known);
  return [{ ...known, ...item }, ...others].sort((a, b) => startMs(a) - startMs(b));
}

/**
 * Merges `all` prebookings into the rows `items` when the socket is connected again. A prebooking that has no row in `items` yet is added. A row that
 * is already in `items` is changed only if its prebooking is undecided there: the row of a decided prebooking may come from the gym's own list, which
 * knows more.
 */
export function caughtUp(items: readonly AgendaItem[], all: readonly AgendaItem[]): readonly AgendaItem[] {
  return all.reduce((list, one) => {
    const known = list.find(({ id }) => id === one.id);
    return known === undefined || (isWaiting(known.state) && known.state !== one.state) ? placed(list, one) : list;
  }, items);
}

/** Sets a watch's row to `taking` (a freed place is being booked) if the prebooking in `change` is for the watched class and is not decided yet. */
export const taking = (items: readonly AgendaItem[], change: Change): AgendaItem[] =>
  items.map((item) =>
    item.state === 'watching' && isWaiting(change.status) && isSameClass(item, change)
      ? { ...item, state: 'taking' }
      : item,
  );

/** Marks the row of the place with this reservation id as given back. */
export const givenBack = (items: readonly AgendaItem[], reservationId: string): AgendaItem[] =>
  items.map((item) => (item.reservationId === reservationId ? { ...item, state: 'given-back' } : item));
