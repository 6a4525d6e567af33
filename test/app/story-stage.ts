// Sets up the story of a member's evening (story.test.ts): real processes and a pretend gym. One class opens in a moment, another is open, and a
// third has a single place, which another member of the box has booked.
import { Client } from 'pg';
import { expect } from 'vitest';
import { declareOpening, signIn } from '../../demo/client.ts';
import { openStage, type Stage } from '../../demo/stage.ts';
import { CHARACTERS, openingsFrom, scenarioOf } from '../../demo/story.ts';
import { addDays } from '../../web/app/time.ts';
import { limitMs } from '../support/limits.ts';
import { type Home, makeHome } from '../support/main-process.ts';

/** The time, in ms, that a member has for signing in and prebooking before the class opens. */
const LEAD_MS = 25_000;
const FULL_CLASS = '2000_60';
const [ana, bruno] = CHARACTERS;

export interface Evening {
  readonly stage: Stage;
  /** The day of the class that opens in a moment; classes of the day before are already open, and classes of the day after open tomorrow. */
  readonly day: string;
  /**
   * Waits until the service has read the watched day, then cancels Bruno's booking, which fills the class `FULL_CLASS`. The service's next read of
   * the day is then due immediately.
   */
  freePlace(): Promise<void>;
  stop(): Promise<void>;
}

export async function openEvening(): Promise<Evening> {
  const home = await makeHome();
  const stage = await openStage(home.dataDir);
  const [opening] = openingsFrom(new Date(Date.now() + LEAD_MS));
  if (!opening) throw new Error('Expected the demo to have an opening.');
  const { day } = opening;
  const [box] = scenarioOf([opening]).boxes ?? [];
  const [slot] = box?.slots ?? [];
  if (!box || !slot) throw new Error('Expected the demo to have a class.');
  const calm = { ...slot, rivals: { count: 2 } };
  const { rivals: _, ...small } = { ...slot, time: '20:00 - 21:00', timeid: FULL_CLASS, limit: 1 };
  const open = addDays(day, -1);
  const slots = [slot, { ...calm, day: addDays(day, 1) }, { ...calm, day: open }, { ...small, day: open }];
  const members = scenarioOf([opening]).members?.map((one) => ({ ...one, boxes: [ana.box] })) ?? [];
  await stage.gym.control.reset({ ...scenarioOf([opening]), boxes: [{ ...box, slots }], members });
  await declareOpening(stage.stack, (await signIn(stage.stack, ana)).boxId, opening);
  const { control } = stage.gym;
  const taken = await control.bookByHand({ member: bruno.email, box: ana.box, day: open, timeid: FULL_CLASS });
  if (taken.reservationId === undefined) throw new Error(`Expected ${bruno.name} to have the place.`);
  const { reservationId } = taken;
  return {
    stage,
    day,
    freePlace: () => inDatabase(stage, (database) => seeFreed(database, () => control.cancelByHand({ reservationId }))),
    stop: () => strike(stage, home),
  };
}

async function strike(stage: Stage, home: Home): Promise<void> {
  await stage.stop();
  await home.remove();
}

async function inDatabase(stage: Stage, work: (database: Client) => Promise<void>): Promise<void> {
  const database = new Client({ connectionString: stage.stack.postgresUrl });
  await database.connect();
  await work(database).finally(() => database.end());
}

/**
 * Waits until the service has read the watched day, frees the place, and makes the service's next read of the day due now instead of a minute later.
 */
async function seeFreed(database: Client, free: () => Promise<boolean>): Promise<void> {
  const isRead = async () => (await database.query('select 1 from watch_days where read_at is not null')).rowCount;
  await expect.poll(isRead, { timeout: limitMs(20_000) }).toBe(1);
  if (!(await free())) throw new Error('Expected the place to be given back.');
  await database.query('update watch_days set next_at = now()');
}
