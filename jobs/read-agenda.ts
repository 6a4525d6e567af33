// A member's agenda: the gym's own list and ours in one. It changes nothing.
import { type PlacesServices, readPlaces } from '../services/booking/read-places.ts';
import type { Caller } from '../services/booking/with-device-session.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import { type AgendaItem, agendaOf } from '../services/rule/agenda.ts';

/** Where watches come from, for the days between two. */
export type ReadWatches = (userId: string, from: string, to: string) => Promise<readonly AgendaItem[]>;

export type AgendaServices = PlacesServices & {
  /** Absent: there are none. */
  readonly readWatches?: ReadWatches | undefined;
};

export interface Agenda {
  readonly items: readonly AgendaItem[];
  /** When the gym could not be asked; undefined: it was. */
  readonly staleAt: Date | undefined;
}

/** Places of ours that may still stand: their days are looked at. */
const HELD: readonly Prebooking['status'][] = ['booked', 'waitlisted', 'unknown', 'unconfirmed'];

/** Throws database/…. */
export async function readAgenda(
  services: AgendaServices,
  { from, to, ...caller }: Caller & { readonly from: string; readonly to: string },
): Promise<Agenda> {
  const { store, clock } = services;
  const { userId } = caller;
  const [boxes, prebookings, ruleDays, watches] = await Promise.all([
    store.readMemberBoxes(userId),
    store.readPrebookingsBetween(userId, from, to),
    store.readOpenRuleDays(userId, from, to),
    services.readWatches?.(userId, from, to) ?? [],
  ]);
  const expected = prebookings.filter(({ status }) => HELD.includes(status));
  const { days, isStale } = await readPlaces(services, { caller, boxes, from, to, expected });
  const items = agendaOf({
    days,
    prebookings,
    ruleDays,
    watches,
    heard: new Set(days.map(({ boxId, day }) => `${boxId} ${day}`)),
    zoneOf: (boxId) => boxes.find(({ id }) => id === boxId)?.timeZone,
  });
  return { items, staleAt: isStale ? clock.now() : undefined };
}
