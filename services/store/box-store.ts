// Boxes, their members, and what members' bookings taught about one, shared by all its members.
// A lesson has an id: asked again after a lost answer, it counts once.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { BOX_ROLES, type DiscoveredBox, type UnplacedBox } from '../gym/gym.ts';
import type { OpeningRule } from '../prebooking/opening-rule.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, maybeNumber, text } from './column.ts';

const boxShape = z.object({
  id: z.string(),
  // The two columns under which the contract names a box of this gym.
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
    /** What earlier races taught: see `KnownClock` in services/gym/aim.ts. */
    evidence: z.number(),
    judgesLate: z.enum(['unknown', 'to-try', 'yes', 'no']),
    marginMs: z.number(),
    refusedMarginMs: maybeNumber,
    refusedAt: maybeInstant,
    /** The address at which the gym's clock is read, what an answer from there cost the gym, and when that was measured. */
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
/** A box, with `at` as the gym's port wants it. */
export const boxRow = boxShape.transform(withPlace);
/** One box as the database answers it. */
export type Box = z.infer<typeof boxRow>;

const ownBoxRow = boxShape.extend({ role: z.enum(BOX_ROLES) }).transform(withPlace);
/** A box as one member has it, with their role there. */
export type OwnBox = z.infer<typeof ownBoxRow>;

const placedBoxesRow = z.object({
  boxes: z.array(ownBoxRow),
  unplaced: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** The boxes left out differ from those of the login before. */
  isNews: z.boolean(),
});
/** The boxes that a login named for a member. */
export type PlacedBoxes = z.infer<typeof placedBoxesRow>;

const seenOpeningRow = z
  .object({ day: z.string(), timeId: z.string(), opensAt: instant })
  .transform(({ opensAt, ...slot }) => ({ opensAt, slot }));

const listedBoxRow = boxShape.extend({ members: z.number() }).transform(({ subdomain, aimharderBoxId, ...box }) => ({
  ...box,
  at: { slug: subdomain, platformBoxId: aimharderBoxId },
}));
/** A box with how many members go there. */
export type ListedBox = z.infer<typeof listedBoxRow>;

/** The verbs of boxes. */
export const boxStore = (call: Call) => ({
  /** Makes the member belong to exactly these boxes. One that the login did not place is found by its id, or left out. */
  placeBoxes: (userId: string, boxes: readonly (DiscoveredBox | UnplacedBox)[], now: Date) =>
    call('place_boxes', { user_id: userId, boxes, now }, placedBoxesRow),
  /** How many boxes of members have no place, by reason. */
  countUnplaced: () => call('count_unplaced', {}, z.record(z.string(), z.number())),
  readMemberBoxes: (userId: string) => call('read_member_boxes', { user_id: userId }, z.array(ownBoxRow)),
  /** Every box, by name; a thousand at most. */
  listBoxes: () => call('list_boxes', {}, z.array(listedBoxRow)),
  readBox: (id: string) => call('read_box', { id }, boxRow.nullable()),
  /** Sets the rule, the zone or both; without a rule the present one stays. Returns the number of boxes changed. */
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
  /** A place can be given back without loss until this many minutes before its class; null: not known. Returns the number of boxes changed. */
  declareFreeCancel: (boxId: string, minutes: number | null) =>
    call('declare_free_cancel', { box_id: boxId, minutes }, z.number()),
  /** The same, by box; those alone that are declared. */
  readFreeCancels: () => call('read_free_cancels', {}, z.record(z.string(), z.number())),
  /** Undefined as rule: the present one failed, and no better one is known. Returns the box as it now stands. */
  teachOpeningRule: (boxId: string, rule: OpeningRule | undefined, source: 'announced' | 'observed') =>
    call('teach_opening_rule', { box_id: boxId, rule, source, lesson: randomUUID() }, boxRow.nullable()),
  /** Moves an assumed zone only. `postponed`: the wish that was refused at the earlier instants; without one the opening was seen. */
  teachTimeZone: (boxId: string, timeZone: string, postponed: string | undefined) =>
    call('teach_time_zone', { box_id: boxId, time_zone: timeZone, postponed }, boxRow.nullable()),
  /** Returns the box's latest seen openings, this one first. */
  noteOpening: (a: { boxId: string; day: string; timeId: string; opensAt: Date; now: Date }) =>
    call(
      'note_opening',
      { box_id: a.boxId, day: a.day, time_id: a.timeId, opens_at: a.opensAt, now: a.now },
      z.array(seenOpeningRow),
    ),
  /** Stores what is known of the gym's clock. Values replace, so that the same lesson may be stored twice. Absent fields stay. */
  noteClock: (boxId: string, clock: Partial<Box['clock']>) =>
    call('note_clock', { box_id: boxId, clock }, boxRow.nullable()),
});
