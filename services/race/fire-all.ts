// The volley: everybody of one opening is armed, fired at once, and followed to the end of their own series; who is ready only later
// shoots then. `armed` is committed before anything is written; what stands afterwards is run-race.ts's business.
import { within } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { Shot, TimedSender } from '../timed-sender/timed-sender.ts';
import { type Armed, type Arming, arm, armAgain } from './arm.ts';
import { type Decided, type Entrant, isEntrant } from './entrant.ts';
import { ARM_LEAD_MS } from './fire-time.ts';
import { classOf, type Turns } from './firing-order.ts';
import { sleepUnlessLeaving } from './hand-over.ts';
import { type OwnAims, takeFirstAims } from './one-attempt-a-class.ts';
import type { Prepared } from './prepare.ts';
import type { OpeningServices } from './race-context.ts';
import { type EntrantShots, followShots } from './shots.ts';

/** Who waits for a companion's answer waits no longer than this after the instant. */
const MAX_TURN_MS = 1_200;

export interface Volley extends Arming {
  readonly aims: OwnAims;
  readonly stopping?: AbortSignal | undefined;
  /** Hear of each end as it comes, not when all have. */
  raced(shots: EntrantShots): void;
  decided(one: Decided): void;
}

/** Arms, fires, and follows each shot to its end; those whose turn is later shoot when the class's earlier ones have their answers. */
export async function shootAll(
  services: OpeningServices,
  opening: Volley,
  sender: TimedSender,
  { first, behind }: Turns,
  late: Prepared['late'],
): Promise<EntrantShots[]> {
  const { clock } = services;
  const { atMs, claims } = opening;
  const nowMs = () => opening.anchorMs + clock.monotonicMs();
  await sleepUnlessLeaving(clock, atMs - ARM_LEAD_MS - nowMs(), opening);
  const armed = await arm(services, opening, [...first, ...behind]);
  if (armed.ids.size > 0) claims.renewed(armed.beganAtMs);
  const isArmed = ({ prebooking }: Entrant) => armed.ids.has(prebooking.id);
  for (const [index, entrant] of first.entries()) if (!isArmed(entrant)) sender.withdraw(index);
  const following: { readonly of: string; readonly shots: Promise<EntrantShots> }[] = [];
  const onShot = (shot: Shot) => {
    const entrant = first[shot.index];
    if (!entrant || !isArmed(entrant)) return;
    following.push({ of: classOf(entrant), shots: follow(services, opening, sender, armed, entrant, shot) });
  };
  const firing = first.length > 0 ? sender.fireAt(atMs, onShot, armed.notAfterMs()) : Promise.resolve([]);
  const afterwards = behind.filter(isArmed).map(async (entrant) => {
    // All of the volley have an answer, or the patience of those behind is over: a place may still be there.
    await within(clock, atMs + MAX_TURN_MS - nowMs(), firing);
    const before = following.filter(({ of }) => of === classOf(entrant)).map(({ shots }) => shots);
    await within(clock, atMs + MAX_TURN_MS - nowMs(), Promise.all(before));
    return shootNow(services, opening, sender, armed, entrant);
  });
  const others = Promise.all([...afterwards, ...late.map((one) => shootLate(services, opening, sender, one))]);
  // Awaited below; a volley that cannot be fired must not leave it unheard.
  others.catch(() => undefined);
  await firing;
  const volley = await Promise.all(following.map(({ shots }) => shots));
  return [...volley, ...(await others)].filter((shots) => shots !== undefined);
}

async function follow(
  services: OpeningServices,
  opening: Volley,
  sender: TimedSender,
  { notAfterMs }: Armed,
  entrant: Entrant,
  shot: Shot,
): Promise<EntrantShots> {
  const { anchorMs, aims, until } = opening;
  const nowMs = () => anchorMs + services.clock.monotonicMs();
  const untilMs = until?.getTime() ?? Number.POSITIVE_INFINITY;
  const again = (one: Entrant) => armAgain(services, opening, one);
  const bounds = { nowMs, notAfterMs, untilMs, armAgain: again, aims };
  const shots = await followShots(services, sender, entrant, shot, bounds);
  opening.raced(shots);
  return shots;
}

async function shootNow(
  services: OpeningServices,
  opening: Volley,
  sender: TimedSender,
  armed: Armed,
  entrant: Entrant,
): Promise<EntrantShots> {
  // Thrown only before anything is written, by a sender that has closed.
  const shot = await sender
    .shootNow(entrant.request, armed.notAfterMs())
    .catch((error: unknown) => notSent(asFailure(error).code));
  return follow(services, opening, sender, armed, entrant, shot);
}

/** Somebody who was not ready when the volley was loaded: armed and shot alone, never before the others. */
async function shootLate(
  services: OpeningServices,
  opening: Volley,
  sender: TimedSender,
  { prebooking, ready }: Prepared['late'][number],
): Promise<EntrantShots | undefined> {
  const { clock, logger } = services;
  const { anchorMs, atMs } = opening;
  const sleepUntil = (instantMs: number) => clock.sleep(instantMs - anchorMs - clock.monotonicMs());
  const one = await ready;
  if (one && !isEntrant(one)) opening.decided(one);
  if (!one || !isEntrant(one)) return undefined;
  const { doubled } = takeFirstAims(opening.aims, [one]);
  doubled.forEach(opening.decided);
  if (doubled.length > 0) return undefined;
  await sleepUntil(atMs - ARM_LEAD_MS);
  const armed = await arm(services, opening, [one]).catch((error: unknown) => {
    logger.warn({ prebookingId: prebooking.id, code: asFailure(error).code }, 'race: a late one could not be armed');
  });
  if (!armed?.ids.has(prebooking.id)) return undefined;
  await sleepUntil(atMs);
  return shootNow(services, opening, sender, armed, one);
}

const notSent = (reason: string): Shot => ({
  index: -1,
  sentAtMs: undefined,
  firstByteAtMs: undefined,
  answeredAtMs: undefined,
  gymDateMs: undefined,
  result: { kind: 'not-sent', reason },
});
