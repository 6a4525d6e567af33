// Boxes, their members, and what members' bookings showed about a box (opening rule, time zone, clock), shared by all its members.
// `teachOpeningRule` sends a new id with each observation of an opening rule: if the database call is repeated, the observation still counts once.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { BOX_ROLES, type DiscoveredBox, type UnplacedBox } from '../gym/gym.ts';
import type { OpeningRule } from '../prebooking/opening-rule.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, maybeNumber, text } from './column.ts';

const boxShape = z.object({
  id: z.string(),
  // puntual's HTTP API calls the two ids of a box at the gym `aimharderBoxId` and `subdomain`.
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
    /** The evidence, −2 to 2, of when the gym writes the `Date` header: below 0 at the start of its work on a request, above 0 at the end. */
    evidence: z.number(),
    judgesLate: z.enum(['unknown', 'to-try', 'yes', 'no']),
    marginMs: z.number(),
    refusedMarginMs: maybeNumber,
    refusedAt: maybeInstant,
    /**
     * The address of the page at which the gym's clock is read. `addressThinkingMs` is the gym's working time for the page at `address`, as measured
     * at the instant `addressAt`.
     */
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
/** Parses a box's database row into a box. The field `at` holds the box's two names at its gym platform, as the `GymBox` of services/gym/gym.ts. */
export const boxRow = boxShape.transform(withPlace);
/** A box as the store returns it. */
export type Box = z.infer<typeof boxRow>;

const ownBoxRow = boxShape.extend({ role: z.enum(BOX_ROLES) }).transform(withPlace);
/** A box of one member, with the member's role there. */
export type OwnBox = z.infer<typeof ownBoxRow>;

const placedBoxesRow = z.object({
  boxes: z.array(ownBoxRow),
  unplaced: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** True if the gym named boxes of the member that the service could not identify, and they differ from those of the member's previous login. */
  isNews: z.boolean(),
});
/** The boxes that the gym named at a member's login; `unplaced` are those that the service could not identify, with the reason. */
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
   * Makes the member belong to exactly the given boxes. A box that the gym named without an address is found by the gym's id of it; if no stored box
   * has that id, the box is returned in `unplaced`.
   */
  placeBoxes: (userId: string, boxes: readonly (DiscoveredBox | UnplacedBox)[], now: Date) =>
    call('place_boxes', { user_id: userId, boxes, now }, placedBoxesRow),
  /** Counts, by reason, the members' boxes that `placeBoxes` could not identify. */
  countUnplaced: () => call('count_unplaced', {}, z.record(z.string(), z.number())),
  readMemberBoxes: (userId: string) => call('read_member_boxes', { user_id: userId }, z.array(ownBoxRow)),
  /** Every box, in order of name, a thousand at most. */
  listBoxes: () => call('list_boxes', {}, z.array(listedBoxRow)),
  readBox: (id: string) => call('read_box', { id }, boxRow.nullable()),
  /** Sets the opening rule, the time zone or both; an absent field stays as it is. Returns 1 if the box was changed, else 0. */
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
  /**
   * Sets the box's limit of free cancellation, in minutes before a class; null: not known. A later cancellation costs the member a booking of the
   * plan at the gym. Returns 1 if the box was changed, else 0.
   */
  declareFreeCancel: (boxId: string, minutes: number | null) =>
    call('declare_free_cancel', { box_id: boxId, minutes }, z.number()),
  /** By box id: the limit of free cancellation, in minutes before a class. A box without a declared limit is absent from the result. */
  readFreeCancels: () => call('read_free_cancels', {}, z.record(z.string(), z.number())),
  /**
   * Records the opening rule that follows from the gym's answer to a booking request: the answer named the opening (`announced`), or the class was
   * open (`observed`). If `rule` is undefined, the stored rule was wrong and no better one is known. Returns the box as it is afterwards.
   */
  teachOpeningRule: (boxId: string, rule: OpeningRule | undefined, source: 'announced' | 'observed') =>
    call('teach_opening_rule', { box_id: boxId, rule, source, lesson: randomUUID() }, boxRow.nullable()),
  /**
   * Sets the box's time zone to `timeZone` if the box's stored zone is only assumed. If `postponed`, the id of a prebooking, is given, the zone is
   * changed only if the prebooking was postponed because the gym said that the class opens later. The caller leaves `postponed` undefined if, in
   * the caller's race, the gym first answered "too early" and later showed the class open.
   */
  teachTimeZone: (boxId: string, timeZone: string, postponed: string | undefined) =>
    call('teach_time_zone', { box_id: boxId, time_zone: timeZone, postponed }, boxRow.nullable()),
  /**
   * Stores the instant `opensAt` at which a class of the box opened, as a race observed. Returns the box's most recently seen openings, at most 12;
   * the opening that this call stored is the first in the list.
   */
  noteOpening: (a: { boxId: string; day: string; timeId: string; opensAt: Date; now: Date }) =>
    call(
      'note_opening',
      { box_id: a.boxId, day: a.day, time_id: a.timeId, opens_at: a.opensAt, now: a.now },
      z.array(seenOpeningRow),
    ),
  /** Stores what is known of the gym's clock at one box. Given fields replace the stored ones, absent fields stay: a repeated call is harmless. */
  noteClock: (boxId: string, clock: Partial<Box['clock']>) =>
    call('note_clock', { box_id: boxId, clock }, boxRow.nullable()),
});
