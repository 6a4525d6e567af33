// A wish that repeats: what a rule is, what it asks for on a day, and why a day may have become no prebooking. Nothing here changes a rule:
// services/store/rule-store.ts does, and services/expansion makes prebookings of its days.
import { z } from 'zod';
import { type Alternative, alternativeShape } from '../prebooking/prebooking.ts';

/** What a rule asks for, every week. Days are YYYYMMDD in the box's zone; 1 is Monday. */
export interface RuleWish {
  readonly boxId: string;
  readonly weekday: number;
  /** One of the two at least: the hour, or the class that is meant whatever its hour. */
  readonly timeId?: string | undefined;
  readonly className?: string | undefined;
  readonly familyId?: string | undefined;
  readonly waitlist?: boolean | undefined;
  readonly alternatives?: readonly Alternative[] | undefined;
  /** First and last day of a class. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly paused?: boolean | undefined;
}

/** What stands in an exception; a field left out is as in the rule. */
export interface ExceptionFields {
  readonly timeId?: string | undefined;
  readonly className?: string | undefined;
  readonly familyId?: string | undefined;
  readonly waitlist?: boolean | undefined;
  readonly alternatives?: readonly Alternative[] | undefined;
}

const maybe = z
  .string()
  .nullish()
  .transform((v) => v ?? undefined);

/** What a rule asks for on one day, its exception included. Stored as it was, so that the database can compare it with what the rule asks for now. */
export const dayWishShape = z.looseObject({
  boxId: z.string(),
  timeId: maybe,
  className: maybe,
  familyId: maybe,
  waitlist: z.boolean(),
  alternatives: z.array(alternativeShape),
});
export type DayWish = Readonly<z.infer<typeof dayWishShape>>;

/** Why a rule asks for nothing on a day: it is paused, it has another weekday or other dates, that day is left out, or the member is away. */
export const RESTS = ['paused', 'not-its-day', 'skipped', 'vacation'] as const;
export type Rest = (typeof RESTS)[number];

/**
 * Why a day became no prebooking (yet):
 * - `class-gone`, `class-cancelled`, `class-closed`, `class-changed`: what the gym's day shows in its place;
 * - `class-ambiguous`: several classes answer to the rule, and none is guessed;
 * - `not-listed`: the gym has not published the day, and without it there is nothing to go by;
 * - `gym-unreachable`: the day could not be read;
 * - `open-already`: it was open before the rule asked: it is booked by hand;
 * - `wished-already`: the member has a wish for that class by hand;
 * - `too-many`: the member has as many wishes as a member may have;
 * - `no-tokens`: none are left in the period of its opening;
 * - `not-your-box`: the latest login did not name the box;
 * - `not-taken`: it was refused for another reason.
 */
export const DAY_FINDINGS = [
  'class-gone',
  'class-cancelled',
  'class-closed',
  'class-changed',
  'class-ambiguous',
  'not-listed',
  'gym-unreachable',
  'open-already',
  'wished-already',
  'too-many',
  'no-tokens',
  'not-your-box',
  'not-taken',
] as const;
export type DayFinding = (typeof DAY_FINDINGS)[number];

/** The timetable of the day differs from the rule. */
const DIFFERING: readonly DayFinding[] = [
  'class-gone',
  'class-cancelled',
  'class-closed',
  'class-changed',
  'class-ambiguous',
];
/** The member has to do something, or there will be no prebooking. */
const HINDERED: readonly DayFinding[] = ['too-many', 'no-tokens', 'not-your-box', 'not-taken'];

/** A day before its opening the member is notified of these. */
export const isTold = (finding: DayFinding): boolean => DIFFERING.includes(finding) || HINDERED.includes(finding);
