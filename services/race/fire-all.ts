// All entrants of one race are loaded, armed, fired at once, and followed to the end of their own shots; one who is ready only later
// shoots then. `armed` is committed before anything is written; what stands afterwards is conclude.ts's business.
import { within } from '../clock.ts';
import { asFailure } from '../failures.ts';
import { openTimedSender, type Shot, type TimedSender } from '../timed-sender/timed-sender.ts';
import { type Armed, arm } from './arm.ts';
import { sleepUnlessLeaving } from './claim.ts';
import type { Ends } from './conclude.ts';
import { aheadOf, classOf, type Entrant, isEntrant, type Turns, takeFirstAims, turnsOf } from './entrant.ts';
import { ARM_LEAD_MS, WARMING_MS } from './fire-time.ts';
import type { Prepared } from './prepare.ts';
import type { Race } from './race-context.ts';
import { type EntrantShots, followShots } from './shots.ts';
import { tryLater } from './try-later.ts';

/** Between two looks at whether another process's prebookings have ended. */
const OTHERS_PAUSE_MS = 100;
/** An entrant waits for the answers of those before it in its class no longer than this after the instant. */
const MAX_TURN_MS = 1_200;

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

/** Those whose turn is later shoot when the class's earlier ones have their answers. */
async function shootAll(firing: Firing, { first, behind }: Turns, late: Late): Promise<EntrantShots[]> {
  const { race, sender } = firing;
  await sleepUnlessLeaving(race, race.atMs - ARM_LEAD_MS - race.nowMs());
  const armed = await arm(race, [...first, ...behind]);
  if (armed.ids.size > 0) race.claims.renewed(armed.beganAtMs);
  const isArmed = ({ prebooking }: Entrant) => armed.ids.has(prebooking.id);
  for (const [index, entrant] of first.entries()) if (!isArmed(entrant)) sender.withdraw(index);
  const following: { readonly of: string; readonly shots: Promise<EntrantShots> }[] = [];
  const onShot = (shot: Shot) => {
    const entrant = first[shot.index];
    if (!entrant || !isArmed(entrant)) return;
    following.push({ of: classOf(entrant), shots: follow(firing, armed, entrant, shot) });
  };
  const volley = first.length > 0 ? sender.fireAt(race.atMs, onShot, armed.notAfterMs()) : Promise.resolve([]);
  const untilTurnMs = () => race.atMs + MAX_TURN_MS - race.nowMs();
  const afterwards = behind.filter(isArmed).map(async (entrant) => {
    await race.clock.sleep(race.atMs - race.nowMs());
    // All fired at the instant have an answer, or the wait of those behind is over: a place may still be there.
    await within(race.clock, untilTurnMs(), volley);
    const before = following.filter(({ of }) => of === classOf(entrant)).map(({ shots }) => shots);
    await within(race.clock, untilTurnMs(), Promise.all([...before, othersEnded(race, entrant, untilTurnMs)]));
    return shootNow(firing, armed, entrant);
  });
  const others = Promise.all([...afterwards, ...late.map((one) => shootLate(firing, one))]);
  // Awaited below; requests that cannot be fired must not leave it unheard.
  others.catch(() => undefined);
  await volley;
  const shot = await Promise.all(following.map(({ shots }) => shots));
  return [...shot, ...(await others)].filter((shots) => shots !== undefined);
}

/** Resolves when those of another process that go before an entrant have ended, or the wait is over. */
async function othersEnded({ clock, store, ahead }: Race, entrant: Entrant, leftMs: () => number): Promise<void> {
  const isLive = async ({ id }: { id: string }): Promise<boolean> => {
    // What cannot be read is waited for.
    const row = await store.readPrebooking(id).catch(() => undefined);
    return row === undefined || row?.status === 'claimed' || row?.status === 'armed';
  };
  let standing = aheadOf(entrant, ahead);
  while (standing.length > 0 && leftMs() > 0) {
    const live = await Promise.all(standing.map(isLive));
    standing = standing.filter((_one, at) => live[at]);
    if (standing.length > 0) await clock.sleep(Math.min(OTHERS_PAUSE_MS, Math.max(0, leftMs())));
  }
}

async function follow(
  { race, sender, ends }: Firing,
  armed: Armed,
  entrant: Entrant,
  shot: Shot,
): Promise<EntrantShots> {
  const followed = await followShots(race, sender, entrant, shot, armed.notAfterMs);
  const shots = await tryLater(race, sender, followed, armed.notAfterMs);
  ends.raced(shots);
  return shots;
}

async function shootNow(firing: Firing, armed: Armed, entrant: Entrant): Promise<EntrantShots> {
  // Thrown only before anything is written, by a sender that has closed.
  const shot = await firing.sender
    .shootNow(entrant.request, armed.notAfterMs())
    .catch((error: unknown) => notSent(asFailure(error).code));
  return follow(firing, armed, entrant, shot);
}

/** An entrant that was not ready when the others were loaded: armed and shot alone, never before the others. */
async function shootLate(firing: Firing, { prebooking, ready }: Late[number]): Promise<EntrantShots | undefined> {
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
