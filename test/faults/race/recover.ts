// Ends a wave after its races: sweeps run, each after a move of all clocks, until every prebooking has ended or the steps of `STEPS_MS` are used up.
// After the last sweep of a wave, some members cancel their places at the gym, and the queue delivers its messages once more.
import { moveOn } from '../staging/clocks.ts';
import type { Stand } from '../staging/stand.ts';
import type { Opening } from './cast.ts';
import { deliver, type Stage } from './play.ts';

/** How far all clocks are moved on before each sweep of the recovery, in ms. */
const STEPS_MS = [13_000, 14_000, 4_000, 10_000, 30_000, 60_000, 60_000, 80_000] as const;
/** The step of the recovery (an index of `STEPS_MS`) from which on the gym's list works again for every member. */
const LIST_BACK_AT = 1;
/** The step of the recovery (an index of `STEPS_MS`) in which two processes sweep at the same time. */
const TOGETHER_AT = 1;

/** Plays the steps of the recovery: each moves all clocks on (`moveClocks`) and then sweeps. Returns the ids of prebookings that have not ended. */
export async function recover(stage: Stage): Promise<string[]> {
  for (const [step, byMs] of STEPS_MS.entries()) {
    if (step === LIST_BACK_AT) await stage.stand.gym.control.clearKnobs({ kind: 'status' });
    await moveClocks(stage, byMs);
    const [one, two] = stage.crew.calm;
    if (!one || !two) throw new Error('Expected two calm berths.');
    const berths = step === TOGETHER_AT ? [one, two] : [step % 2 === 0 ? two : one];
    const done = await Promise.all(berths.map((berth) => berth.send({ do: 'sweep' })));
    stage.witness.sweeps.push(...done.filter((each) => each !== undefined));
    if (step >= LIST_BACK_AT && (await open(stage.stand)).length === 0) break;
  }
  return open(stage.stand);
}

/** Moves the clocks of the service processes and of the gym on by `byMs`, and makes the database's leases and claims older by as much. */
async function moveClocks({ stand, crew }: Stage, byMs: number): Promise<void> {
  crew.offsetMs += byMs;
  await moveOn(stand, byMs);
}

async function open({ pool }: Stand): Promise<string[]> {
  const sql = `select id from prebookings where status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown')`;
  return (await pool.query<{ id: string }>(sql)).rows.map(({ id }) => id);
}

/**
 * Lets some members cancel their bookings at the gym. Eleven minutes later one more wake-up comes for every opening, as from a queue that has
 * forgotten which messages are duplicates.
 */
export async function redeliver(stage: Stage, openings: readonly Opening[]): Promise<void> {
  const { control } = stage.stand.gym;
  const second = new Set(
    openings.flatMap(({ players }) =>
      players.filter(({ plan }) => plan.fault.cancelsAfterwards).map(({ plan }) => plan.id),
    ),
  );
  for (const place of (await control.truth({})).reservations) {
    if (second.has(place.memberId) && place.state !== 'cancelled')
      await control.cancelByHand({ reservationId: place.id });
  }
  await moveClocks(stage, 11 * 60_000);
  await Promise.all(
    openings.map((opening) =>
      deliver(
        stage,
        { ...opening, plan: { ...opening.plan, fault: { ...opening.plan.fault, deliveries: [] } } },
        { atMs: 0, by: 'job' },
        1,
      ),
    ),
  );
}
