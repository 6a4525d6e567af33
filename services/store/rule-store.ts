// Wishes that repeat: rules, exceptions, pauses, and the days that they stand for. How days become prebookings is in services/expansion.
import { z } from 'zod';
import { alternativeShape } from '../prebooking/prebooking.ts';
import { DAY_FINDINGS, type DayFinding, type DayWish, dayWishShape, type ExceptionFields, RESTS, type RuleWish } from '../rule/rule.ts';
import { boxRow } from './box-store.ts';
import type { Call } from './call.ts';
import { instant, maybeInstant, text } from './column.ts';
import { prebookingRow } from './prebooking-store.ts';

const exceptionRow = z.object({
  day: z.string(),
  skip: z.boolean(),
  timeId: text,
  className: text,
  familyId: text,
  waitlist: z.boolean().optional(),
  alternatives: z.array(alternativeShape).optional(),
});
const ruleRow = z.object({
  id: z.string(),
  userId: z.string(),
  boxId: z.string(),
  weekday: z.number(),
  timeId: text,
  className: text,
  familyId: text,
  waitlist: z.boolean(),
  alternatives: z.array(alternativeShape),
  from: text,
  until: text,
  paused: z.boolean(),
  createdAt: instant,
  exceptions: z.array(exceptionRow),
});
/** One rule with its exceptions. */
export type Rule = z.infer<typeof ruleRow>;

const pauseRow = z.object({ id: z.string(), from: z.string(), to: z.string(), boxId: text, createdAt: instant });
/** Days for which no rule asks; without a box at any of them. */
export type RulePause = z.infer<typeof pauseRow>;

/** What became of the prebookings that a change reached: withdrawn, or kept since they were claimed or armed. */
const followedRow = z.object({ withdrawn: z.array(z.string()), kept: z.array(z.string()) });
export type Followed = z.infer<typeof followedRow>;
const keptRuleRow = followedRow.extend({ rule: ruleRow });
const keptPauseRow = followedRow.extend({ pause: pauseRow });

const finding = z
  .enum(DAY_FINDINGS)
  .nullish()
  .transform((v) => v ?? undefined);
const dayRow = z.object({
  day: z.string(),
  rests: z
    .enum(RESTS)
    .nullish()
    .transform((v) => v ?? undefined),
  wish: dayWishShape.nullish().transform((v) => v ?? undefined),
  finding,
  said: text,
  prebooking: prebookingRow.nullish().transform((v) => v ?? undefined),
});
/** One day of a rule as it stands. `rests`: the rule does not ask for it. */
export type RuleDay = z.infer<typeof dayRow>;

const openDayRow = z.object({
  ruleId: z.string(),
  boxId: z.string(),
  day: z.string(),
  opensAt: maybeInstant,
  finding,
  wish: dayWishShape,
});
/** A day of a rule that has become no prebooking yet. */
export type OpenRuleDay = z.infer<typeof openDayRow>;

const dueDayRow = z.object({
  ruleId: z.string(),
  day: z.string(),
  userId: z.string(),
  boxId: z.string(),
  /** Undefined while nobody knows when the box opens its classes. */
  opensAt: maybeInstant,
  /** Undefined: the rule asks for it no more. */
  wish: dayWishShape.nullish().transform((v) => v ?? undefined),
  /** The member has a background session that may open the gym's door. */
  hasLogin: z.boolean(),
});
/** A day of a rule that is due to be looked at. */
export type DueRuleDay = z.infer<typeof dueDayRow>;
const dueRow = z.object({ days: z.array(dueDayRow), boxes: z.array(boxRow) });

/** What was found on a day that became no prebooking. */
export interface RuleDayLine {
  readonly ruleId: string;
  readonly day: string;
  readonly finding: DayFinding | undefined;
  /** The gym's own words about the day. */
  readonly said?: string | undefined;
  /** When to look again; undefined: no more. */
  readonly lookAt: Date | undefined;
  /** Tell the member, once for each finding. */
  readonly tell: boolean;
  readonly timeId?: string | undefined;
  readonly className?: string | undefined;
}

/** The verbs of rules. */
export const ruleStore = (call: Call) => ({
  readRules: (userId: string) => call('read_rules', { user_id: userId }, z.array(ruleRow)),
  /** Null for a rule that is not the member's, and for one that is gone where it was to be changed. */
  keepRule: (a: { id: string; userId: string; isNew: boolean; wish: RuleWish; now: Date }) =>
    call(
      'keep_rule',
      {
        id: a.id,
        user_id: a.userId,
        is_new: a.isNew,
        box_id: a.wish.boxId,
        weekday: a.wish.weekday,
        time_id: a.wish.timeId,
        class_name: a.wish.className,
        family_id: a.wish.familyId,
        waitlist: a.wish.waitlist ?? false,
        alternatives: a.wish.alternatives ?? [],
        from: a.wish.from,
        until: a.wish.until,
        paused: a.wish.paused ?? false,
        now: a.now,
      },
      keptRuleRow.nullable(),
    ),
  deleteRule: (id: string, userId: string, now: Date) =>
    call('delete_rule', { id, user_id: userId, now }, followedRow.nullable()),
  /** Without `skip` the exception is taken away. */
  keepRuleException: (a: {
    id: string;
    userId: string;
    day: string;
    skip: boolean | undefined;
    fields: ExceptionFields;
    now: Date;
  }) =>
    call(
      'keep_rule_exception',
      { id: a.id, user_id: a.userId, day: a.day, skip: a.skip, fields: a.fields, now: a.now },
      keptRuleRow.nullable(),
    ),
  readRulePauses: (userId: string) => call('read_rule_pauses', { user_id: userId }, z.array(pauseRow)),
  keepRulePause: (a: { id: string; userId: string; boxId: string | undefined; from: string; to: string; now: Date }) =>
    call(
      'keep_rule_pause',
      { id: a.id, user_id: a.userId, box_id: a.boxId, from: a.from, to: a.to, now: a.now },
      keptPauseRow,
    ),
  deleteRulePause: (id: string, userId: string, now: Date) =>
    call('delete_rule_pause', { id, user_id: userId, now }, z.number()),
  /** These days of a rule, whether it asks for them or not. */
  readRuleDays: (ruleId: string, days: readonly string[]) =>
    call('read_rule_days', { rule_id: ruleId, days }, z.array(dayRow)),
  readOpenRuleDays: (userId: string, from: string, to: string) =>
    call('read_open_rule_days', { user_id: userId, from, to }, z.array(openDayRow)),
  /** Writes the days of rules down whose turn it is; answers how many rules it was. */
  planRules: (a: {
    userId: string | undefined;
    aheadMs: number;
    listedDays: number;
    againMs: number;
    limit: number;
    now: Date;
  }) =>
    call(
      'plan_rules',
      {
        user_id: a.userId,
        ahead_ms: a.aheadMs,
        listed_days: a.listedDays,
        again_ms: a.againMs,
        limit: a.limit,
        now: a.now,
      },
      z.number(),
    ),
  ruleDaysDue: (a: { userId: string | undefined; opensBefore: Date | undefined; limit: number; now: Date }) =>
    call('rule_days_due', { user_id: a.userId, opens_before: a.opensBefore, limit: a.limit, now: a.now }, dueRow),
  /** Null where the rule asks for something else by now, is gone, or has asked for that day before. Throws as createPrebooking. */
  createRulePrebooking: (a: {
    rule: { readonly id: string; readonly wish: DayWish };
    id: string;
    userId: string;
    boxId: string;
    day: string;
    classId: string | undefined;
    timeId: string;
    className: string | undefined;
    familyId: string | undefined;
    waitlist: boolean;
    alternatives: DayWish['alternatives'];
    opensAt: Date;
    startsAt: Date;
    now: Date;
  }) =>
    call(
      'create_rule_prebooking',
      {
        rule_id: a.rule.id,
        wish: a.rule.wish,
        id: a.id,
        user_id: a.userId,
        box_id: a.boxId,
        day: a.day,
        class_id: a.classId,
        time_id: a.timeId,
        class_name: a.className,
        family_id: a.familyId,
        waitlist: a.waitlist,
        alternatives: a.alternatives,
        opens_at: a.opensAt,
        starts_at: a.startsAt,
        now: a.now,
      },
      prebookingRow.nullable(),
    ),
  /** Answers how many members are told. */
  noteRuleDays: (lines: readonly RuleDayLine[], now: Date) => call('note_rule_days', { lines, now }, z.number()),
  exportRules: (userId: string) =>
    call(
      'export_rules',
      { user_id: userId },
      z.object({ rules: z.array(z.record(z.string(), z.unknown())), pauses: z.array(z.record(z.string(), z.unknown())) }),
    ),
});
