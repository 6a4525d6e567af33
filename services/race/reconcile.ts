// Settles prebookings with an unknown result: a booking was sent, and no clear answer came. This file reads the gym's list and sends no booking. A
// list without the member's place counts only after a quiet period, because the gym may still be processing the request. A failed read of the gym's
// list, or a read with a dead session, does not prove that the member has no place.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure, Failure } from '../failures.ts';
import type { Gym, Slot } from '../gym/gym.ts';
import type { Outcome } from '../prebooking/outcome.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { keptShape, reviseReceipt, type ShotAt } from '../prebooking/receipt.ts';
import type { Freshener } from '../renewal/freshen.ts';
import { backgroundStaleAt } from '../session/freshness.ts';
import type { BackgroundSession } from '../session/session.ts';
import type { Store } from '../store/store.ts';
import { lookForPlace, placed, type Trace } from './read-back.ts';
import { roomIn } from './room-left.ts';
import { takenBy } from './settle.ts';

export interface ReconcileServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

/** After the last instant at which a request may have been sent, the gym gets this long to process the request. */
export const QUIET_MS = 10_000;
/**
 * The quiet period after an answer in words without a code; the period is longer than `QUIET_MS`, because the gym's list may lag this much behind
 * what the gym did.
 */
const WORDS_QUIET_MS = 20_000;
/**
 * Two reads of the gym's list that together prove that the member has no place are at least this far apart, because the list may lag behind the
 * gym's answers.
 */
const APART_MS = 3_000;

/** Reads the gym's list once for one prebooking in state `unknown`, and returns the prebooking as it stands after that. */
export async function reconcilePrebooking(services: ReconcileServices, prebooking: Prebooking): Promise<Prebooking> {
  const { clock, store, freshener, logger } = services;
  const box = await store.readBox(prebooking.boxId);
  const fresh = await freshener
    .background(prebooking.userId, { staleAt: backgroundStaleAt(clock.now()), throughHold: true })
    .catch((error: unknown) => asFailure(error));
  if (fresh instanceof Failure) {
    logger.warn({ prebookingId: prebooking.id, code: fresh.code }, 'reconcile: no session to look with');
    return fresh.code.startsWith('session/') ? endBlind(services, prebooking) : prebooking;
  }
  if (!box) return prebooking;
  const { shotAt, gymSaid } = keptShape.parse(prebooking.receipt ?? {});
  let shown: readonly Slot[] = [];
  const readDay: Gym['readDay'] = async (...asked) => {
    const day = await services.gym.readDay(...asked);
    if (day.kind === 'day') shown = day.slots;
    return day;
  };
  const watched = { ...services, gym: { ...services.gym, readDay } };
  const sight = await lookForPlace(watched, fresh.session, box.at, prebooking, traceFrom(shotAt));
  if (!sight) return prebooking;
  const { mine, movedTo } = sight;
  if (mine) return settle(services, prebooking, { ...placed(mine, 'booked'), ...reasonOf(movedTo) });
  const isAlive = await knowsMember(services, prebooking, fresh.session);
  if (!isAlive) return isAlive === false ? endBlind(services, prebooking) : prebooking;
  const absence = await store.noteAbsence({
    id: prebooking.id,
    quietMs: gymSaid === undefined ? QUIET_MS : WORDS_QUIET_MS,
    apartMs: APART_MS,
    now: clock.now(),
  });
  if (absence.state !== 'absent') return absence.state === 'unknown' ? absence.prebooking : prebooking;
  if (gymSaid !== undefined) return settle(services, prebooking, { ...REFUSED, reason: gymSaid });
  // Two reads of the gym's list showed no place of the member, and both times the gym knew the background session. Even so, no booking request is
  // sent again automatically. If the class has a free place, the member may take that place with one tap.
  return settleUnconfirmed(services, prebooking, roomIn(prebooking, shown));
}

const REFUSED = { status: 'refused', outcome: 'refused', reservationId: undefined } as const;
const traceFrom = (shotAt: ShotAt | undefined): Trace =>
  shotAt ? { slot: { id: shotAt.classId, timeId: shotAt.timeId }, reservationId: shotAt.reservationId } : {};
const reasonOf = (movedTo: string | undefined): { movedTo?: string; reason?: string } =>
  movedTo === undefined ? {} : { movedTo, reason: `moved to ${movedTo}` };

const UNCONFIRMED = { status: 'unconfirmed', outcome: 'unconfirmed', reservationId: undefined } as const;
const settleUnconfirmed = (services: ReconcileServices, prebooking: Prebooking, room?: Slot): Promise<Prebooking> =>
  settle(services, prebooking, UNCONFIRMED, room);

/**
 * Without a session that the gym knows, the gym's list does not show the member's places, and the prebooking's result stays unknown. The prebooking
 * ends as unconfirmed if the member has not signed in again this long after the opening, or after the send deadline if that is later.
 */
const BLIND_MS = 3 * 60_000;

/**
 * For a member without a background session, or with a background session that the gym does not know: ends the prebooking as unconfirmed once the
 * time of `BLIND_MS` is over. Without the limit of `BLIND_MS` the member might be left without a result for ever. A gym that is down does not show
 * whether it knows the member's session, so `endBlind` is not called while the gym is down.
 */
async function endBlind(services: ReconcileServices, prebooking: Prebooking): Promise<Prebooking> {
  const { opensAt, sendDeadline } = prebooking;
  const lastMs = Math.max(opensAt.getTime(), sendDeadline?.getTime() ?? 0);
  if (services.clock.now().getTime() <= lastMs + BLIND_MS) return prebooking;
  return settle(services, prebooking, { ...UNCONFIRMED, isBlind: true });
}

/**
 * True when the gym knows the session, false when it does not; undefined when the gym could not be asked. A session that the gym has forgotten still
 * gets the gym's list of classes, but without the member's places. That the gym's list shows no place of the member is evidence only if the gym
 * still knows the session after the read. If the gym does not know the session, the session is renewed, so that a later read of the gym's list can
 * use it.
 */
async function knowsMember(
  { clock, gym, freshener, logger }: ReconcileServices,
  { id, userId }: Prebooking,
  session: BackgroundSession,
): Promise<boolean | undefined> {
  const isAlive = await gym.isAlive(session.key);
  if (isAlive) return true;
  logger.warn(
    { prebookingId: id, isAlive },
    'reconcile: a look that is no evidence, the session is not known to be alive',
  );
  if (isAlive === false) await freshener.background(userId, { staleAt: clock.now(), throughHold: true });
  return isAlive;
}

/** When the gym's list is read, ms after the end of the race: at first soon, to find a place that exists, and again once the quiet period is over. */
const LOOKS_AT_MS = [
  1_500,
  4_000,
  7_000,
  QUIET_MS + 500,
  QUIET_MS + 4_000,
  QUIET_MS + 8_000,
  QUIET_MS + 12_000,
] as const;

/**
 * Keeps reading the gym's list in the process that raced, so that most unknown prebookings are settled within half a minute and not by the next
 * sweep. Stops in time before `until`, the instant at which the hosting platform ends the process. Returns each prebooking as it stands when the
 * reading stops; those that are still unknown are left to the sweep.
 */
export async function reconcileSoon(
  services: ReconcileServices,
  prebookings: readonly Prebooking[],
  until: Date | undefined,
): Promise<Prebooking[]> {
  const { clock, logger } = services;
  const beganAtMs = clock.monotonicMs();
  let standing = prebookings.filter((one) => one.status === 'unknown');
  const settled: Prebooking[] = [];
  for (const atMs of LOOKS_AT_MS) {
    if (standing.length === 0) break;
    const waitMs = atMs - (clock.monotonicMs() - beganAtMs);
    if (until && clock.now().getTime() + waitMs + LOOK_MS > until.getTime()) break;
    await clock.sleep(waitMs);
    const looked = await Promise.all(
      standing.map((one) =>
        reconcilePrebooking(services, one).catch((error: unknown) => {
          logger.warn({ prebookingId: one.id, code: asFailure(error).code }, 'reconcile: a look failed');
          return one;
        }),
      ),
    );
    settled.push(...looked.filter((one) => one.status !== 'unknown'));
    standing = looked.filter((one) => one.status === 'unknown');
  }
  return [...settled, ...standing];
}

/** One read of the gym's list takes at most about this long, ms; `reconcileSoon` begins no read when less than this is left before `until`. */
const LOOK_MS = 8_000;

interface End {
  readonly status: 'booked' | 'waitlisted' | 'refused' | 'unconfirmed';
  readonly outcome: Outcome;
  readonly reservationId: string | undefined;
  readonly reason?: string;
  readonly movedTo?: string;
  readonly mine?: Slot | undefined;
  /** True when the gym's list could not be read, so that the receipt names no instant at which the list was read. */
  readonly isBlind?: boolean;
}

async function settle(
  { clock, store }: ReconcileServices,
  prebooking: Prebooking,
  { movedTo, mine, isBlind, ...end }: End,
  room?: Slot,
): Promise<Prebooking> {
  const told = { outcome: end.outcome, movedTo };
  const offer = room && { classId: room.id, timeId: room.timeId };
  const receipt =
    prebooking.receipt && reviseReceipt(prebooking.receipt, told, isBlind ? undefined : clock.now(), offer);
  const taken = takenBy(prebooking, { mine, movedTo });
  const line = { id: prebooking.id, epoch: prebooking.claimEpoch, ...end, taken, receipt };
  const [settled] = await store.settlePrebookings([line], clock.now());
  return settled ?? prebooking;
}
