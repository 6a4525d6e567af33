// Reads a member's places from the gym's own lists, at all of the member's boxes, with the session of the member's device. First the days on which
// the member has places are read, then the classes of each day with a place. Places on past days are not read. If a box or a day cannot be read, the
// answer is marked stale. For each day that was not read, the agenda shows the places that puntual itself has booked.
import { asFailure } from '../failures.ts';
import type { Gym } from '../gym/gym.ts';
import { localDay } from '../prebooking/opening-rule.ts';
import type { AgendaDay } from '../rule/agenda.ts';
import type { OwnBox } from '../store/box-store.ts';
import { keepPace } from './rate-limit.ts';
import { type ByHandServices, type Caller, withDeviceSession } from './with-device-session.ts';

export interface Places {
  readonly days: readonly AgendaDay[];
  /** True if a box or a day could not be read at the gym, or if the member has places on more days of a box than `MAX_DAYS_A_BOX`. */
  readonly isStale: boolean;
}

export type PlacesServices = ByHandServices & { readonly gym: Gym };

export interface PlacesRequest {
  readonly caller: Caller;
  readonly boxes: readonly OwnBox[];
  readonly from: string;
  readonly to: string;
  /** Days of a box on which the member has a place according to puntual's own rows. */
  readonly expected: readonly { readonly boxId: string; readonly day: string }[];
}

/** One request reads at most this many days of one box; if the member has places there on more days, `isStale` is true. */
const MAX_DAYS_A_BOX = 10;

/** Reads the member's places at all boxes of the request. Throws database/…; an error of the gym only marks the answer stale. */
export async function readPlaces(services: PlacesServices, request: PlacesRequest): Promise<Places> {
  const read: Places[] = [];
  for (const box of request.boxes) read.push(await readBox(services, request, box));
  return { days: read.flatMap(({ days }) => days), isStale: read.some(({ isStale }) => isStale) };
}

async function readBox(services: PlacesServices, request: PlacesRequest, box: OwnBox): Promise<Places> {
  const { caller, from, to, expected } = request;
  const days: AgendaDay[] = [];
  const today = localDay(services.clock.now(), box.timeZone);
  if (to < today) return { days, isStale: false };
  try {
    await keepPace(services, { userId: caller.userId, boxId: box.id, isAgenda: true });
    const agenda = await withDeviceSession(services, caller, (key) => services.gym.readAgenda(key, box.at));
    const ours = expected.filter(({ boxId }) => boxId === box.id);
    const all = [...new Set([...agenda.places, ...ours].map(({ day }) => day))].sort();
    const asked = all.filter((day) => day >= from && day >= today && day <= to);
    for (const day of asked.slice(0, MAX_DAYS_A_BOX)) {
      await keepPace(services, { userId: caller.userId, boxId: box.id, isAgenda: true });
      const { slots } = await withDeviceSession(services, caller, (key) => services.gym.readDay(key, box.at, day));
      days.push({ boxId: box.id, day, timeZone: box.timeZone, slots });
    }
    return { days, isStale: asked.length > MAX_DAYS_A_BOX };
  } catch (error) {
    const { code } = asFailure(error);
    if (!/^(gym|session|request|seal)\//.test(code)) throw error;
    services.logger.info({ box: box.at.slug, code }, 'agenda: the gym could not be asked');
    return { days, isStale: true };
  }
}
