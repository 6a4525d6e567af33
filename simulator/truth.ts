// Reads what is true in the gym: accounts, sessions, reservations, slots, so that a test can compare what a service says with what is true. Reading
// what is true changes nothing in the gym, except that rivals first get the places for which they have asked by now.
import { occupied, settleCrowd, stateNow, waiting } from './reservations.ts';
import { tokenHash } from './sessions.ts';
import type { Slot } from './slot.ts';
import { slotsOn } from './timetable.ts';
import type { AccountTruth, ReservationTruth, SessionTruth, SlotTruth, Truth, TruthFilter } from './truth-shapes.ts';
import { memberNamed, type World } from './world.ts';

export type { ReservationTruth };

/** Returns what is true in the gym at present: of the member, box or day that the filter names; without a filter, of all of them. */
export function readTruth(world: World, filter: TruthFilter = {}): Truth {
  const wanted = filter.member === undefined ? undefined : memberNamed(world, filter.member).plan.id;
  const isWanted = ({ memberId }: { memberId: number }) => wanted === undefined || memberId === wanted;
  const here = ({ box, day }: { box: string; day: string }) =>
    (filter.box === undefined || box === filter.box) && (filter.day === undefined || day === filter.day);
  return {
    accounts: accounts(world).filter(isWanted),
    sessions: sessions(world).filter(isWanted),
    reservations: reservations(world).filter(isWanted).filter(here),
    slots: slots(world, filter.day).filter(here),
  };
}

const accounts = (world: World): AccountTruth[] =>
  [...world.members.values()].map(({ plan, logins, wrongPasswords, locked, devices }) => ({
    memberId: plan.id,
    email: plan.email,
    logins,
    wrongPasswords,
    locked,
    devices: [...devices].map(([fingerprint, device]) => ({ fingerprint, ...device })),
  }));

const sessions = (world: World): SessionTruth[] =>
  world.sessions.all().map((session) => ({
    id: session.id,
    memberId: session.memberId,
    email: world.members.get(session.memberId)?.plan.email ?? '',
    fingerprint: session.fingerprint,
    suffix: session.suffix,
    alive: session.alive,
    endedBy: session.endedBy ?? null,
    tokenHash: tokenHash(session.token),
    cookieHashes: { auth: tokenHash(session.authCookie), page: tokenHash(session.pageCookie) },
    cookieReissues: session.cookieReissues,
    tokenUpdates: session.tokenUpdates,
    tokenUpdateCalls: session.tokenUpdateCalls,
    createdAtMs: session.createdAtMs,
    lastUpdateAtMs: session.lastUpdateAtMs,
  }));

const reservations = (world: World): ReservationTruth[] =>
  world.reservations.all().map((one) => ({
    id: one.id,
    state: stateNow(one),
    box: one.slot.box.plan.slug,
    day: one.slot.day,
    time: one.slot.time,
    timeid: one.slot.timeid,
    className: one.slot.className,
    slotId: one.slot.id,
    memberId: one.memberId,
    familyId: one.familyId,
    by: one.by,
    createdAtMs: one.createdAtMs,
    cancelledAtMs: one.cancelledAtMs ?? null,
  }));

function slots(world: World, day: string | undefined): SlotTruth[] {
  const boxes = [...world.boxes.values()];
  if (day !== undefined) for (const box of boxes) slotsOn(box, day, world.seed);
  return boxes.flatMap((box) => [...box.days.values()].flat()).map((slot) => slotTruth(world, slot));
}

export function slotTruth(world: World, slot: Slot): SlotTruth {
  settleCrowd(slot, world.clock.nowMs());
  const { id, day, time, timeid, classId, className, limit, startsAtMs, removed } = slot;
  return {
    ...{ box: slot.box.plan.slug, id, day, time, timeid, classId, className, limit, startsAtMs, removed },
    occupied: occupied(slot),
    waiting: waiting(slot),
    rivalsTookAtMs: [...slot.rivals.tookAtMs],
    opensAtMs: Number.isFinite(slot.opensAtMs) ? slot.opensAtMs : null,
  };
}
