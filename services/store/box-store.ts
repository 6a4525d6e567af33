// Boxes, their members, and what members' bookings showed about a box (opening rule, time zone, clock), shared by all its members.
// An observation of the opening rule has an id, so that a call repeated after a lost answer counts once.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { BOX_ROLES, type DiscoveredBox, type UnplacedBox } from '../gym/gym.ts';
import type { OpeningRule } from '../prebooking/opening-rule.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, maybeNumber, text } from './column.ts';

const boxShape = z.object({
  id: z.string(),
  // `aimharderBoxId` and `subdomain` are the public API's names for the two ids of a box at the gym.
  aimharderBoxId: z.string(),
  subdomain: z.string(),
  name: z.string(),
  timeZone: z.string(),
  timeZoneSource: z.enum(['assumed', 'learned', 'declared']),
  openingRule: z.unknown().transform((v) => v ?? undefined),
  openingRuleSource: z.enum(['unknown', 'announced', 'observed', 'declared']),
  ruleAgreed: z.number(),
  ruleContradicted: z.number(),
  clock: z.object({
    /** How much earlier races have shown about the gym's clock: see `KnownClock` in services/gym/aim.ts. */
    evidence: z.number(),
    judgesLate: z.enum(['unknown', 'to-try', 'yes', 'no']),
    marginMs: z.number(),
    refusedMarginMs: maybeNumber,
    refusedAt: maybeInstant,
    /** The page at which the gym's clock is read. `addressThinkingMs` is the gym's working time for that page, measured at `addressAt`. */
    address: text,
    addressThinkingMs: maybeNumber,
    addressAt: maybeInstant,
  }),
});
const withPlace = <T extends { aimharderBoxId: string; subdomain: string }>({
  aimharderBoxId,
  subdomain,
  ...box
}: T) => ({
  ...box,
  at: { slug: subdomain, platformBoxId: aimharderBoxId },
});
/** A box, with its ids at the gym in `at`, in the form that services/gym/gym.ts takes. */
export const boxRow = boxShape.transform(withPlace);
/** A box as the store returns it. */
export type Box = z.infer<typeof boxRow>;

const ownBoxRow = boxShape.extend({ role: z.enum(BOX_ROLES) }).transform(withPlace);
/** A box of one member, with the member's role there. */
export type OwnBox = z.infer<typeof ownBoxRow>;

const placedBoxesRow = z.object({
  boxes: z.array(ownBoxRow),
  unplaced: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** Whether some boxes are left out, and not the same ones as at the login before. */
  isNews: z.boolean(),
});
/** The boxes that a login at the gym named for a member; `unplaced` are those left out, with the reason. */
export type PlacedBoxes = z.infer<typeof placedBoxesRow>;

const seenOpeningRow = z
  .object({ day: z.string(), timeId: z.string(), opensAt: instant })
  .transform(({ opensAt, ...slot }) => ({ opensAt, slot }));

const listedBoxRow = boxShape.extend({ members: z.number() }).transform(({ subdomain, aimharderBoxId, ...box }) => ({
  ...box,
  at: { slug: subdomain, platformBoxId: aimharderBoxId },
}));
/** A box with the number of its members. */
export type ListedBox = z.infer<typeof listedBoxRow>;

/** The database calls for boxes. */
export const boxStore = (call: Call) => ({
  /**
   * Makes the member belong to exactly these boxes. A box that the login named without its address is found by the gym's id of the box, or left out.
   */
  placeBoxes: (userId: string, boxes: readonly (DiscoveredBox | UnplacedBox)[], now: Date) =>
    call('place_boxes', { user_id: userId, boxes, now }, placedBoxesRow),
  /** How many boxes of members were left out by `placeBoxes`, by reason. */
  countUnplaced: () => call('count_unplaced', {}, z.record(z.string(), z.number())),
  readMemberBoxes: (userId: string) => call('read_member_boxes', { user_id: userId }, z.array(ownBoxRow)),
  /** Every box, in order of name, a thousand at most. */
  listBoxes: () => call('list_boxes', {}, z.array(listedBoxRow)),
  readBox: (id: string) => call('read_box', { id }, boxRow.nullable()),
  /** Sets the opening rule, the time zone or both; an absent field stays as it is. Returns the number of boxes changed. */
  declareOpeningRule: (a: {
    boxId: string;
    rule?: unknown;
    timeZone?: string;
    source: 'announced' | 'observed' | 'declared';
  }) =>
    call(
      'declare_opening_rule',
      { box_id: a.boxId, rule: a.rule, time_zone: a.timeZone, source: a.source },
      z.number(),
    ),
  /** Sets how many minutes before a class its place can still be cancelled free; null: not known. Returns the number of boxes changed. */
  declareFreeCancel: (boxId: string, minutes: number | null) =>
    call('declare_free_cancel', { box_id: boxId, minutes }, z.number()),
  /**
   * By box id: how many minutes before a class its place can still be cancelled free. Boxes without a declared limit for free cancelling are absent.
   */
  readFreeCancels: () => call('read_free_cancels', {}, z.record(z.string(), z.number())),
  /** Records the opening rule that a booking showed; `rule` undefined: the stored rule was wrong and no better one is known. Returns the box. */
  teachOpeningRule: (boxId: string, rule: OpeningRule | undefined, source: 'announced' | 'observed') =>
    call('teach_opening_rule', { box_id: boxId, rule, source, lesson: randomUUID() }, boxRow.nullable()),
  /**
   * Changes the box's time zone if that zone is only assumed. `postponed`: the id of the prebooking that showed the zone by being postponed until its
   * class opened; undefined if a race saw the class open.
   */
  teachTimeZone: (boxId: string, timeZone: string, postponed: string | undefined) =>
    call('teach_time_zone', { box_id: boxId, time_zone: timeZone, postponed }, boxRow.nullable()),
  /** Stores the instant at which a race saw a class open. Returns the box's latest seen openings, the one stored now first. */
  noteOpening: (a: { boxId: string; day: string; timeId: string; opensAt: Date; now: Date }) =>
    call(
      'note_opening',
      { box_id: a.boxId, day: a.day, time_id: a.timeId, opens_at: a.opensAt, now: a.now },
      z.array(seenOpeningRow),
    ),
  /** Stores what is known of the gym's clock. Given fields replace the stored ones, absent fields stay: a repeated call is harmless. */
  noteClock: (boxId: string, clock: Partial<Box['clock']>) =>
    call('note_clock', { box_id: boxId, clock }, boxRow.nullable()),
});
