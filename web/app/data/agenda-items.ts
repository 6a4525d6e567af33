// The rows of the agenda: which of them are live, which are shown, and how one that changed or was made takes its place among them. Pure.
import type { Answer, Prebooking } from '../../client/contract.ts';
import { hourOf, instantAt } from '../time.ts';

export type Agenda = Answer<'/api/agenda', 'get'>;
export type AgendaItem = Agenda['items'][number];
export type Watch = Answer<'/api/watches', 'get'>['watches'][number];
/** A prebooking as the service tells it, whole or in a word of the socket. */
export type Change = Pick<Prebooking, 'id' | 'boxId' | 'day' | 'timeId' | 'className' | 'status' | 'opensAt'> &
  Partial<Pick<Prebooking, 'reservationId' | 'readiness'>>;

const WAITS: readonly string[] = ['scheduling', 'scheduled', 'claimed', 'armed', 'unknown'];
/** Is the prebooking still to be decided? */
export const isWaiting = (state: string): boolean => WAITS.includes(state);
/** May it be taken back without the race knowing? */
export const isWithdrawable = (state: string): boolean => ['scheduling', 'scheduled', 'claimed'].includes(state);
/** Has the member the place, or one on the waitlist? */
export const isHeld = (state: string): boolean => state === 'booked' || state === 'waitlisted';
export const isWatching = (state: string): boolean => ['watching', 'taking', 'swapping'].includes(state);
/** Has the member a place, or is one still to come? */
export const isLive = ({ state }: AgendaItem): boolean => isWaiting(state) || isHeld(state) || isWatching(state);

const isTakenBack = ({ state }: AgendaItem): boolean => state === 'withdrawn' || state === 'given-back';

type ClassOf = Pick<AgendaItem, 'boxId' | 'day' | 'timeId' | 'className'>;
export const isSameClass = (a: ClassOf, b: ClassOf): boolean =>
  a.boxId === b.boxId && a.day === b.day && a.timeId === b.timeId && a.className === b.className;

/**
 * What the agenda shows. Days of rules have their own screen. What was taken back and then asked for once more stands once, as the latter; a
 * watch is over where the place stands; what was lost stays.
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
/** For a place of its own; one that swaps has still something to do. */
const isLooking = ({ state }: AgendaItem): boolean => state === 'watching' || state === 'taking';

/** Epoch ms; without an hour the end of its day comes last. */
export const startMs = ({ startsAt, day }: AgendaItem): number =>
  Date.parse(startsAt ?? `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T23:59:59Z`);

const startOf = ({ day, timeId }: Change | Watch, zone: string): string =>
  new Date(instantAt(day, hourOf(timeId), zone)).toISOString();

/** @param zone of its box. */
export const fromPrebooking = (change: Change, zone: string): AgendaItem => {
  const { id, boxId, day, timeId, className, status, opensAt, reservationId, readiness } = change;
  return {
    ...{ kind: 'prebooking', id, boxId, day, timeId, className, state: status, opensAt },
    startsAt: startOf(change, zone),
    ...(reservationId !== undefined && { reservationId }),
    ...(readiness !== undefined && { readiness }),
  };
};

/** undefined for a waitlist place, which stands in the list itself. @param zone of its box. */
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

/** It takes its place by its start, in front of what has the same; one with its id is replaced, and lends what the new one does not say. */
export function placed(items: readonly AgendaItem[], item: AgendaItem): AgendaItem[] {
  const known = items.find(({ id }) => id === item.id);
  const others = items.filter((one) => one !== known);
  return [{ ...known, ...item }, ...others].sort((a, b) => startMs(a) - startMs(b));
}

/**
 * After a break: `all` prebookings as they are by now. What is not known yet takes its place; of what is known only what was still waiting
 * changes, since of the others the gym's own list may say more.
 */
export function caughtUp(items: readonly AgendaItem[], all: readonly AgendaItem[]): readonly AgendaItem[] {
  return all.reduce((list, one) => {
    const known = list.find(({ id }) => id === one.id);
    return known === undefined || (isWaiting(known.state) && known.state !== one.state) ? placed(list, one) : list;
  }, items);
}

/** A race for a class that is watched: the watch is taking the place. */
export const taking = (items: readonly AgendaItem[], change: Change): AgendaItem[] =>
  items.map((item) =>
    item.state === 'watching' && isWaiting(change.status) && isSameClass(item, change)
      ? { ...item, state: 'taking' }
      : item,
  );

/** The place with this number was given back. */
export const givenBack = (items: readonly AgendaItem[], reservationId: string): AgendaItem[] =>
  items.map((item) => (item.reservationId === reservationId ? { ...item, state: 'given-back' } : item));
