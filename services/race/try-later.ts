// Sends more booking requests for about two minutes when the gym had errors at the opening, as long as the class has free places. Only requests
// proven never sent and requests refused as busy are tried again; a request that may have arrived is never repeated. An entrant past its send
// deadline is armed again before the next try.
import { asFailure } from '../failures.ts';
import type { TimedSender } from '../timed-sender/timed-sender.ts';
import { armAgain } from './arm.ts';
import { bookWishOf, type Entrant, firstState, triesBefore } from './entrant.ts';
import type { Race } from './race-context.ts';
import { roomLeft } from './room-left.ts';
import type { RaceEnd, RaceState } from './shot-rules.ts';
import { type EntrantShots, followShots } from './shots.ts';

/**
 * When a race tries again after the tries that shot-rules.ts makes: in ms after the firing instant or, if the race was woken later, after the
 * wake-up.
 */
const SOON_MS = [1_000, 2_000, 5_000] as const;
const EVERY_MS = 10_000;
/**
 * A race tries again until `IN_RACE_MS` after the opening, or after its wake-up if it is the prebooking's first race and was woken late. After
 * `IN_RACE_MS` the next sweep goes on with the race, unless more than 200 s (`BY_SWEEP_MS`) have passed since the opening.
 */
const IN_RACE_MS = 120_000;
const BY_SWEEP_MS = 200_000;
/**
 * Before a try that is planned for this many ms or more after the firing instant, the gym's list is read; a list without a free place ends the tries.
 * If the race was woken after the firing instant, the time counts from the wake-up. If the prebooking allows a waitlist place, the gym's list is not
 * read before any try. In the first seconds of a race, a read of the gym's list would cost more time than a try takes.
 */
const LOOK_FROM_MS = 5_000;
/** The last try needs this much time before the hosting platform ends the process: for the try, its answer and the read-back. */
const ENDING_MS = 8_000;
/** If less time than this is left until the send deadline, the entrant is armed again before the next try. */
const MIN_SEND_MS = 1_000;
/** A count of tries higher than shot-rules.ts allows, so that shot-rules.ts makes no further try by itself. */
const NO_MORE = { count: 1_000, sinceMs: undefined } as const;

/**
 * True when it is proven that the shot was not sent, or when a busy gym (429) refused it unread. After a 5xx answer the gym may have booked the
 * place, so the shot is not tried again.
 */
const mayTryAgain = (end: RaceEnd): boolean =>
  end.do === 'stop' && (end.verdict === 'not-sent' || (end.verdict === 'turned-away' && end.reason === 'busy'));

/**
 * Goes on shooting for an entrant after its shots ended without the gym having processed any, and returns the earlier and the later shots as one
 * result. The returned result has `isLeft` set when the next sweep is to go on with the entrant. Never throws.
 */
export async function tryLater(
  race: Race,
  sender: TimedSender,
  ended: EntrantShots,
  notAfterMs: () => number,
): Promise<EntrantShots> {
  let whole = ended;
  let writableUntilMs = notAfterMs;
  const beganMs = Math.max(race.atMs, race.wokenAtMs);
  for (let nth = 0; mayTryAgain(whole.end); nth += 1) {
    const afterMs = SOON_MS[nth] ?? LOOK_FROM_MS + EVERY_MS * (nth - SOON_MS.length + 1);
    const atMs = Math.max(beganMs + afterMs, race.nowMs() + (whole.retryAfterMs ?? 0));
    if (!(await waitUntil(race, whole.entrant, atMs))) return { ...whole, isLeft: mayBeLeft(race) };
    if (afterMs >= LOOK_FROM_MS && !(await hasPlaces(race, whole.entrant))) return whole;
    if (writableUntilMs() < race.nowMs() + MIN_SEND_MS) {
      const renewed = await armAgain(race, whole.entrant).catch(() => undefined);
      // The claim expired, or the database is unreachable, so this process may send nothing more. If another process took the prebooking over, the
      // result of that process stands.
      if (!renewed) return { ...whole, isLeft: mayBeLeft(race) };
      writableUntilMs = renewed;
    }
    const next = await shootOnce(race, sender, whole, writableUntilMs);
    if (!next) return { ...whole, isLeft: mayBeLeft(race) };
    whole = joined(whole, next);
  }
  return whole;
}

const opensAtMs = ({ opensAt, atMs }: Race): number => Math.max(opensAt.getTime(), atMs);

/** True while the sweep can still end the race within the five minutes in which the member is to know the result. */
const mayBeLeft = (race: Race): boolean => race.nowMs() < opensAtMs(race) + BY_SWEEP_MS;

/**
 * Sleeps until `atMs`, and returns true if a try may then be sent. Returns false when the race has no time for a try at `atMs`, or when this process
 * is asked to end.
 */
async function waitUntil(race: Race, { prebooking }: Entrant, atMs: number): Promise<boolean> {
  const { clock, until, stopping } = race;
  const isFirst = triesBefore(prebooking).length === 0;
  const fromMs = Math.max(opensAtMs(race), isFirst ? race.wokenAtMs : 0);
  const lastMs = Math.min(fromMs + IN_RACE_MS, (until?.getTime() ?? Number.POSITIVE_INFINITY) - ENDING_MS);
  if (atMs > lastMs || stopping?.aborted) return false;
  await clock.sleep(atMs - race.nowMs(), stopping).catch(() => undefined);
  return !stopping?.aborted;
}

/**
 * Tells whether one of the wished classes has a free place; a waitlist that the member allows counts as a place. If the gym's list cannot be read,
 * `hasPlaces` gives true, because the answer to the next booking request shows whether a place is free.
 */
async function hasPlaces({ gym }: Race, { session, box, prebooking }: Entrant): Promise<boolean> {
  if (prebooking.waitlist) return true;
  return roomLeft(gym, session, box, prebooking).then(
    (slot) => slot !== undefined,
    () => true,
  );
}

async function shootOnce(
  race: Race,
  sender: TimedSender,
  { entrant, tries }: EntrantShots,
  notAfterMs: () => number,
): Promise<EntrantShots | undefined> {
  const state: RaceState = { ...firstState(entrant, { tries }), notSent: NO_MORE, turnedAway: NO_MORE };
  try {
    const request = race.gym.prepareBook(entrant.session.key, entrant.box, bookWishOf(entrant, state.aim));
    const shot = await sender.shootNow(request, notAfterMs());
    return await followShots(race, sender, entrant, shot, notAfterMs, state);
  } catch (error) {
    // `sender.shootNow` throws only if the sender has closed, and only before a byte is sent.
    race.logger.warn({ prebookingId: entrant.prebooking.id, code: asFailure(error).code }, 'race: not tried again');
    return undefined;
  }
}

const joined = (before: EntrantShots, after: EntrantShots): EntrantShots => ({
  ...after,
  tries: [...before.tries, ...after.tries],
  heard: [...before.heard, ...after.heard],
  sentAtMs: before.sentAtMs ?? after.sentAtMs,
  lastSentAtMs: after.lastSentAtMs ?? before.lastSentAtMs,
  // If the later try sent no request, its trace names no slot, and the trace of the earlier tries is kept.
  trace: after.trace.slot ? after.trace : before.trace,
});
