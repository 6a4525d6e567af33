// Reads a member's places from the gym's own lists, at all of their boxes, by the session of the member's own device: which days have
// something, then those days. A day that is over is not asked for. A box or a day that could not be asked makes the answer stale and takes
// nothing away.
import { asFailure } from '../failures.ts';
import type { Gym } from '../gym/gym.ts';
import { localDay } from '../prebooking/opening-rule.ts';
import type { AgendaDay } from '../rule/agenda.ts';
import type { OwnBox } from '../store/box-store.ts';
import { keepPace } from './rate-limit.ts';
import { type ByHandServices, type Caller, withDeviceSession } from './with-device-session.ts';

export interface Places {
  readonly days: readonly AgendaDay[];
  /** A box, or some of its days, could not be asked. */
  readonly isStale: boolean;
}

export type PlacesServices = ByHandServices & { readonly gym: Gym };

export interface PlacesRequest {
  readonly caller: Caller;
  readonly boxes: readonly OwnBox[];
  readonly from: string;
  readonly to: string;
  /** Days of a box on which we believe that the member has something. */
  readonly expected: readonly { readonly boxId: string; readonly day: string }[];
}

/** A member's week and more; what is beyond is stale. */
const MAX_DAYS_A_BOX = 10;

/** Throws database/…. */
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
