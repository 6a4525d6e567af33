// The shapes of what a pretend gym is made of: boxes, members, classes, opening rules. JSON that comes from outside the simulator is checked in this
// file, once. opening.ts and timetable.ts turn local times into instants.
import { z } from 'zod';
import { instantShape } from './instant.ts';
import { knobShape } from './knob-shapes.ts';
import { languageShape } from './language.ts';
import { classTime, slotFlags } from './slot-change-shape.ts';

const day = z.string().regex(/^\d{8}$/, 'Expected a day as YYYYMMDD');
const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Expected a box slug');
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'Expected HH:MM or HH:MM:SS');
export const openingShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('always') }),
  z.strictObject({ kind: z.literal('hours-before'), hours: z.number().nonnegative() }),
  z.strictObject({ kind: z.literal('days-before'), days: z.int().nonnegative() }),
  z.strictObject({ kind: z.literal('fixed-time'), days: z.int().nonnegative(), at: clockTime }),
  z.strictObject({ kind: z.literal('midnight'), days: z.int().nonnegative() }),
]);

/** Rivals: simulated strangers that ask for places `afterOpeningMs` ± `spreadMs` after the opening; the seed decides when exactly. */
const rivalsShape = z.strictObject({
  count: z.int().nonnegative(),
  afterOpeningMs: z.number().nonnegative().default(0),
  spreadMs: z.number().nonnegative().default(0),
});

const classShape = {
  time: classTime,
  timeid: z.string().optional(),
  classId: z.int(),
  className: z.string(),
  coachName: z.string().nullable().default(null),
  limit: z.int().nonnegative(),
  /** The waiting list: false means that there is none, true means one without a limit, and a number says how many members may wait on it. */
  waitlist: z.union([z.boolean(), z.int().nonnegative()]).default(false),
  rivals: rivalsShape.optional(),
  enabled: slotFlags.enabled.default(1),
  resadmin: slotFlags.resadmin.default(0),
  included: slotFlags.included.default(1),
  hidden: slotFlags.hidden.default(0),
  calledOff: slotFlags.calledOff.default(false),
};
const weeklyClassShape = z.strictObject({ ...classShape, weekday: z.int().min(1).max(7) });
export const slotShape = z.strictObject({
  ...classShape,
  day,
  id: z.int().optional(),
  opensAt: instantShape.optional(),
});

export const boxShape = z.strictObject({
  slug,
  boid: z.int(),
  name: z.string(),
  /** The domain ending of the box's host. */
  suffix: z.enum(['com', 'es']).default('com'),
  /** The language in which the gym words this box's refusals. */
  language: languageShape.default('es'),
  zone: z.string().default('Europe/Madrid'),
  opening: openingShape.default({ kind: 'always' }),
  lateCancelMinutes: z.number().nonnegative().default(60),
  /**
   * The box's address in a member's role at this box (`centre_url`); null: the role has no address; absent: the address made from the option
   * `centreUrlTemplate`.
   */
  centreUrl: z.string().nullable().optional(),
  timetable: z.array(weeklyClassShape).default([]),
  slots: z.array(slotShape).default([]),
});

export const memberShape = z.strictObject({
  id: z.int(),
  email: z.string(),
  password: z.string(),
  name: z.string(),
  boxes: z.array(slug).default([]),
  /** The member's role in all of the member's boxes. */
  role: z.enum(['client', 'coach', 'admin']).default('client'),
  family: z.array(z.strictObject({ id: z.int(), name: z.string() })).default([]),
  standing: z.enum(['ok', 'no-credit', 'unpaid']).default('ok'),
  dailyLimit: z.int().positive().optional(),
  bookingLimit: z.int().positive().optional(),
  weeklyQuota: z.int().positive().optional(),
});

export const scenarioShape = z.strictObject({
  seed: z.int().optional(),
  boxes: z.array(boxShape).default([]),
  members: z.array(memberShape).default([]),
  knobs: z.array(knobShape).default([]),
});

export type OpeningRule = z.infer<typeof openingShape>;
export type RivalPlan = z.infer<typeof rivalsShape>;
export type SlotPlan = z.infer<typeof slotShape>;
export type BoxPlan = z.infer<typeof boxShape>;
export type MemberPlan = z.infer<typeof memberShape>;
export type Scenario = z.infer<typeof scenarioShape>;
export type SlotInput = z.input<typeof slotShape>;
export type BoxInput = z.input<typeof boxShape>;
export type MemberInput = z.input<typeof memberShape>;
export type ScenarioInput = z.input<typeof scenarioShape>;
