// The shapes, in requests and answers of every endpoint, of a member's rules, of the exceptions to a rule, and of the pauses of rules.
import { z } from '@hono/zod-openapi';
import { readinessShape } from '../services/prebooking/readiness.ts';
import { WARNINGS } from '../services/prebooking/warnings.ts';
import type { AgendaItem } from '../services/rule/agenda.ts';
import type { Rule, RulePause } from '../services/store/rule-store.ts';
import { day, id, instant, label } from './router.ts';

const timeId = z.string().regex(/^([01]\d|2[0-3])[0-5]\d_\d{1,4}$/, 'expected start and minutes such as 1800_60');
const alternative = z.strictObject({ timeId: timeId.optional(), className: label.optional() });
const wishFields = {
  timeId: timeId.optional(),
  className: label.optional(),
  familyId: label.optional(),
  waitlist: z.boolean().optional(),
  alternatives: z.array(alternative).max(5).optional(),
};

/** A rule, as a request gives it. Weekday 1 is Monday; the rule makes prebookings for classes on the days `from` to `until`, both included. */
export const ruleWishShape = z
  .strictObject({
    boxId: id,
    weekday: z.int().min(1).max(7),
    ...wishFields,
    from: day.optional(),
    until: day.optional(),
    paused: z.boolean().optional(),
  })
  .refine(({ timeId, className }) => timeId !== undefined || className !== undefined, 'expected timeId or className')
  .refine(({ from, until }) => from === undefined || until === undefined || from <= until, 'expected from before until')
  .openapi('RuleWish');
/** An exception to a rule for one day: `skip`, or the fields that differ from the rule's on that day. */
export const exceptionWishShape = z
  .strictObject({ day, skip: z.literal(true).optional(), ...wishFields })
  .refine(({ day: _, skip, ...fields }) => {
    const given = Object.values(fields).filter((value) => value !== undefined).length;
    return skip ? given === 0 : given > 0;
  }, 'expected skip alone, or other fields of the wish')
  .openapi('RuleExceptionWish');
/** A pause of rules in a request: `from` and `to` are the first and the last day on which the rules ask for no class. */
export const pauseWishShape = z
  .strictObject({ from: day, to: day, boxId: id.optional() })
  .refine(({ from, to }) => from <= to, 'expected from before to')
  .openapi('PauseWish');

const answeredAlternative = z.object({ timeId: z.string().optional(), className: z.string().optional() });
const exceptionShape = z.object({
  day: z.string(),
  skip: z.boolean(),
  timeId: z.string().optional(),
  className: z.string().optional(),
  familyId: z.string().optional(),
  waitlist: z.boolean().optional(),
  alternatives: z.array(answeredAlternative).optional(),
});
export const ruleShape = z
  .object({
    id: z.string(),
    boxId: z.string(),
    weekday: z.number(),
    timeId: z.string().nullable(),
    className: z.string().nullable(),
    familyId: z.string().nullable(),
    waitlist: z.boolean(),
    alternatives: z.array(answeredAlternative),
    from: z.string().nullable(),
    until: z.string().nullable(),
    paused: z.boolean(),
    exceptions: z.array(exceptionShape),
    createdAt: instant,
  })
  .openapi('Rule');
export const pauseShape = z
  .object({ id: z.string(), from: z.string(), to: z.string(), boxId: z.string().nullable(), createdAt: instant })
  .openapi('Pause');

/**
 * The ids of the prebookings affected by a change of the member's rules or pauses. `withdrawn` lists those that were withdrawn; `kept` lists those
 * that stay because a race had already claimed them.
 */
const followed = {
  withdrawn: z.array(z.string()),
  kept: z.array(z.string()),
};
export const changedRuleShape = z.object({ rule: ruleShape, ...followed });
export const removedRuleShape = z.object(followed);
/** A stored rule with warnings for the member, and the readiness that a prebooking of this rule would have, computed from our own rows. */
export const keptRuleShape = changedRuleShape.extend({
  warnings: z.array(z.enum(WARNINGS)),
  readiness: readinessShape,
});
/** A class on a day of a member's pause. The member still has a place, a waitlist place or a prebooking for the class. */
const insideShape = z.object({
  boxId: z.string(),
  day: z.string(),
  timeId: z.string(),
  className: z.string().nullable(),
  state: z.string(),
  reservationId: z.string().optional(),
  /** The id of the prebooking for the class; absent for a class booked by hand. */
  id: z.string().optional(),
});
export const keptPauseShape = z.object({
  pause: pauseShape,
  ...followed,
  inside: z.array(insideShape),
  /** True if the gym could not be asked, so that the list `inside` (classes in the pause) may lack classes booked at the gym by hand. */
  stale: z.boolean(),
});

export const toRule = (rule: Rule): z.infer<typeof ruleShape> => ({
  id: rule.id,
  boxId: rule.boxId,
  weekday: rule.weekday,
  timeId: rule.timeId ?? null,
  className: rule.className ?? null,
  familyId: rule.familyId ?? null,
  waitlist: rule.waitlist,
  alternatives: rule.alternatives,
  from: rule.from ?? null,
  until: rule.until ?? null,
  paused: rule.paused,
  exceptions: rule.exceptions,
  createdAt: rule.createdAt.toISOString(),
});

export const toPause = ({ id, from, to, boxId, createdAt }: RulePause): z.infer<typeof pauseShape> => ({
  ...{ id, from, to, boxId: boxId ?? null },
  createdAt: createdAt.toISOString(),
});

/** Converts one item of the agenda on a paused day (a place, a waitlist place or a live prebooking) to an entry of the answer's list `inside`. */
export const toInside = (item: AgendaItem): z.infer<typeof insideShape> => ({
  boxId: item.boxId,
  day: item.day,
  timeId: item.timeId ?? '',
  className: item.className ?? null,
  state: item.state,
  ...(item.reservationId !== undefined && { reservationId: item.reservationId }),
  ...(item.id !== undefined && { id: item.id }),
});
