// Reads out what is true: accounts, sessions, reservations, slots. For checkers to hold a service's word against.
// It changes nothing, except that rivals whose instant has come are let in first.
import type { Suffix } from './address.ts';
import type { ReservationState } from './reservations.ts';
import { occupied, settleCrowd, stateNow, waiting } from './reservations.ts';
import { tokenHash } from './sessions.ts';
import type { Slot } from './slot.ts';
import { slotsOn } from './timetable.ts';
import { type Device, memberNamed, type World } from './world.ts';

export interface TruthFilter {
  member?: string | number | undefined;
  box?: string | undefined;
  day?: string | undefined;
}

export interface AccountTruth {
  memberId: number;
  email: string;
  logins: number;
  wrongPasswords: number;
  locked: boolean;
  /** One a fingerprint, in the order of their first login. */
  devices: ({ fingerprint: string } & Device)[];
}
export interface SessionTruth {
  id: number;
  memberId: number;
  email: string;
  fingerprint: string;
  suffix: Suffix;
  alive: boolean;
  /** killed, expired, replaced or stale-token; null while it lives. */
  endedBy: string | null;
  /** First 8 hex digits of sha256 of the live token. */
  tokenHash: string;
  /** The same of the latest login cookie and page cookie. */
  cookieHashes: { auth: string; page: string };
  cookieReissues: number;
  /** Renewals that rotated, and calls that showed one of its tokens. */
  tokenUpdates: number;
  tokenUpdateCalls: number;
  createdAtMs: number;
  lastUpdateAtMs: number;
}
export interface ReservationTruth {
  id: number;
  state: ReservationState;
  box: string;
  day: string;
  time: string;
  timeid: string;
  className: string;
  slotId: number;
  memberId: number;
  familyId: number | null;
  by: 'api' | 'hand';
  createdAtMs: number;
  cancelledAtMs: number | null;
}
export interface SlotTruth {
  box: string;
  id: number;
  day: string;
  time: string;
  timeid: string;
  classId: number;
  className: string;
  limit: number;
  occupied: number;
  waiting: number;
  /** Instants at which rivals took a place. */
  rivalsTookAtMs: number[];
  startsAtMs: number;
  /** null: open since ever. */
  opensAtMs: number | null;
  removed: boolean;
}
export interface Truth {
  accounts: AccountTruth[];
  sessions: SessionTruth[];
  reservations: ReservationTruth[];
  /** Slots of the days somebody has looked at (or of the day asked for). */
  slots: SlotTruth[];
}

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
