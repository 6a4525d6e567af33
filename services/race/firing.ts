// Shoots for one entrant, at once or in its turn, and sends the entrant's further shots, if any are needed. fire-all.ts decides which entrant shoots
// when.
import { within } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { Shot, TimedSender } from '../timed-sender/timed-sender.ts';
import type { Armed } from './arm.ts';
import type { Ends } from './conclude.ts';
import { aheadOf, type Entrant, placesOf } from './entrant.ts';
import { othersEnded } from './others-ended.ts';
import type { Race } from './race-context.ts';
import { type EntrantShots, followShots } from './shots.ts';
import { tryLater } from './try-later.ts';
import type { TurnQueue } from './turn-queue.ts';

/** What all functions that shoot for one race need. */
export interface Firing {
  readonly race: Race;
  readonly sender: TimedSender;
  readonly ends: Ends;
  readonly queue: TurnQueue;
  /** How much is left, in ms, of the time for which the race's entrants wait for earlier entrants of their class. */
  turnLeftMs(): number;
}

/**
 * Sends the entrant's further shots after `shot`, if any are needed, and hands the result to `ends`, which settles the race's results. Never throws.
 * @param isBehind whether `shot` waited for the shots of entrants whose turn came earlier.
 */
export async function follow(
  { race, sender, ends }: Firing,
  armed: Armed,
  entrant: Entrant,
  shot: Shot,
  isBehind = false,
): Promise<EntrantShots> {
  const followed = await followShots(race, sender, entrant, shot, armed.notAfterMs);
  const shots = { ...(await tryLater(race, sender, followed, armed.notAfterMs)), isBehind };
  ends.raced(shots);
  return shots;
}

/**
 * Shoots for the entrant at once, on a warm connection or, if there is none, on a new one; then sends the entrant's further shots, if any are needed.
 * Never throws.
 */
export async function shootNow(
  firing: Firing,
  armed: Armed,
  entrant: Entrant,
  isBehind = false,
): Promise<EntrantShots> {
  // `sender.shootNow` rejects only if the sender has closed, and only before a byte is sent.
  const shot = await firing.sender
    .shootNow(entrant.request, armed.notAfterMs())
    .catch((error: unknown) => notSent(asFailure(error).code));
  return follow(firing, armed, entrant, shot, isBehind);
}

/**
 * Waits for the entrant's turn (`turnOf`), then shoots, never before the firing instant. When no time for waiting is left (`turnLeftMs`), the entrant
 * shoots all the same, because there may still be a place.
 */
export async function shootInTurn(firing: Firing, armed: Armed, entrant: Entrant): Promise<EntrantShots> {
  const { race } = firing;
  await race.clock.sleep(race.atMs - race.nowMs());
  await turnOf(firing, entrant);
  return shootNow(firing, armed, entrant, true);
}

/**
 * True when the entrants before this entrant in its class, those of other processes included, may take every free place of the class. How many places
 * are free is known from the gym's list that this entrant's session read.
 */
export const isCrowded = ({ race, queue }: Firing, entrant: Entrant): boolean =>
  queue.before(entrant).count + aheadOf(entrant, race.ahead).length >= placesOf(entrant);

/**
 * Resolves when all entrants before this entrant (those of other processes included) have ended, or when the time for waiting is over. Entrants of
 * this process are waited for only until one of them has found the class full.
 */
export async function turnOf({ race, queue, turnLeftMs }: Firing, entrant: Entrant): Promise<void> {
  const ours = queue.before(entrant).ended();
  await within(race.clock, turnLeftMs(), Promise.all([ours, othersEnded(race, entrant, turnLeftMs)]));
}

/** Makes the record of a shot of which no byte was sent. */
export const notSent = (reason: string): Shot => ({
  index: -1,
  sentAtMs: undefined,
  firstByteAtMs: undefined,
  answeredAtMs: undefined,
  gymDateMs: undefined,
  result: { kind: 'not-sent', reason },
});
