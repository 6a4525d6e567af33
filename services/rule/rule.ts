// A wish that repeats each week: what a rule is, what it asks for on a day, and why a day may have become no prebooking. This file changes no rule:
// services/store/rule-store.ts changes rules, and services/expansion makes prebookings from the rule's days.
import { z } from 'zod';
import { type Alternative, alternativeShape } from '../prebooking/prebooking.ts';

/** What a rule asks for, every week. Days are YYYYMMDD in the box's time zone; weekday 1 is Monday. */
export interface RuleWish {
  readonly boxId: string;
  readonly weekday: number;
  /** The class's hour, as the gym names it. A rule has `timeId`, `className` or both; `className` alone means the class of that name at any hour. */
  readonly timeId?: string | undefined;
  readonly className?: string | undefined;
  readonly familyId?: string | undefined;
  readonly waitlist?: boolean | undefined;
  readonly alternatives?: readonly Alternative[] | undefined;
  /** `from` is the first day and `until` the last day for which the rule asks. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly paused?: boolean | undefined;
}

/** What an exception changes for one day of a rule; a field that is left out stays as in the rule. */
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

/**
 * What a rule asks for on one day, with the changes that the member made to the rule for that day alone. What the rule asked for is stored with the
 * day's prebooking, so that later changes of the rule are noticed.
 */
export const dayWishShape = z.looseObject({
  boxId: z.string(),
  timeId: maybe,
  className: maybe,
  familyId: maybe,
  waitlist: z.boolean(),
  alternatives: z.array(alternativeShape),
});
export type DayWish = Readonly<z.infer<typeof dayWishShape>>;

/** Why a rule asks for nothing on a day: it is switched off, has another weekday or other dates, leaves the day out, or the day is in a pause. */
export const RESTS = ['paused', 'not-its-day', 'skipped', 'vacation'] as const;
export type Rest = (typeof RESTS)[number];

/**
 * Why a day became no prebooking (yet):
 * - `class-gone`, `class-cancelled`, `class-closed`, `class-changed`: in the gym's list the class is missing, cancelled, not bookable or another;
 * - `class-ambiguous`: several classes fit the rule, and puntual chooses none of them;
 * - `not-listed`: the gym has not published the day, and the rule alone does not say enough to prebook;
 * - `gym-unreachable`: the day could not be read;
 * - `open-already`: the class was open before the rule asked, so the member books it by hand;
 * - `wished-already`: the member has made a wish for that class by hand;
 * - `too-many`: the member has as many wishes as a member may have;
 * - `no-tokens`: the member's plan has no plan tokens left in the period in which the class opens;
 * - `not-your-box`: the member's latest login did not name the box;
 * - `not-taken`: puntual refused the wish as invalid, or because the member had made too many wishes within an hour.
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

/** The findings that mean: the gym's timetable of the day differs from the rule. */
const DIFFERING: readonly DayFinding[] = [
  'class-gone',
  'class-cancelled',
  'class-closed',
  'class-changed',
  'class-ambiguous',
];
/** The findings about which the member has to do something, or there will be no prebooking. */
const HINDERED: readonly DayFinding[] = ['too-many', 'no-tokens', 'not-your-box', 'not-taken'];

/** Whether the member is notified of a finding (why a day became no prebooking); `isTimeToTell` decides when. */
export const isTold = (finding: DayFinding): boolean => DIFFERING.includes(finding) || HINDERED.includes(finding);
