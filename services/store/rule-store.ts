// The database calls for rules (wishes that repeat every week), for their exceptions (single days on which a rule asks for something else or for
// nothing) and for pauses. The database calls for the days that rules ask for are in rule-day-store.ts.
import { z } from 'zod';
import { alternativeShape } from '../prebooking/prebooking.ts';
import type { ExceptionFields, RuleWish } from '../rule/rule.ts';
import type { Call } from './call.ts';
import { instant, text } from './column.ts';

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
/** One rule, with the single days on which it asks for something else or for nothing (`exceptions`). */
export type Rule = z.infer<typeof ruleRow>;

const pauseRow = z.object({ id: z.string(), from: z.string(), to: z.string(), boxId: text, createdAt: instant });
/** Days for which the member's rules ask nothing, at the box `boxId`, or at every box if `boxId` is absent. */
export type RulePause = z.infer<typeof pauseRow>;

/** The prebookings that a change of a rule affects: withdrawn ones, and those kept because they were claimed or armed. */
const followedRow = z.object({ withdrawn: z.array(z.string()), kept: z.array(z.string()) });
export type Followed = z.infer<typeof followedRow>;
const keptRuleRow = followedRow.extend({ rule: ruleRow });
const keptPauseRow = followedRow.extend({ pause: pauseRow });

/** The database calls for rules. */
export const ruleStore = (call: Call) => ({
  readRules: (userId: string) => call('read_rules', { user_id: userId }, z.array(ruleRow)),
  /** Creates or changes a rule. Returns null if the rule is another member's, or if it was to be changed and is gone. */
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
  /**
   * Stores that a rule asks for nothing on one day (`skip` is true), or asks for something else on that day (`fields`). If `skip` is absent, what is
   * stored for the day is deleted.
   */
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
  exportRules: (userId: string) =>
    call(
      'export_rules',
      { user_id: userId },
      z.object({
        rules: z.array(z.record(z.string(), z.unknown())),
        pauses: z.array(z.record(z.string(), z.unknown())),
      }),
    ),
});
