// Loads the requests of all entrants of one race into the sender, arms and fires them together, and follows each entrant to the end of its shots. An
// entrant that is not ready when the requests are loaded shoots later, once it is ready. The armed mark is committed before any request is sent;
// conclude.ts finds out afterwards what places the members got.
import { within } from '../clock.ts';
import { openTimedSender } from '../timed-sender/timed-sender.ts';
import { arm } from './arm.ts';
import { sleepUnlessLeaving } from './claim.ts';
import type { Ends } from './conclude.ts';
import { type Entrant, type Turns, turnsOf } from './entrant.ts';
import { ARM_LEAD_MS, WARMING_MS } from './fire-time.ts';
import { type Firing, shootInTurn } from './firing.ts';
import { type Late, shootLate } from './late-start.ts';
import type { Race } from './race-context.ts';
import type { EntrantShots } from './shots.ts';
import { createTurnQueue } from './turn-queue.ts';
import { fireFirst } from './volley.ts';

/**
 * The longest time, in ms, that an entrant waits for the entrants before it in its class. `MAX_TURN_MS` counts from the actual firing, which may
 * come long after the opening. `MAX_TURN_MS` is as long as an entrant's further tries take (shot-rules.ts), so that no later entrant shoots between
 * two tries of an earlier entrant.
 */
const MAX_TURN_MS = 3_500;

/**
 * Loads, arms and fires the entrants, and follows each entrant until its last shot is over. Throws database/…, and prebooking/not-yet when the race
 * is left to another process.
 */
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
    return await shootAll({ race, sender, ends, queue: createTurnQueue() }, turns, late);
  } finally {
    await sender.close();
  }
}

/**
 * Arms all entrants, and fires those that shoot at the firing instant. Entrants with a later turn shoot when the shots of the entrants before them in
 * their class are over.
 */
async function shootAll(
  parts: Omit<Firing, 'turnLeftMs'>,
  { first, behind }: Turns,
  late: Late,
): Promise<EntrantShots[]> {
  const { race, queue } = parts;
  await sleepUnlessLeaving(race, race.atMs - ARM_LEAD_MS - race.nowMs());
  const armed = await arm(race, [...first, ...behind]);
  if (armed.ids.size > 0) race.claims.renewed(armed.beganAtMs);
  const endsAtMs = Math.max(race.atMs, race.nowMs()) + MAX_TURN_MS;
  const firing: Firing = { ...parts, turnLeftMs: () => endsAtMs - race.nowMs() };
  const volley = fireFirst(firing, armed, first);
  const lates = late.map((one) => {
    const end = shootLate(firing, one, volley);
    queue.joinLate(one.prebooking, end);
    return end;
  });
  const afterwards = behind
    .filter(({ prebooking }) => armed.ids.has(prebooking.id))
    .map((entrant) => {
      const end = shootInTurn(firing, armed, entrant);
      queue.joinBehind(entrant, end);
      return end;
    });
  const others = Promise.all([...afterwards, ...lates]);
  // `others` (the shots of entrants with a later turn and of late entrants) is awaited only below. If `volley.ends` rejects first, a rejection of
  // `others` must not count as unhandled.
  others.catch(() => undefined);
  return [...(await volley.ends), ...(await others)].filter((shots) => shots !== undefined);
}
