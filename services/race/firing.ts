// How one entrant is shot: what all shots of a race share, a shot at once, a shot in its turn, and the way to its end. fire-all.ts decides which
// entrant shoots when.
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

/** What every shot of a race shares. */
export interface Firing {
  readonly race: Race;
  readonly sender: TimedSender;
  readonly ends: Ends;
  readonly queue: TurnQueue;
  /** How long an entrant may still wait for those before it, ms. */
  turnLeftMs(): number;
}

/** Follows a shot to its end and hands that on. Never throws. @param isBehind it waited for others of ours. */
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

/** Shoots at once, on a connection that is warm or else a new one. Never throws. */
export async function shootNow(
  firing: Firing,
  armed: Armed,
  entrant: Entrant,
  isBehind = false,
): Promise<EntrantShots> {
  // Thrown only before anything is sent, by a sender that has closed.
  const shot = await firing.sender
    .shootNow(entrant.request, armed.notAfterMs())
    .catch((error: unknown) => notSent(asFailure(error).code));
  return follow(firing, armed, entrant, shot, isBehind);
}

/**
 * Shoots when those before it have ended, never before the instant. When the wait is over without a turn it shoots all the same: there may still
 * be a place.
 */
export async function shootInTurn(firing: Firing, armed: Armed, entrant: Entrant): Promise<EntrantShots> {
  const { race } = firing;
  await race.clock.sleep(race.atMs - race.nowMs());
  await turnOf(firing, entrant);
  return shootNow(firing, armed, entrant, true);
}

/** Whether those before an entrant in its class, those of other processes too, may take every place that it saw. */
export const isCrowded = ({ race, queue }: Firing, entrant: Entrant): boolean =>
  queue.before(entrant).count + aheadOf(entrant, race.ahead).length >= placesOf(entrant);

/** Resolves when all before an entrant have ended, those of other processes too, or the wait is over. */
export async function turnOf({ race, queue, turnLeftMs }: Firing, entrant: Entrant): Promise<void> {
  const ours = queue.before(entrant).ended();
  await within(race.clock, turnLeftMs(), Promise.all([ours, othersEnded(race, entrant, turnLeftMs)]));
}

/** A shot of which no byte was sent. */
export const notSent = (reason: string): Shot => ({
  index: -1,
  sentAtMs: undefined,
  firstByteAtMs: undefined,
  answeredAtMs: undefined,
  gymDateMs: undefined,
  result: { kind: 'not-sent', reason },
});
