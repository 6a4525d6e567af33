// Bookings and prebookings in one list by their hour: places that the gym lists as the member's, and prebookings. Pure but for the clock.
import type { Prebooking } from '../../client/contract.ts';
import { hourOf, instantAt, startOf } from '../time.ts';
import type { Box } from './member.ts';
import type { Place } from './queries.ts';

export interface AgendaItem {
  readonly key: string;
  readonly box: Box | undefined;
  readonly day: string;
  readonly hour: string;
  readonly name: string;
  readonly startsAtMs: number;
  readonly prebooking?: Prebooking;
  readonly place?: Place;
}

const WAITS: readonly Prebooking['status'][] = ['scheduling', 'scheduled', 'claimed', 'armed', 'unknown'];
/** Is the result still open? */
export const isWaiting = ({ status }: Prebooking): boolean => WAITS.includes(status);
/** Can it be withdrawn before the race has armed it? */
export const isWithdrawable = ({ status }: Prebooking): boolean =>
  ['scheduling', 'scheduled', 'claimed'].includes(status);
export const hasPlace = ({ status }: Prebooking): boolean => status === 'booked' || status === 'waitlisted';

export const DEFAULT_ZONE = 'Europe/Madrid';
export const zoneOf = (box: Box | undefined): string => box?.timeZone ?? DEFAULT_ZONE;
export const boxOf = (boxes: readonly Box[], id: string): Box | undefined => boxes.find((box) => box.id === id);

/** The earliest first. A place that a prebooking won appears once, as its prebooking, while the gym lists it as the member's or cannot be read. */
export function agendaOf(
  boxes: readonly Box[],
  prebookings: readonly Prebooking[],
  places: readonly Place[],
): AgendaItem[] {
  const wished = prebookings.map((prebooking): AgendaItem => {
    const box = boxOf(boxes, prebooking.boxId);
    const hour = hourOf(prebooking.timeId);
    const { day, className } = prebooking;
    const place = hasPlace(prebooking) ? places.find((one) => isSame(one, prebooking)) : undefined;
    const startsAtMs = instantAt(day, hour, zoneOf(box));
    const name = className ?? place?.lesson.name ?? hour;
    return { key: prebooking.id, box, day, hour, name, startsAtMs, prebooking, ...(place && { place }) };
  });
  const byHand = places
    .filter((place) => !prebookings.some((one) => hasPlace(one) && isSame(place, one)))
    .map((place): AgendaItem => {
      const { box, day, lesson } = place;
      const hour = startOf(lesson.time);
      const key = `${box.id} ${day} ${lesson.id}`;
      return { key, box, day, hour, name: lesson.name, startsAtMs: instantAt(day, hour, zoneOf(box)), place };
    });
  return [...wished, ...byHand].sort((a, b) => a.startsAtMs - b.startsAtMs);
}

const isSame = ({ box, day, lesson }: Place, one: Prebooking): boolean =>
  box.id === one.boxId &&
  day === one.day &&
  (lesson.reservationId === one.reservationId || (lesson.timeId === one.timeId && lesson.name === one.className));

/** Does the member have, or get, a place there, or wait for one? */
export const isLive = ({ prebooking }: AgendaItem): boolean =>
  prebooking === undefined || isWaiting(prebooking) || hasPlace(prebooking);
