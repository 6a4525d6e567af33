// A member stores a pause: days of absence. For the days of a pause no rule makes prebookings, and waiting prebookings of rules are withdrawn.
// A pause does not give back a booked place.
import { type PlacesServices, readPlaces } from '../services/booking/read-places.ts';
import type { Caller } from '../services/booking/with-device-session.ts';
import { isTerminal } from '../services/prebooking/prebooking.ts';
import { type AgendaItem, agendaOf } from '../services/rule/agenda.ts';
import { addDays, daysBetween } from '../services/rule/rule-days.ts';
import type { Followed, RulePause } from '../services/store/rule-store.ts';

export interface KeptPause extends Followed {
  readonly pause: RulePause;
  /** The member's places and waiting wishes on the days of the pause. */
  readonly inside: readonly AgendaItem[];
  /** True if the gym could not be asked; the member's places in `inside` may then be incomplete. */
  readonly isStale: boolean;
}

export interface PauseRequest extends Caller {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly boxId: string | undefined;
}

/** At most this many days of a long pause are searched for the member's places; members do not book further ahead. */
const MAX_DAYS = 120;

/** Throws box/missing, pause/too-many, account/erasing, database/…. */
export async function keepPause(services: PlacesServices, request: PauseRequest): Promise<KeptPause> {
  const { store, clock } = services;
  const { id, from, to, boxId, ...caller } = request;
  const { userId } = caller;
  const kept = await store.keepRulePause({ id, userId, boxId, from, to, now: clock.now() });
  const last = daysBetween(from, to) > MAX_DAYS ? addDays(from, MAX_DAYS) : to;
  const isMeant = (one: { readonly boxId: string }) => boxId === undefined || one.boxId === boxId;
  const [all, rows] = await Promise.all([
    store.readMemberBoxes(userId),
    store.readPrebookingsBetween(userId, from, last),
  ]);
  const boxes = all.filter((one) => isMeant({ boxId: one.id }));
  const prebookings = rows.filter(isMeant);
  const expected = prebookings.filter(({ status }) => status === 'booked' || status === 'waitlisted');
  const { days, isStale } = await readPlaces(services, { caller, boxes, from, to: last, expected });
  const heard = new Set(days.map((one) => `${one.boxId} ${one.day}`));
  const standing = prebookings.filter(
    ({ status }) => !isTerminal(status) || status === 'booked' || status === 'waitlisted',
  );
  const facts = { days, prebookings: standing, heard, ruleDays: [], watches: [], zoneOf: () => undefined };
  const inside = agendaOf(facts).filter(({ state }) => state !== 'given-back' && state !== 'cancelled');
  return { ...kept, inside, isStale };
}
