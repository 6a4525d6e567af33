// The house rules of booking and cancelling, in the order in which they refuse; all of them judge one call by one and the same instant. This
// file gives verdicts only: refusals.ts holds the codes and the wording, routes-book.ts the HTTP.
import type { Call } from './knobs.ts';
import { dateOf } from './opening.ts';
import { occupied, settleCrowd, stateNow, waiting } from './reservations.ts';
import type { Origin, Reservation, Slot } from './slot.ts';
import type { Member, World } from './world.ts';

export type RefusalReason =
  | 'too-early'
  | 'too-late'
  | 'no-credit'
  | 'unpaid'
  | 'same-hour'
  | 'daily-limit'
  | 'booking-limit'
  | 'quota'
  | 'full'
  | 'called-off'
  | 'staff-only'
  | 'not-enabled'
  | 'not-in-plan'
  | 'unknown-class'
  | 'not-allowed';
export type BookVerdict = { outcome: 'booked' | 'waitlisted'; reservation: Reservation } | Refused;
export interface Refused {
  outcome: 'refused';
  reason: RefusalReason;
  /** In a refusal that a `refuse` knob forces: the daily limit of bookings that the refusal names, if the knob gives one. */
  max?: number | undefined;
}
export type CancelVerdict =
  | { outcome: 'cancelled'; promoted: Reservation | undefined }
  | { outcome: 'late' }
  | { outcome: 'unknown' };

export interface Wish {
  member: Member;
  familyId: number | null;
  slot: Slot | undefined;
  insist: boolean;
  atMs: number;
  by: Origin;
  call: Call;
}

/** Books a place in the class or on its waiting list, or says which house rule refuses the booking. */
export function book(world: World, wish: Wish): BookVerdict {
  const { slot, atMs } = wish;
  if (!slot) return { outcome: 'refused', reason: 'unknown-class' };
  settleCrowd(slot, atMs);
  const forced = world.knobs.take('refuse', wish.call);
  const reason = forced ? forced.reason : refusal(world, wish, slot);
  if (reason && !(reason === 'full' && wish.insist && mayWait(slot)))
    return { outcome: 'refused', reason, max: forced?.max };
  const entry = { slot, memberId: wish.member.plan.id, familyId: wish.familyId, by: wish.by, createdAtMs: atMs };
  const reservation = world.reservations.add({ ...entry, queued: reason === 'full' });
  return { outcome: reservation.queued ? 'waitlisted' : 'booked', reservation };
}

export function cancel(world: World, one: Reservation | undefined, late: boolean, atMs: number): CancelVerdict {
  if (!one || stateNow(one) === 'cancelled') return { outcome: 'unknown' };
  const freeUntilMs = one.slot.startsAtMs - one.slot.box.plan.lateCancelMinutes * 60_000;
  if (atMs > freeUntilMs && !late && stateNow(one) === 'booked') return { outcome: 'late' };
  return { outcome: 'cancelled', promoted: world.reservations.cancel(one, atMs) };
}

function refusal(world: World, wish: Wish, slot: Slot): RefusalReason | undefined {
  const { plan } = wish.member;
  if (!plan.boxes.includes(slot.box.plan.slug)) return 'not-allowed';
  if (wish.familyId !== null && !plan.family.some(({ id }) => id === wish.familyId)) return 'not-allowed';
  if (wish.atMs >= slot.startsAtMs) return 'too-late';
  const closed = closedTo(slot);
  if (closed) return closed;
  const skewMs = world.knobs.take('opening-skew', wish.call)?.skewMs ?? 0;
  if (wish.atMs < slot.opensAtMs + skewMs) return 'too-early';
  if (plan.standing !== 'ok') return plan.standing;
  return (
    sameHour(world, wish, slot) ?? limits(world, wish, slot) ?? (occupied(slot) >= slot.limit ? 'full' : undefined)
  );
}

/**
 * Gives the reason why the class's flags (`slotFlags`, also shown in the day's list) or its cancellation forbid a booking; undefined if neither does.
 */
function closedTo(slot: Slot): RefusalReason | undefined {
  if (slot.calledOff) return 'called-off';
  if (slot.resadmin === 1) return 'staff-only';
  if (slot.enabled === 0) return 'not-enabled';
  return slot.included === 0 ? 'not-in-plan' : undefined;
}

function active(world: World, wish: Wish): Reservation[] {
  const own = world.reservations.ofMember(wish.member.plan.id);
  return own.filter((one) => one.familyId === wish.familyId && stateNow(one) !== 'cancelled');
}

/**
 * Refuses if the member already has a place or a waitlist place at this box for the same start, in this class or in another. With the knob
 * `same-hour` off, the gym books the member a second time, so that a test can see a double booking.
 */
function sameHour(world: World, wish: Wish, slot: Slot): RefusalReason | undefined {
  if (world.knobs.take('same-hour', wish.call)?.on === false) return undefined;
  const clash = active(world, wish).some((one) => one.slot.box === slot.box && one.slot.startsAtMs === slot.startsAtMs);
  return clash ? 'same-hour' : undefined;
}

function limits(world: World, wish: Wish, slot: Slot): RefusalReason | undefined {
  const { dailyLimit, bookingLimit, weeklyQuota } = wish.member.plan;
  if (dailyLimit === undefined && bookingLimit === undefined && weeklyQuota === undefined) return undefined;
  const held = active(world, wish);
  const reaches = (limit: number | undefined, count: number) => limit !== undefined && count >= limit;
  if (reaches(dailyLimit, held.filter((one) => one.slot.day === slot.day).length)) return 'daily-limit';
  if (reaches(bookingLimit, held.filter((one) => one.slot.startsAtMs > wish.atMs).length)) return 'booking-limit';
  return reaches(weeklyQuota, held.filter((one) => week(one.slot) === week(slot)).length) ? 'quota' : undefined;
}

function week(slot: Slot): string {
  const date = dateOf(slot.day);
  return `${date.yearOfWeek}-${date.weekOfYear}`;
}

function mayWait(slot: Slot): boolean {
  return slot.waitlist === true || (typeof slot.waitlist === 'number' && waiting(slot) < slot.waitlist);
}
