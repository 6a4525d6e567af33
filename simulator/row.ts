// Writes one class as a row of the day's list: every field that publicly available client programs read, spelled unusually where a knob says so.
// rules.ts decides about bookings; this file decides nothing.
import type { KnobOf } from './knob-shapes.ts';
import { occupied, stateAt, waiting } from './reservations.ts';
import type { Reservation, Slot } from './slot.ts';
import { slotIdOf } from './timetable.ts';

/** Everything, besides the class itself, from which the class's row in the gym's list is made. */
export interface Sight {
  /** The list shows the state at this instant, which lies in the past only under the `list-lag` knob. */
  seenAtMs: number;
  /** All reservations, on any day, of the member (or family member) for whom the list is asked; none if the gym does not know the login. */
  mine: Reservation[];
  id: (id: number) => number | string;
  limitAs: KnobOf<'limit-as'>['as'];
  /** The `bookState` of a row in which the member has no place. */
  freeState: null | 0;
}

/** The row of one class in a day's list. */
export function rowOf(slot: Slot, sight: Sight) {
  const { id, day, time, timeid, classId, className, coachName, enabled, resadmin, included, hidden } = slot;
  return {
    ...{ id: sight.id(id), time, timeid, classId, className, coachName, enabled, resadmin, included, hidden },
    ...limitsOf(slot, sight),
    ...ownPart(slot, sight),
    // `cancelledId` is set when the gym has called the class off; a member's own cancelling does not set it.
    cancelledId: slot.calledOff ? sight.id(slotIdOf(slot.key, -1)) : null,
    classDesc: '',
    classLength: minutesOf(time),
    boxName: slot.box.plan.name,
    boxDir: '',
    boxPic: '',
    coachPic: coachName === null ? null : `/img/coach/${day}.jpg`,
    checkAthletesNum: 0,
    color: '#1b75bb',
    ...NOT_ONLINE,
    spotres: 0,
  };
}

const NOT_ONLINE = { onlineclass: 0, zoomid: null, zoomJoinUrl: null, zoomJoinPw: null };

function limitsOf(slot: Slot, { seenAtMs, limitAs }: Sight) {
  const { limit } = slot;
  const taken = occupied(slot, seenAtMs);
  const asText = { number: limit, string: String(limit), text: String(limit), slashed: `${taken}/${limit}` };
  return {
    limit: asText[limitAs],
    limitc: limitAs === 'text' ? `${limit} (${Math.max(0, limit - taken)})` : limit,
    ocupation: taken,
    waitlist: slot.waitlist === false ? -1 : waiting(slot, seenAtMs),
  };
}

function ownPart(slot: Slot, { mine, seenAtMs, id, freeState }: Sight) {
  const held = mine.findLast(
    (one) => one.slot === slot && ['booked', 'waitlisted'].includes(stateAt(one, seenAtMs) ?? ''),
  );
  if (!held) return freeState === 0 ? { bookState: 0 } : { bookState: null, idres: null };
  return { bookState: stateAt(held, seenAtMs) === 'booked' ? 1 : 0, idres: id(held.id) };
}

/** Returns the length of a class in minutes: 75 for "18:00 - 19:15". */
function minutesOf(time: string): number {
  const [from = 0, to = 0] = time.split(' - ').map((part) => Number(part.slice(0, 2)) * 60 + Number(part.slice(3, 5)));
  return (to - from + 1440) % 1440;
}
