// The race itself: whoever is ready is loaded, fired and followed, and each end is written down as it comes.
// Who is ready when is prepare.ts's business.
import { within } from '../clock.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { openTimedSender } from '../timed-sender/timed-sender.ts';
import { lessonOf } from './conclude.ts';
import { shootAll } from './fire-all.ts';
import { ARM_LEAD_MS, WARMING_MS } from './fire-time.ts';
import { turnsOf } from './firing-order.ts';
import { learnFromRace } from './learn-opening.ts';
import { takeFirstAims } from './one-attempt-a-class.ts';
import type { Prepared } from './prepare.ts';
import type { OpeningServices, Race } from './race-context.ts';
import { collectEnds, type Ends } from './results.ts';
import type { EntrantShots } from './shots.ts';

export interface Raced {
  readonly settled: Prebooking[];
  /** So many whose day could not be read in time. */
  readonly unseen: number;
}

/** Throws prebooking/not-yet when it is left to another, database/…. */
export async function race(services: OpeningServices, opening: Race, prepared: Prepared): Promise<Raced> {
  const ends = collectEnds(services, opening);
  const { entrants, doubled } = takeFirstAims(opening.aims, prepared.entrants);
  for (const one of [...prepared.decided, ...doubled]) ends.decided(one);
  const isRace = entrants.length + prepared.late.length > 0;
  const raced = isRace ? await fire(services, opening, { ...prepared, entrants }, ends) : [];
  const taught = await lessonOf(services, opening.box, raced);
  const settled = await ends.all(taught);
  await learnFromRace(services, taught, opening, raced);
  const late = await Promise.all(prepared.late.map(({ ready }) => ready));
  return { settled, unseen: late.filter((one) => one === undefined).length };
}

async function fire(
  services: OpeningServices,
  opening: Race,
  { entrants, late }: Prepared,
  ends: Ends,
): Promise<EntrantShots[]> {
  const { clock, logger } = services;
  const { anchorMs, atMs, box, estimate } = opening;
  const nowMs = () => anchorMs + clock.monotonicMs();
  const sender = await openTimedSender({ ...services.senderOptions, anchorMs });
  try {
    const turns = turnsOf(entrants);
    const warmingMs = Math.max(atMs - ARM_LEAD_MS - nowMs(), WARMING_MS);
    const warmth = await within(clock, warmingMs, sender.load(turns.first.map((one) => one.request)));
    ends.ready(nowMs());
    const { offsetMs: clockOffsetMs, rttMs } = estimate ?? {};
    const crowd = { racing: entrants.length, late: late.length, ...warmth };
    logger.info({ box: opening.at.slug, ...crowd, clockOffsetMs, rttMs, marginMs: box.clock.marginMs }, 'race: ready');
    return await shootAll(services, { ...opening, ...ends }, sender, turns, late);
  } finally {
    await sender.close();
  }
}
