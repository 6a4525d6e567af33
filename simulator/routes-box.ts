// A box's host, the reading side: bookings of a day, what comes next, the schedule page.
import { pageCookie } from './cookies.ts';
import type { KnobOf } from './knob-shapes.ts';
import { schedulePage } from './pages.ts';
import { htmlReply, loggedOut, ok, type Reply, type Visit } from './reply.ts';
import { occupied, settleCrowd, stateAt, waiting } from './reservations.ts';
import { isAlive } from './routes-main.ts';
import type { Reservation, Slot } from './slot.ts';
import { slotsOn } from './timetable.ts';

/** The day's list. A dead session gets it too, with nothing of its own in it: it proves no login. */
export function bookings(visit: Visit): Reply {
  const { world, call, box, address, atMs } = visit;
  const day = address.query.get('day') ?? '';
  if (!box || address.query.get('box') !== String(box.plan.boid)) return ok(listOf([], []));
  const lagMs = world.knobs.take('list-lag', call)?.lagMs;
  const seenAtMs = lagMs === undefined ? Number.POSITIVE_INFINITY : atMs - lagMs;
  const mine = isAlive(world, call, visit.session, atMs) ? ownReservations(visit) : [];
  const limitAs = world.knobs.take('limit-as', call)?.as ?? 'number';
  const slots = slotsOn(box, day, world.seed).filter((slot) => !slot.removed);
  for (const slot of slots) settleCrowd(slot, atMs);
  return ok(
    listOf(
      slots.map((slot) => row(slot, mine, seenAtMs, limitAs, idAs(visit))),
      slots,
    ),
  );
}

function ownReservations({ world, member, address }: Visit): Reservation[] {
  const familyId = Number(address.query.get('familyId') || 0) || null;
  return member ? world.reservations.ofMember(member.plan.id).filter((one) => one.familyId === familyId) : [];
}

export const idAs = ({ world, call }: Visit): ((id: number) => number | string) =>
  world.knobs.take('id-as', call)?.as === 'string' ? String : (id) => id;

function listOf(rows: unknown[], slots: Slot[]) {
  const hours = new Map(slots.map(({ timeid, time }) => [timeid, { id: timeid, time }]));
  return { clasesDisp: String(rows.length), timetable: [...hours.values()], bookings: rows, seminars: [] };
}

function row(
  slot: Slot,
  mine: Reservation[],
  seenAtMs: number,
  limitAs: KnobOf<'limit-as'>['as'],
  id: (id: number) => number | string,
) {
  const own = mine.filter((one) => one.slot === slot).reverse();
  const held = own.find((one) => ['booked', 'waitlisted'].includes(stateAt(one, seenAtMs) ?? ''));
  const cancelled = own.find((one) => stateAt(one, seenAtMs) === 'cancelled');
  return {
    id: id(slot.id),
    time: slot.time,
    timeid: slot.timeid,
    classId: slot.classId,
    className: slot.className,
    boxName: slot.box.plan.name,
    coachName: slot.coachName,
    color: '#1b75bb',
    enabled: 1,
    limit: limitAs === 'number' ? slot.limit : String(slot.limit),
    limitc: limitAs === 'text' ? `${slot.limit} (${Math.max(0, slot.limit - occupied(slot, seenAtMs))})` : slot.limit,
    ocupation: occupied(slot, seenAtMs),
    waitlist: slot.waitlist === false ? -1 : waiting(slot, seenAtMs),
    bookState: held ? (stateAt(held, seenAtMs) === 'booked' ? 1 : 0) : null,
    idres: held ? id(held.id) : null,
    cancelledId: cancelled ? id(cancelled.id) : null,
  };
}

export function nextBookings(visit: Visit): Reply {
  if (!isAlive(visit.world, visit.call, visit.session, visit.atMs)) return loggedOut();
  const { atMs } = visit;
  const held = ownReservations(visit).filter((one) => stateAt(one, atMs) !== 'cancelled' && one.slot.startsAtMs > atMs);
  const id = idAs(visit);
  return ok({
    bookings: held.map(({ id: idres, slot }) => ({
      id: id(slot.id),
      idres: id(idres),
      day: slot.day,
      time: slot.time,
      className: slot.className,
      boxName: slot.box.plan.name,
    })),
  });
}

/** A page for everybody; a living session is warm at this box afterwards. */
export function schedule({ world, call, session, box, atMs }: Visit): Reply {
  if (!box || !isAlive(world, call, session, atMs)) return htmlReply(200, schedulePage);
  session.warmedBy.add(box.plan.slug);
  return { ...htmlReply(200, schedulePage), setCookies: [pageCookie(session.pageCookie)] };
}
