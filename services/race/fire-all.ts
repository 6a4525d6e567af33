// The volley: everybody of one opening is armed, fired at once, and followed to the end of their own series; who is ready only later
// shoots then. `armed` is committed before anything is written; what stands afterwards is run-opening.ts's business.
import { within } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { Shot, Starter } from '../timed-sender/timed-sender.ts';
import { type Armed, type Arming, arm } from './arm.ts';
import { type Contender, type Decided, isContender } from './entrant.ts';
import { ARM_LEAD_MS } from './fire-time.ts';
import { classOf, type Turns } from './firing-order.ts';
import { sleepUnlessLeaving } from './hand-over.ts';
import { type OwnAims, takeFirstAims } from './one-attempt-a-class.ts';
import type { Prepared } from './prepare.ts';
import type { OpeningServices } from './race-context.ts';
import { followShots, type Series } from './shots.ts';

/** Who waits for a companion's answer waits no longer than this after the instant. */
const LONGEST_TURN_MS = 1_200;

export interface Volley extends Arming {
  readonly aims: OwnAims;
  readonly stopping?: AbortSignal | undefined;
  /** Hear of each end as it comes, not when all have. */
  raced(series: Series): void;
  decided(one: Decided): void;
}

/** Arms, fires, and follows each shot to its end; those whose turn is later shoot when the class's earlier ones have their answers. */
export async function shootAll(
  services: OpeningServices,
  opening: Volley,
  starter: Starter,
  { first, behind }: Turns,
  late: Prepared['late'],
): Promise<Series[]> {
  const { clock } = services;
  const { atMs, claims } = opening;
  const nowMs = () => opening.anchorMs + clock.monotonicMs();
  await sleepUnlessLeaving(clock, atMs - ARM_LEAD_MS - nowMs(), opening);
  const armed = await arm(services, opening, [...first, ...behind]);
  if (armed.ids.size > 0) claims.renewed(armed.beganAtMs);
  const isArmed = ({ prebooking }: Contender) => armed.ids.has(prebooking.id);
  for (const [index, contender] of first.entries()) if (!isArmed(contender)) starter.withdraw(index);
  const following: { readonly of: string; readonly series: Promise<Series> }[] = [];
  const onShot = (shot: Shot) => {
    const contender = first[shot.index];
    if (!contender || !isArmed(contender)) return;
    following.push({ of: classOf(contender), series: follow(services, opening, starter, armed, contender, shot) });
  };
  const firing = first.length > 0 ? starter.fireAt(atMs, onShot, armed.notAfterMs()) : Promise.resolve([]);
  const afterwards = behind.filter(isArmed).map(async (contender) => {
    // All of the volley have an answer, or the patience of those behind is over: a place may still be there.
    await within(clock, atMs + LONGEST_TURN_MS - nowMs(), firing);
    const before = following.filter(({ of }) => of === classOf(contender)).map(({ series }) => series);
    await within(clock, atMs + LONGEST_TURN_MS - nowMs(), Promise.all(before));
    return shootNow(services, opening, starter, armed, contender);
  });
  const others = Promise.all([...afterwards, ...late.map((one) => shootLate(services, opening, starter, one))]);
  // Awaited below; a volley that cannot be fired must not leave it unheard.
  others.catch(() => undefined);
  await firing;
  const volley = await Promise.all(following.map(({ series }) => series));
  return [...volley, ...(await others)].filter((series) => series !== undefined);
}

async function follow(
  services: OpeningServices,
  { anchorMs, aims, raced }: Volley,
  starter: Starter,
  { notAfterMs }: Armed,
  contender: Contender,
  shot: Shot,
): Promise<Series> {
  const nowMs = () => anchorMs + services.clock.monotonicMs();
  const series = await followShots(services, starter, contender, shot, { nowMs, notAfterMs, aims });
  raced(series);
  return series;
}

async function shootNow(
  services: OpeningServices,
  opening: Volley,
  starter: Starter,
  armed: Armed,
  contender: Contender,
): Promise<Series> {
  // Thrown only before anything is written, by a starter that has closed.
  const shot = await starter
    .shootNow(contender.request, armed.notAfterMs())
    .catch((error: unknown) => notSent(asFailure(error).code));
  return follow(services, opening, starter, armed, contender, shot);
}

/** Somebody who was not ready when the volley was loaded: armed and shot alone, never before the others. */
async function shootLate(
  services: OpeningServices,
  opening: Volley,
  starter: Starter,
  { prebooking, ready }: Prepared['late'][number],
): Promise<Series | undefined> {
  const { clock, logger } = services;
  const { anchorMs, atMs } = opening;
  const sleepUntil = (instantMs: number) => clock.sleep(instantMs - anchorMs - clock.monotonicMs());
  const one = await ready;
  if (one && !isContender(one)) opening.decided(one);
  if (!one || !isContender(one)) return undefined;
  const { doubled } = takeFirstAims(opening.aims, [one]);
  doubled.forEach(opening.decided);
  if (doubled.length > 0) return undefined;
  await sleepUntil(atMs - ARM_LEAD_MS);
  const armed = await arm(services, opening, [one]).catch((error: unknown) => {
    logger.warn({ prebookingId: prebooking.id, code: asFailure(error).code }, 'race: a late one could not be armed');
  });
  if (!armed?.ids.has(prebooking.id)) return undefined;
  await sleepUntil(atMs);
  return shootNow(services, opening, starter, armed, one);
}

const notSent = (reason: string): Shot => ({
  index: -1,
  sentAtMs: undefined,
  firstByteAtMs: undefined,
  answeredAtMs: undefined,
  gymDateMs: undefined,
  result: { kind: 'not-sent', reason },
});
