// The calls on a box's host for a member's agenda and history, and for the staff's list of attendees.
import { Temporal } from 'temporal-polyfill';
import { dateOf } from './opening.ts';
import { loggedOut, ok, type Reply, type Visit } from './reply.ts';
import { occupied, settleCrowd, stateAt, waiting } from './reservations.ts';
import { ownReservations } from './routes-box.ts';
import { isAlive } from './routes-main.ts';
import type { Reservation, Slot } from './slot.ts';
import { slotsOn } from './timetable.ts';
import type { World } from './world.ts';

const MAX_HISTORY = 30;
/** The id of an agenda row, which is neither the slot's id nor the reservation's. */
const agendaId = ({ id }: Reservation): number => id + 400_000_000;

/** Answers `nextBookings`: the member's coming classes at this box, and the member's past or cancelled classes. */
export function nextBookings(visit: Visit): Reply {
  const { world, call, session, atMs } = visit;
  if (!isAlive(world, call, session, atMs)) return loggedOut();
  const own = ownReservations(visit).filter((one) => one.slot.box === visit.box);
  const isOver = (one: Reservation) => one.slot.startsAtMs <= atMs || stateAt(one, atMs) === 'cancelled';
  const past = own.filter(isOver).slice(-MAX_HISTORY).reverse();
  return ok({
    nextClasses: own.filter((one) => !isOver(one)).map(agendaRow),
    history: past.map((one) => ({ ...agendaRow(one), ...howItEnded(one, atMs) })),
  });
}

function agendaRow(one: Reservation) {
  const { time, className, coachName, box, day } = one.slot;
  return { id: agendaId(one), date: spanishDate(day), time, className, coachName, boxName: box.plan.name };
}

function howItEnded(one: Reservation, atMs: number) {
  const { cancelledAtMs, slot } = one;
  const lateFromMs = slot.startsAtMs - slot.box.plan.lateCancelMinutes * 60_000;
  const cameTo = stateAt(one, atMs) === 'booked';
  return { lateCancel: cancelledAtMs !== undefined && cancelledAtMs > lateFromMs ? 1 : 0, assist: cameTo ? 1 : 0 };
}

/** A day as the agenda writes it: "lunes, 2 de marzo de 2026". */
const spanishDate = (day: string): string =>
  dateOf(day).toLocaleString('es', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

/** Answers `coachBookings`: the attendees of each class of a day, for the staff of the box. A member that is not staff gets 200 and an empty body. */
export function coachBookings(visit: Visit): Reply {
  const { world, call, session, member, box, address, atMs } = visit;
  if (!box || !isAlive(world, call, session, atMs)) return loggedOut();
  const isStaff = member?.plan.boxes.includes(box.plan.slug) === true && member.plan.role !== 'client';
  if (!isStaff) return { status: 200, html: '' };
  const day = address.query.get('day') ?? '';
  const slots = slotsOn(box, day, world.seed).filter((slot) => !slot.removed);
  for (const slot of slots) settleCrowd(slot, atMs);
  return ok({
    ...{ resmsgs: [], birthdays: [], timetable: [], seminars: [] },
    bookings: slots.map((slot) => classRow(world, slot, atMs)),
    day: slots[0] ? spanishDate(day) : '',
    dayYYYYMMDD: day,
  });
}

function classRow(world: World, slot: Slot, atMs: number) {
  const { className, coachName, limit, time } = slot;
  const taken = occupied(slot, atMs);
  return {
    ...{ className, coachName, limit, startTime: time.slice(0, 5), ocupationr: taken, attendance: 0 },
    waitlist: slot.waitlist === false ? -1 : waiting(slot, atMs),
    athletes: slot.reservations.map((one) => athleteRow(world, one, atMs)),
  };
}

/**
 * The row of one attendee of a class. A booked attendee has `bookState` 1 and no `cancelDay`; a cancelled booking stays among the class's attendees
 * with `bookState` 1 and a `cancelDay`.
 */
function athleteRow(world: World, one: Reservation, atMs: number) {
  const plan = world.members.get(one.memberId)?.plan;
  const name = plan?.family.find(({ id }) => id === one.familyId)?.name ?? plan?.name ?? '';
  const { cancelledAtMs } = one;
  const cancelDay = cancelledAtMs !== undefined && cancelledAtMs <= atMs ? instantText(cancelledAtMs) : null;
  const bookState = stateAt(one, atMs) === 'waitlisted' ? 0 : 1;
  return { name, realName: name, nickname: '', bookState, cancelDay, alertmsg: '' };
}

const instantText = (atMs: number): string =>
  Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toString().slice(0, 19).replace('T', ' ');
