// A member's agenda: the member's places at the gym, and puntual's own prebookings, rules and watches, in one list. Reading the agenda changes
// nothing.
import { type PlacesServices, readPlaces } from '../services/booking/read-places.ts';
import type { Caller } from '../services/booking/with-device-session.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import type { Watch } from '../services/prebooking/watch.ts';
import { type AgendaItem, agendaOf } from '../services/rule/agenda.ts';

/** At most this many of the member's watches are read: more than a member may have at a time. */
const MAX_WATCHES = 200;
/** The states of a prebooking that may hold a place at the gym; the gym's lists of these prebookings' days are read. */
const HELD: readonly Prebooking['status'][] = ['booked', 'waitlisted', 'unknown', 'unconfirmed'];

export interface Agenda {
  readonly items: readonly AgendaItem[];
  /** Set if the gym could not be asked about one or more of the agenda's days: the instant at which this answer was put together. Else undefined. */
  readonly staleAt: Date | undefined;
}

/**
 * A watch's entry in the agenda. Undefined for a move-up (the gym lists the waitlist place), and for a watch that has booked (its prebooking is
 * listed).
 */
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
