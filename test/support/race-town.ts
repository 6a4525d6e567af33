// Many races at one instant, each with a box and members of its own, so that tests of many faults take no longer than one race.
import { createPrebooking, type PrebookingWish } from '../../jobs/create-prebooking.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { ScenarioInput, SlotInput } from '../../simulator/scenario.ts';
import { limitMs } from './limits.ts';
import { classOpeningIn, type Soon } from './opening-town.ts';
import type { TestService } from './service.ts';

export interface Batch {
  /** The name of this case (a race with a box and members of its own), which is also the slug of its box. */
  readonly name: string;
  readonly members?: number;
  readonly slots?: readonly Partial<SlotInput>[];
}

export const emailOf = (lane: string, at = 0): string => `m${at}@${lane}.test`;
export const memberOf = (lanes: readonly Batch[], lane: string, at = 0): number =>
  100 * (lanes.findIndex((one) => one.name === lane) + 1) + at;

/** A class of one box, with the id, hour and name that `wishIn` asks for by default. */
const CLASS = { id: 501, time: '18:00 - 19:00', classId: 5, className: 'WOD', limit: 12 } as const;

export function raceTown(lanes: readonly Batch[], { opensAt, day }: Soon): ScenarioInput {
  const slot = (change: Partial<SlotInput>): SlotInput => ({ ...CLASS, day, opensAt: opensAt.getTime(), ...change });
  return {
    boxes: lanes.map(({ name, slots = [{}] }, at) => ({
      slug: name,
      boid: 77 + at,
      name,
      slots: slots.map(slot),
    })),
    members: lanes.flatMap(({ name, members = 1 }) =>
      Array.from({ length: members }, (_, at) => ({
        id: memberOf(lanes, name, at),
        name: `${name} ${at}`,
        email: emailOf(name, at),
        password: 'right',
        boxes: [name],
      })),
    ),
  };
}

/** Signs in a member of the test case that `lane` names (the `name` of a `Batch`), and stores that member's prebooking. */
export async function wishIn(
  app: TestService,
  lane: string,
  soon: Soon,
  change: Partial<PrebookingWish> & { member?: number } = {},
): Promise<Prebooking> {
  const { member: at = 0, ...wish } = change;
  const { member, boxes, device } = await app.signIn(emailOf(lane, at));
  return createPrebooking(app.services, {
    userId: member.id,
    deviceFingerprint: device.fingerprint,
    wish: {
      boxId: boxes[0]?.id ?? '',
      day: soon.day,
      timeId: '1800_60',
      className: 'WOD',
      opensAt: soon.opensAt,
      ...wish,
    },
  });
}

/** A provisional opening an hour ahead, used until all members are signed in and `openAll` sets the real opening. */
export const someDay = (): Soon => classOpeningIn(60 * 60_000);

/**
 * The default opening of `openAll` is at most this many ms away, however slow the machine is. A wake-up that comes more than a minute before the
 * opening would be put off (`CLAIM_LEAD_MS`).
 */
const MAX_LEAD_MS = 10_000;

/**
 * Sets every class at the boxes of `lanes`, and all prebookings in the database, to open `inMs` from now. Call `openAll` when all members are signed
 * in and all prebookings are stored.
 */
export async function openAll(
  app: TestService,
  lanes: readonly Batch[],
  { day }: Soon,
  inMs = Math.min(limitMs(2_000), MAX_LEAD_MS),
  /**
   * How many ms before the prebookings' opening the gym opens the classes, for a test in which no request may come too early, however busy the
   * machine is.
   */
  soonerMs = 0,
): Promise<Date> {
  const { opensAt } = classOpeningIn(inMs);
  for (const { name, slots = [{}] } of lanes) {
    for (const { id = 501 } of slots) {
      await app.gym.control
        .changeSlot({ slot: { box: name, day, id }, change: { opensAt: opensAt.getTime() - soonerMs } })
        .catch(() => undefined);
    }
  }
  await app.cloud.pool.query('update prebookings set opens_at = $1', [opensAt]);
  return opensAt;
}
