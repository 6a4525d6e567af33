// A member's agenda: the gym's own list and ours in one. It changes nothing.
import { type PlacesServices, readPlaces } from '../services/booking/read-places.ts';
import type { Caller } from '../services/booking/with-device-session.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import type { Watch } from '../services/prebooking/watch.ts';
import { type AgendaItem, agendaOf } from '../services/rule/agenda.ts';

/** More than a member may have at a time. */
const MAX_WATCHES = 200;
/** Places of ours that may still stand: their days are looked at. */
const HELD: readonly Prebooking['status'][] = ['booked', 'waitlisted', 'unknown', 'unconfirmed'];

export interface Agenda {
  readonly items: readonly AgendaItem[];
  /** When the gym could not be asked; undefined: it was. */
  readonly staleAt: Date | undefined;
}

/** A waitlist place stands in the list itself, and is watched without being asked. A watch that has booked stands as its prebooking. */
function watchItem(watch: Watch): AgendaItem | undefined {
  const { id, boxId, day, timeId, className, kind, status, startsAt, endsAt, prebookingId } = watch;
  if (kind === 'move-up' || (status === 'done' && prebookingId !== undefined)) return undefined;
  return { kind: 'watch', boxId, day, timeId, className, state: status, startsAt, id, onFree: kind, endsAt };
}

/** Throws database/…. */
export async function readAgenda(
  services: PlacesServices,
  { from, to, ...caller }: Caller & { readonly from: string; readonly to: string },
): Promise<Agenda> {
  const { store, clock } = services;
  const { userId } = caller;
  const [boxes, prebookings, ruleDays, watches] = await Promise.all([
    store.readMemberBoxes(userId),
    store.readPrebookingsBetween(userId, from, to),
    store.readOpenRuleDays(userId, from, to),
    store.readMemberWatches(userId, { from, to }, MAX_WATCHES, clock.now()),
  ]);
  const expected = prebookings.filter(({ status }) => HELD.includes(status));
  const { days, isStale } = await readPlaces(services, { caller, boxes, from, to, expected });
  const items = agendaOf({
    days,
    prebookings,
    ruleDays,
    watches: watches.flatMap((watch) => watchItem(watch) ?? []),
    heard: new Set(days.map(({ boxId, day }) => `${boxId} ${day}`)),
    zoneOf: (boxId) => boxes.find(({ id }) => id === boxId)?.timeZone,
  });
  return { items, staleAt: isStale ? clock.now() : undefined };
}
