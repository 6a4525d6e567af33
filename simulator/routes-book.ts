// The calls on a box's host that change something, `book` and `cancelBook`, with the codes of the real gym's answers, misleading ones included.
import type { Effect } from './history.ts';
import { refusalBody } from './refusals.ts';
import { loggedOut, ok, type Reply, type Visit } from './reply.ts';
import { idAs } from './routes-box.ts';
import { isAlive } from './routes-main.ts';
import { book as bookByRules, cancel } from './rules.ts';
import type { Reservation, Slot } from './slot.ts';
import { changeSlot } from './slot-change.ts';
import { findSlot, isSlotId } from './timetable.ts';

/** `clasesContratadas` is a field beside `bookState` in every answer of `book`. No public client says what `clasesContratadas` counts. */
const CONTRACTED = { clasesContratadas: '0' };

const familyIdOf = (form: URLSearchParams): number | null => Number(form.get('familyId') || 0) || null;

export function book(visit: Visit): Reply {
  const { world, call, member, box, form, atMs } = visit;
  if (!box || !member || !isAlive(world, call, visit.session, atMs)) return loggedOut();
  const slot = findSlot(box, form.get('day') ?? '', Number(form.get('id')), world.seed);
  const wish = { member, slot, familyId: familyIdOf(form), insist: form.get('insist') === '1', atMs, call };
  const verdict = bookByRules(world, { ...wish, by: 'api' });
  if (verdict.outcome === 'refused') return ok({ ...refusalBody(visit, verdict, slot), ...CONTRACTED });
  const { reservation, outcome } = verdict;
  const effect = effectOf(outcome, reservation);
  changeAfter(visit, reservation.slot);
  const bookState = outcome === 'booked' ? 1 : 0;
  const id = idAs(visit, 'string')(reservation.id);
  return ok({ bookState, id, ...CONTRACTED, hasPublicMemberships: 0 }, effect);
}

/**
 * Obeys the `change-after-book` knob: renames or moves the class, or gives it another id, once a booking of the class is made. The member's
 * reservation stays in the changed class.
 */
function changeAfter({ world, call, atMs }: Visit, slot: Slot): void {
  const knob = world.knobs.take('change-after-book', call);
  if (!knob) return;
  if (knob.afterMs === 0) changeSlot(slot, knob.change);
  else world.clock.at(atMs + knob.afterMs, () => changeSlot(slot, knob.change));
}

/** What the pretend gym's history keeps of a reservation that was made or cancelled. */
function effectOf(what: Effect['what'], { id, slot, memberId, familyId }: Reservation): Effect {
  return { what, reservationId: id, slot: slot.key, slotId: slot.id, memberId, familyId };
}

/**
 * Answers `cancelBook`: cancels a reservation of the member. A call with a slot's id in the place of a reservation's id is answered "done"
 * (`cancelState` 1) and cancels nothing, as at the real gym.
 */
export function cancelBook(visit: Visit): Reply {
  const { world, call, member, box, form, atMs } = visit;
  if (!box || !member || !isAlive(world, call, visit.session, atMs)) return loggedOut();
  const id = Number(form.get('id'));
  const one = world.reservations.get(id);
  const own = one?.memberId === member.plan.id && one.slot.box === box ? one : undefined;
  const verdict = cancel(world, own, form.get('late') === '1', atMs);
  if (verdict.outcome === 'late') return ok({ cancelState: 2 });
  if (verdict.outcome === 'unknown' || !own) return ok({ cancelState: isSlotId(box, id) ? 1 : 3 });
  const effect = effectOf('cancelled', own);
  return ok({ cancelState: 1 }, { ...effect, promoted: verdict.promoted?.id ?? null });
}
