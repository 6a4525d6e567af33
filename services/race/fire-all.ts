// All entrants of one race are loaded, armed, fired at once, and followed to the end of their own shots; one who is ready only later
// shoots then. `armed` is committed before anything is written; what stands afterwards is conclude.ts's business.
import { within } from '../clock.ts';
import { asFailure } from '../failures.ts';
import { openTimedSender, type Shot, type TimedSender } from '../timed-sender/timed-sender.ts';
import { type Armed, arm } from './arm.ts';
import { sleepUnlessLeaving } from './claim.ts';
import type { Ends } from './conclude.ts';
import { classOf, type Entrant, isEntrant, placesOf, type Turns, takeFirstAims, turnsOf } from './entrant.ts';
import { ARM_LEAD_MS, WARMING_MS } from './fire-time.ts';
import { othersEnded } from './others-ended.ts';
import type { Prepared } from './prepare.ts';
import type { Race } from './race-context.ts';
import { type EntrantShots, followShots } from './shots.ts';
import { tryLater } from './try-later.ts';
import { createTurnQueue, type TurnQueue } from './turn-queue.ts';

/**
 * An entrant waits for those before it in its class no longer than this after they were fired, which may be long after the instant: as long
 * as their further tries take (shot-rules.ts), so that a later one does not slip in between two of them.
 */
const MAX_TURN_MS = 3_500;

type Late = Prepared['late'];

/** Loads, arms, fires, and follows each shot to its end. Throws prebooking/not-yet when it is left to another, database/…. */
export async function fireAll(
  race: Race,
  entrants: readonly Entrant[],
  late: Late,
  ends: Ends,
): Promise<EntrantShots[]> {
  if (entrants.length + late.length === 0) return [];
  const { clock, logger, box, estimate, senderOptions, anchorMs } = race;
  const sender = await openTimedSender({ ...senderOptions, anchorMs });
  try {
    const turns = turnsOf(entrants, race.ahead);
    const warmingMs = Math.max(race.atMs - ARM_LEAD_MS - race.nowMs(), WARMING_MS);
    const warmth = await within(clock, warmingMs, sender.load(turns.first.map((one) => one.request)));
    race.readyAtMs = race.nowMs();
    const { offsetMs: clockOffsetMs, rttMs } = estimate ?? {};
    const crowd = { racing: entrants.length, late: late.length, ...warmth };
    logger.info({ box: box.at.slug, ...crowd, clockOffsetMs, rttMs, marginMs: box.clock.marginMs }, 'race: ready');
    return await shootAll({ race, sender, ends }, turns, late);
  } finally {
    await sender.close();
  }
}

/** What every shot of a race shares. */
interface Firing {
  readonly race: Race;
  readonly sender: TimedSender;
  readonly ends: Ends;
}

/** Those whose turn is later shoot when those before them in their class have ended. */
async function shootAll(firing: Firing, { first, behind }: Turns, late: Late): Promise<EntrantShots[]> {
  const { race } = firing;
  await sleepUnlessLeaving(race, race.atMs - ARM_LEAD_MS - race.nowMs());
  const armed = await arm(race, [...first, ...behind]);
  if (armed.ids.size > 0) race.claims.renewed(armed.beganAtMs);
  const queue = createTurnQueue();
  const volley = fireFirst(firing, armed, first, queue);
  const endsAtMs = Math.max(race.atMs, race.nowMs()) + MAX_TURN_MS;
  const leftMs = () => endsAtMs - race.nowMs();
  const lateTurn = async (one: Entrant) => {
    // Where those fired at the instant may take every place that it saw.
    const rivals = first.filter((other) => classOf(other) === classOf(one));
    if (rivals.length >= placesOf(one)) await within(race.clock, leftMs(), queue.turnOf(one, first.length));
  };
  const lates = late.map((one) => {
    const end = shootLate(firing, one, lateTurn);
    queue.joinLate(one.prebooking, end);
    return end;
  });
  const afterwards = behind
    .filter(({ prebooking }) => armed.ids.has(prebooking.id))
    .map((entrant) => {
      const turn = queue.turnOf(entrant);
      const end = shootInTurn(firing, armed, entrant, () =>
        within(race.clock, leftMs(), Promise.all([turn, othersEnded(race, entrant, leftMs)])),
      );
      queue.join(entrant, end);
      return end;
    });
  const others = Promise.all([...afterwards, ...lates]);
  // Awaited below; requests that cannot be fired must not leave it unheard.
  others.catch(() => undefined);
  return [...(await volley), ...(await others)].filter((shots) => shots !== undefined);
}

/** Fires the loaded requests at the instant, each entrant in the queue from the beginning; those not armed are taken back. */
async function fireFirst(
  firing: Firing,
  armed: Armed,
  first: readonly Entrant[],
  queue: TurnQueue,
): Promise<(EntrantShots | undefined)[]> {
  const { race, sender } = firing;
  const fired = first.map((entrant) => ({ entrant, end: Promise.withResolvers<EntrantShots | undefined>() }));
  const isArmed = ({ prebooking }: Entrant) => armed.ids.has(prebooking.id);
  for (const [index, { entrant, end }] of fired.entries()) {
    queue.join(entrant, end.promise);
    if (isArmed(entrant)) continue;
    sender.withdraw(index);
    end.resolve(undefined);
  }
  const onShot = (shot: Shot) => {
    const one = fired[shot.index];
    if (one && isArmed(one.entrant)) one.end.resolve(follow(firing, armed, one.entrant, shot));
  };
  if (first.length > 0) await sender.fireAt(race.atMs, onShot, armed.notAfterMs());
  return Promise.all(fired.map(({ end }) => end.promise));
}

/** Never before the instant; when the wait is over without a turn, a place may still be there. */
async function shootInTurn(
  firing: Firing,
  armed: Armed,
  entrant: Entrant,
  turn: () => Promise<unknown>,
): Promise<EntrantShots> {
  const { race } = firing;
  await race.clock.sleep(race.atMs - race.nowMs());
  await turn();
  return shootNow(firing, armed, entrant, true);
}

async function follow(
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

async function shootNow(firing: Firing, armed: Armed, entrant: Entrant, isBehind = false): Promise<EntrantShots> {
  // Thrown only before anything is written, by a sender that has closed.
  const shot = await firing.sender
    .shootNow(entrant.request, armed.notAfterMs())
    .catch((error: unknown) => notSent(asFailure(error).code));
  return follow(firing, armed, entrant, shot, isBehind);
}

/** An entrant that was not ready when the others were loaded: armed and shot alone, never before the others. */
async function shootLate(
  firing: Firing,
  { prebooking, ready }: Late[number],
  turn: (one: Entrant) => Promise<void>,
): Promise<EntrantShots | undefined> {
  const { race, ends } = firing;
  const sleepUntil = (instantMs: number) => race.clock.sleep(instantMs - race.nowMs());
  const one = await ready;
  if (one && !isEntrant(one)) ends.decided(one);
  if (!one || !isEntrant(one)) return undefined;
  const { doubled } = takeFirstAims(race.aims, [one]);
  doubled.forEach(ends.decided);
  if (doubled.length > 0) return undefined;
  await sleepUntil(race.atMs - ARM_LEAD_MS);
  const armed = await arm(race, [one]).catch((error: unknown) => {
    race.logger.warn(
      { prebookingId: prebooking.id, code: asFailure(error).code },
      'race: a late one could not be armed',
    );
  });
  if (!armed?.ids.has(prebooking.id)) return undefined;
  await sleepUntil(race.atMs);
  await turn(one);
  return shootNow(firing, armed, one);
}

const notSent = (reason: string): Shot => ({
  index: -1,
  sentAtMs: undefined,
  firstByteAtMs: undefined,
  answeredAtMs: undefined,
  gymDateMs: undefined,
  result: { kind: 'not-sent', reason },
});
