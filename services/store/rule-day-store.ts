// The days of rules: which days are stored, for which the gym's list is due to be read, which have a prebooking, and why other days have none.
import { z } from 'zod';
import { DAY_FINDINGS, type DayFinding, type DayWish, dayWishShape, RESTS } from '../rule/rule.ts';
import { boxRow } from './box-store.ts';
import type { Call } from './call.ts';
import { maybeInstant, text } from './column.ts';
import { type NewPrebooking, newColumns, prebookingRow } from './prebooking-store.ts';

const finding = z
  .enum(DAY_FINDINGS)
  .nullish()
  .transform((v) => v ?? undefined);
/** One day of a rule. `rests` says why the rule does not ask for the day. */
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

/** A rule's day that has not become a prebooking yet. */
const openDayRow = z.object({
  ruleId: z.string(),
  boxId: z.string(),
  day: z.string(),
  opensAt: maybeInstant,
  finding,
  wish: dayWishShape,
});

const dueDayRow = z.object({
  ruleId: z.string(),
  day: z.string(),
  userId: z.string(),
  boxId: z.string(),
  /** Undefined while it is not known when the box opens its classes. */
  opensAt: maybeInstant,
  /** Undefined if the rule does not ask for the day any more. */
  wish: dayWishShape.nullish().transform((v) => v ?? undefined),
  /** Whether the member has a background session that may still work at the gym. */
  hasLogin: z.boolean(),
});
/** A day of a rule for which the gym's list of classes is due to be read. */
export type DueRuleDay = z.infer<typeof dueDayRow>;
const dueRow = z.object({ days: z.array(dueDayRow), boxes: z.array(boxRow) });

/** Why one day of a rule became no prebooking, and when the gym's list of the day is read again. */
export interface RuleDayLine {
  readonly ruleId: string;
  readonly day: string;
  readonly finding: DayFinding | undefined;
  /** The text of the gym's notice for the day, if the gym's list of the day held one and the member is told of the finding. */
  readonly said?: string | undefined;
  /** When to read the gym's list of the day again; undefined: it is not read again. */
  readonly lookAt: Date | undefined;
  /** True: the member gets a notice, at most one for each finding of the day. */
  readonly tell: boolean;
  readonly timeId?: string | undefined;
  readonly className?: string | undefined;
}

/** The database calls for the days of rules. */
export const ruleDayStore = (call: Call) => ({
  /** The given days of a rule, whether the rule asks for them or not. */
  readRuleDays: (ruleId: string, days: readonly string[]) =>
    call('read_rule_days', { rule_id: ruleId, days }, z.array(dayRow)),
  readOpenRuleDays: (userId: string, from: string, to: string) =>
    call('read_open_rule_days', { user_id: userId, from, to }, z.array(openDayRow)),
  /** Stores the coming days of each rule that is due to be planned; returns how many rules were planned. */
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
  /**
   * Creates the prebooking of a rule's day. Returns null if the rule is gone, asks for something else on the prebooking's day or already had a
   * prebooking for that day, or if the member is not admitted. Throws what `createPrebooking` throws.
   */
  createRulePrebooking: ({ rule, ...a }: NewPrebooking & { rule: { readonly id: string; readonly wish: DayWish } }) =>
    call('create_rule_prebooking', { rule_id: rule.id, wish: rule.wish, ...newColumns(a) }, prebookingRow.nullable()),
  /** Stores why days of rules became no prebooking; returns how many notices to members were posted. */
  noteRuleDays: (lines: readonly RuleDayLine[], now: Date) => call('note_rule_days', { lines, now }, z.number()),
});
