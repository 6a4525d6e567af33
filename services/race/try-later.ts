// A gym that stumbles at the opening: requests proven never to have left, and those turned away as busy, are tried again for two minutes while
// the class has places. An entrant past its deadline is armed again first. A request that may have arrived is never tried again.
import { asFailure } from '../failures.ts';
import type { TimedSender } from '../timed-sender/timed-sender.ts';
import { armAgain } from './arm.ts';
import { bookWishOf, type Entrant, firstState, triesBefore } from './entrant.ts';
import type { Race } from './race-context.ts';
import { roomLeft } from './room-left.ts';
import type { RaceEnd, RaceState } from './shot-rules.ts';
import { type EntrantShots, followShots } from './shots.ts';

/** After the first try; the quickest ones are shot-rules.ts's own. */
const SOON_MS = [1_000, 2_000, 5_000] as const;
const EVERY_MS = 10_000;
/**
 * In the race itself until so long after the opening, or after its beginning where it is the first and late; then by the minute's sweep, which
 * begins no further race after the second.
 */
const IN_RACE_MS = 120_000;
const BY_SWEEP_MS = 200_000;
/** From here on the day is looked at first: sooner a look would cost more than the try. */
const LOOK_FROM_MS = 5_000;
/** Left on this platform for the last try, its answer and the read-back. */
const ENDING_MS = 8_000;
/** A deadline nearer than this is renewed before the next try. */
const MIN_SEND_MS = 1_000;
/** More than shot-rules.ts has gaps: it tries nothing again by itself. */
const NO_MORE = { count: 1_000, sinceMs: undefined } as const;

/** May this end be tried again? Proven not sent, or turned away by a gym that was busy; a 5xx may have arrived and is neither. */
const mayTryAgain = (end: RaceEnd): boolean =>
  end.do === 'stop' && (end.verdict === 'not-sent' || (end.verdict === 'turned-away' && end.reason === 'busy'));

/**
 * Goes on with shots that ended without the gym having looked at them, and answers all of them together; `isLeft` when the sweep is to go
 * on. Never throws.
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
      // The claim ran out, or the database is away: nothing more may be written here. A row that another has taken keeps what that one says.
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

/** The sweep goes on while there is time for it to come to an end that the member hears within five minutes. */
const mayBeLeft = (race: Race): boolean => race.nowMs() < opensAtMs(race) + BY_SWEEP_MS;

/** False when the race has no time for a try then, or this process is asked to end. */
async function waitUntil(race: Race, { prebooking }: Entrant, atMs: number): Promise<boolean> {
  const { clock, until, stopping } = race;
  const isFirst = triesBefore(prebooking).length === 0;
  const fromMs = Math.max(opensAtMs(race), isFirst ? race.wokenAtMs : 0);
  const lastMs = Math.min(fromMs + IN_RACE_MS, (until?.getTime() ?? Number.POSITIVE_INFINITY) - ENDING_MS);
  if (atMs > lastMs || stopping?.aborted) return false;
  await clock.sleep(atMs - race.nowMs(), stopping).catch(() => undefined);
  return !stopping?.aborted;
}

/** A list that cannot be read says nothing: the try itself will tell. A waitlist the member allows is room, too. */
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
  const state: RaceState = { ...firstState(entrant, tries), notSent: NO_MORE, turnedAway: NO_MORE };
  try {
    const request = race.gym.prepareBook(entrant.session.key, entrant.box, bookWishOf(entrant, state.aim));
    const shot = await sender.shootNow(request, notAfterMs());
    return await followShots(race, sender, entrant, shot, notAfterMs, state);
  } catch (error) {
    // Thrown only before anything is written, by a sender that has closed.
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
  // A try that never left leaves none.
  trace: after.trace.slot ? after.trace : before.trace,
});
