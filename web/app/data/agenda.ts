// The member's agenda: places at the gym, waitlists, prebookings and watches in one answer of the service; without a network, the last such answer.
// Reading the agenda costs calls at the gym. The page writes the member's own changes and those that the socket tells of into the cached agenda, and
// rarely reads the agenda again.
import { useQuery } from '@tanstack/react-query';
import type { Prebooking } from '../../client/contract.ts';
import { addDays, todayIn } from '../time.ts';
import {
  type Agenda,
  type AgendaItem,
  type Change,
  caughtUp,
  fromPrebooking,
  fromWatch,
  givenBack,
  isSameClass,
  isWaiting,
  isWatching,
  placed,
  taking,
  type Watch,
} from './agenda-items.ts';
import { type Box, client } from './member.ts';
import { knownBoxes, queries, useIsSignedIn } from './queries.ts';
import { lastMember, readShelf, writeShelf } from './shelf.ts';

const KEY = ['agenda'] as const;
const STALE_MS = 5 * 60_000;
const DAYS_BEHIND = 14;
/** The last day of one answer of `/api/agenda` is at most this many days after the first day. */
const MAX_DAYS = 62;
const MAX_KEPT = 60;

export const DEFAULT_ZONE = 'Europe/Madrid';
export const zoneOf = (box: Box | undefined): string => box?.timeZone ?? DEFAULT_ZONE;
export const boxOf = (boxes: readonly Box[], id: string): Box | undefined => boxes.find((box) => box.id === id);
const zoneOfId = (boxId: string): string => zoneOf(boxOf(knownBoxes(), boxId));

/** The first day of the agenda that the app fetches by itself; earlier days are fetched only when the member asks for them. */
export const firstDay = (): string => addDays(todayIn(DEFAULT_ZONE), -DAYS_BEHIND);
const lastDay = (): string => addDays(firstDay(), MAX_DAYS);

/** Has this page read the agenda from the service? The agenda that the browser kept counts as stale until this page has read it from the service. */
let isAsked = false;

function keptAgenda() {
  const kept = readShelf('agenda');
  // Another version of the app may have kept the agenda in another shape under the same name.
  return kept && 'items' in kept.value ? kept : undefined;
}

/** Keeps the agenda in the browser and returns it. @param atMs when the service gave the agenda, epoch ms. */
function keep(agenda: Agenda, atMs: number): Agenda {
  const items = agenda.items.filter(({ kind }) => kind !== 'rule').slice(-MAX_KEPT);
  if (lastMember() !== '') writeShelf('agenda', { ...agenda, items }, atMs);
  return agenda;
}

/** The agenda of 63 days (`MAX_DAYS` + 1), the first of which is two weeks ago. */
export const useAgenda = () =>
  useQuery({
    queryKey: KEY,
    enabled: useIsSignedIn(),
    staleTime: () => (isAsked ? STALE_MS : 0),
    queryFn: async () => {
      const agenda = await client.call('get', '/api/agenda', { query: { from: firstDay(), to: lastDay() } });
      isAsked = true;
      return keep(agenda, Date.now());
    },
    initialData: () => keptAgenda()?.value,
    initialDataUpdatedAt: () => keptAgenda()?.atMs,
  });

/** The agenda of the 63 days (`MAX_DAYS` + 1) before `day`. */
export const useEarlier = (day: string) =>
  useQuery({
    queryKey: [...KEY, 'before', day],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () =>
      client.call('get', '/api/agenda', { query: { from: addDays(day, -MAX_DAYS - 1), to: addDays(day, -1) } }),
  });

export const refreshAgenda = (): Promise<void> => queries.invalidateQueries({ queryKey: KEY, exact: true });

/**
 * Changes the items of the cached agenda with `work`. The time of the agenda's last read stays as it is: a change of one row says nothing about the
 * other rows.
 */
function change(work: (items: readonly AgendaItem[]) => readonly AgendaItem[]): void {
  const { dataUpdatedAt: updatedAt = 0 } = queries.getQueryState(KEY) ?? {};
  const changed = (agenda: Agenda | undefined) =>
    agenda && keep({ ...agenda, items: [...work(agenda.items)] }, updatedAt);
  queries.setQueryData<Agenda>(KEY, changed, { updatedAt });
}

/**
 * Writes a new or changed prebooking into the agenda. Once a prebooking for a watched class is decided, the agenda is read again, since the watch may
 * have changed.
 */
export function notePrebooking(prebooking: Change): void {
  const before = queries.getQueryData<Agenda>(KEY)?.items ?? [];
  const isWatched = before.some((one) => isWatching(one.state) && isSameClass(one, prebooking));
  change((items) => placed(taking(items, prebooking), fromPrebooking(prebooking, zoneOfId(prebooking.boxId))));
  if (isWatched && !isWaiting(prebooking.status)) void refreshAgenda();
}

/** Writes all prebookings of the agenda's days into the cached agenda when the socket is connected again. */
export function noteAll(prebookings: readonly Prebooking[]): void {
  const [from, to] = [firstDay(), lastDay()];
  const near = prebookings.filter(({ day }) => day >= from && day <= to);
  change((items) =>
    caughtUp(
      items,
      near.map((one) => fromPrebooking(one, zoneOfId(one.boxId))),
    ),
  );
}

export const noteWatch = (watch: Watch): void =>
  change((items) => {
    const item = fromWatch(watch, zoneOfId(watch.boxId));
    return item ? placed(items, item) : items;
  });

export const noteGivenBack = (reservationId: string): void => change((items) => givenBack(items, reservationId));
