// Swap: a member's old place is given back once their better place is seen in the gym's list. Each step reads the gym's lists. If a place is to be
// given back, the step records the cancel request, then sends it once. The next step reads the lists again to see the result. If the process that
// works on a swap dies, another process continues the swap.
import { randomUUID } from 'node:crypto';
import { placesIn } from '../calendar/sync-calendars.ts';
import { asFailure } from '../failures.ts';
import type { CancelAnswer, Slot } from '../gym/gym.ts';
import { resolveSlot } from '../prebooking/class-choice.ts';
import { classStartsAt } from '../prebooking/opening-rule.ts';
import type { RaceServices } from '../race/race-context.ts';
import { placeByTrace } from '../race/read-back.ts';
import { backgroundStaleAt } from '../session/freshness.ts';
import type { BackgroundSession } from '../session/session.ts';
import type { SwapEnd, SwapStep } from '../store/watch-store.ts';
import { afterCancel, nextMove, unseen } from './swap-rules.ts';

const MAX_AT_ONCE = 20;
/** How long, ms, a process has the lease of a swap's step: longer than the step's reads and its one request need. */
const LEASE_MS = 120_000;
/** No request is sent later than this, ms, after a process took the lease of a swap's step, so that none is sent after the lease has ended. */
const TRUST_MS = 90_000;
/**
 * One pass looks for due steps again for at most this long, ms: a swap needs several steps, and the member holds two places until the swap ends. The
 * next pass takes up the swaps that have not ended by then.
 */
const GOING_ON_MS = 25_000;
const PAUSE_MS = 1_000;

/**
 * Does due steps of swaps, in rounds of at most `MAX_AT_ONCE` steps. Another round follows if a step of the round did not end its swap, unless
 * `until` has come or the call has lasted longer than `GOING_ON_MS`. Returns how many swaps ended during this call. Throws database/….
 */
export async function giveBack(services: RaceServices, until?: Date): Promise<number> {
  const { clock, store } = services;
  const beganAtMs = clock.monotonicMs();
  let ended = 0;
  for (;;) {
    const takenAtMs = clock.monotonicMs();
    const steps = await store.takeSwapSteps(randomUUID(), LEASE_MS, MAX_AT_ONCE, clock.now());
    const ends = await Promise.all(steps.map((step) => doStep(services, step, takenAtMs + TRUST_MS)));
    const done = ends.filter(Boolean).length;
    ended += done;
    const isOver = (until !== undefined && clock.now() >= until) || clock.monotonicMs() - beganAtMs > GOING_ON_MS;
    if (done === steps.length || isOver) return ended;
    await clock.sleep(PAUSE_MS);
  }
}

/** Does one step of a swap and stores the step's result. Returns true if the swap has ended. */
async function doStep(services: RaceServices, step: SwapStep, trustedUntilMs: number): Promise<boolean> {
  const { store, clock, logger } = services;
  const after = await stepEnd(services, step, trustedUntilMs).catch((error: unknown) => {
    logger.warn({ watchId: step.id, code: asFailure(error).code }, 'swap: a step failed');
    return unseen(step, clock.now());
  });
  if (!after) return false;
  const isWritten = (await store.endSwapStep(step.id, step.epoch, after, clock.now())) === 1;
  if ('outcome' in after) logger.info({ watchId: step.id, outcome: after.outcome }, 'swap: ended');
  return isWritten && 'outcome' in after;
}

/** Does one step of a swap and returns the step's result. Returns undefined if another process may have the lease of the step by now. */
async function stepEnd(services: RaceServices, step: SwapStep, trustedUntilMs: number): Promise<SwapEnd | undefined> {
  const { clock, store, gym, freshener, logger } = services;
  const { session } = await freshener.background(step.userId, {
    staleAt: backgroundStaleAt(clock.now()),
    throughHold: true,
  });
  const seen = await readBoth(services, step, session);
  if (!seen) return unseen(step, clock.now());
  const stands = { old: seen.old !== undefined, new: seen.new !== undefined };
  const move = nextMove(step, stands, firstStart(step), clock.now());
  if (move.do === 'end') {
    if ('outcome' in move.end) await noteCalendars(services, step, seen);
    return move.end;
  }
  const place = seen[move.which]?.reservationId;
  if (place === undefined) return unseen(step, clock.now());
  const isMine = (await store.markSwapSent(step.id, step.epoch, clock.now())) === 1;
  if (!isMine || clock.monotonicMs() > trustedUntilMs) return undefined;
  const at = move.which === 'old' ? step.insteadBox.at : step.box.at;
  const wish = { reservationId: place, familyId: undefined, acceptLate: false };
  // An error of `gym.cancel` may have been thrown after the cancel request had been sent, so the answer counts as unknown.
  const answer = await gym.cancel(session.key, at, wish).catch((error: unknown): CancelAnswer => {
    logger.error({ watchId: step.id, code: asFailure(error).code, err: error }, 'swap: no answer, it may have left');
    return { kind: 'unknown', reason: asFailure(error).code };
  });
  logger.info({ watchId: step.id, giving: move.which, answer: answer.kind }, 'swap: a place was given back');
  return afterCancel(answer, move.which);
}

const firstStart = ({ startsAt, instead, insteadBox }: SwapStep): Date => {
  const other = classStartsAt(instead.day, instead.timeId, insteadBox.timeZone);
  return other < startsAt ? other : startsAt;
};

interface Lists {
  readonly old: Slot | undefined;
  readonly new: Slot | undefined;
  readonly newSlots: readonly Slot[];
  readonly oldSlots: readonly Slot[];
}

/**
 * Looks for the swap's two places in the gym's lists. If the gym does not know the background session, `readBoth` renews the session and returns
 * undefined. If a place is missing, the gym is asked whether it knows the session; without a clear answer the result is undefined, too.
 */
async function readBoth(
  { gym, freshener, clock }: RaceServices,
  step: SwapStep,
  { key }: BackgroundSession,
): Promise<Lists | undefined> {
  const { instead, box, insteadBox, day, reservationId, slotId, timeId, className } = step;
  const newDay = await gym.readDay(key, box.at, day);
  const isOneDay = insteadBox.id === box.id && instead.day === day;
  const oldDay = isOneDay ? newDay : await gym.readDay(key, insteadBox.at, instead.day);
  const renew = () => freshener.background(step.userId, { staleAt: clock.now(), throughHold: true });
  if (newDay.kind !== 'day' || oldDay.kind !== 'day') return void (await renew());
  const booked = (slot: Slot | undefined) => (slot?.mine === 'booked' ? slot : undefined);
  const trace = { reservationId, ...(slotId !== undefined && { slot: { id: slotId, timeId } }) };
  const better = booked(
    placeByTrace(newDay.slots, trace)?.mine ?? resolveSlot(newDay.slots, { timeId, className, classId: undefined }),
  );
  const other =
    oldDay.slots.find((slot) => slot.mine === 'booked' && slot.reservationId === instead.reservationId) ??
    booked(resolveSlot(oldDay.slots, { timeId: instead.timeId, className: instead.className, classId: undefined }));
  if (better && other) return { old: other, new: better, newSlots: newDay.slots, oldSlots: oldDay.slots };
  const isAlive = await gym.isAlive(key);
  if (isAlive === false) await renew();
  return isAlive ? { old: other, new: better, newSlots: newDay.slots, oldSlots: oldDay.slots } : undefined;
}

/** Updates the member's calendar from the gym's lists that were read at the end of the swap. */
async function noteCalendars({ store, clock }: RaceServices, step: SwapStep, seen: Lists): Promise<void> {
  const { userId, box, insteadBox, instead, day } = step;
  const now = clock.now();
  await store.notePlaces({ userId, boxId: box.id, day, mine: placesIn(seen.newSlots, box), now });
  const mine = placesIn(seen.oldSlots, insteadBox);
  await store.notePlaces({ userId, boxId: insteadBox.id, day: instead.day, mine, now });
}
