// The calls on a box's host that only read: the list of a day's classes, and the schedule page.
import { pageCookie } from './cookies.ts';
import { schedulePage } from './pages.ts';
import { htmlReply, ok, type Reply, type Visit } from './reply.ts';
import { settleCrowd } from './reservations.ts';
import { isAlive } from './routes-main.ts';
import { rowOf } from './row.ts';
import type { Reservation, Slot } from './slot.ts';
import { slotsOn } from './timetable.ts';

/**
 * Answers `bookings`, the list of a day's classes. A dead session gets the list of classes too, without its member's own places, so an answer with
 * the list does not prove that the session is alive.
 */
export function bookings(visit: Visit): Reply {
  const { world, call, box, address, atMs } = visit;
  const day = address.query.get('day') ?? '';
  if (!box || address.query.get('box') !== String(box.plan.boid)) return ok(listOf(visit, day, [], []));
  const lagMs = world.knobs.take('list-lag', call)?.lagMs;
  const seenAtMs = lagMs === undefined ? Number.POSITIVE_INFINITY : atMs - lagMs;
  const mine = isAlive(world, call, visit.session, atMs) ? ownReservations(visit) : [];
  const slots = slotsOn(box, day, world.seed).filter((slot) => !slot.removed);
  for (const slot of slots) settleCrowd(slot, atMs);
  const sight = { seenAtMs, mine, id: idAs(visit), ...wordingOf(visit) };
  const rows = slots.map((slot) => rowOf(slot, sight));
  return ok(listOf(visit, day, rows, slots));
}

const wordingOf = ({ world, call }: Visit) => ({
  limitAs: world.knobs.take('limit-as', call)?.as ?? ('number' as const),
  freeState: world.knobs.take('free-row', call)?.state ?? null,
});

export function ownReservations({ world, member, address }: Visit): Reservation[] {
  const familyId = Number(address.query.get('familyId') || 0) || null;
  return member ? world.reservations.ofMember(member.plan.id).filter((one) => one.familyId === familyId) : [];
}

/** Returns the function that writes ids in the answer to this call: as the `id-as` knob says, or else as `usually` says. */
export function idAs({ world, call }: Visit, usually: 'number' | 'string' = 'number'): (id: number) => number | string {
  const as = world.knobs.take('id-as', call)?.as ?? usually;
  return as === 'string' ? String : (id) => id;
}

function listOf({ world, call }: Visit, day: string, rows: unknown[], slots: Slot[]) {
  const hours = new Map(slots.map(({ timeid, time }) => [timeid, { id: timeid, time }]));
  const words = world.knobs.take('day-words', call);
  return {
    clasesDisp: String(rows.length),
    timetable: [...hours.values()],
    day,
    bookings: rows,
    seminars: [],
    resmsgs: words && (words.day ?? day) === day ? words.words : [],
  };
}

/**
 * The schedule page, which looks the same with and without a login. Opening the schedule page counts as the visit that the knob `warm-up` demands of
 * a session before its first call at this box.
 */
export function schedule({ world, call, session, box, atMs }: Visit): Reply {
  if (!box || !isAlive(world, call, session, atMs)) return htmlReply(200, schedulePage);
  session.warmedBy.add(box.plan.slug);
  return { ...htmlReply(200, schedulePage), setCookies: [pageCookie(session.pageCookie)] };
}
