// Rules, their days and pauses in requests and answers: one shape each, for every endpoint that speaks of them.
import { z } from '@hono/zod-openapi';
import { zonedText } from '../services/prebooking/opening-rule.ts';
import { STATUSES } from '../services/prebooking/prebooking.ts';
import { readinessShape } from '../services/prebooking/readiness.ts';
import { WARNINGS } from '../services/prebooking/warnings.ts';
import type { AgendaItem } from '../services/rule/agenda.ts';
import type { PreviewDay } from '../services/rule/preview.ts';
import { DAY_FINDINGS, RESTS } from '../services/rule/rule.ts';
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

/** 1 is Monday; `from` and `until` are the first and last day of a class. */
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
/** `skip`, or fields that are other than the rule's on that day. */
export const exceptionWishShape = z
  .strictObject({ day, skip: z.literal(true).optional(), ...wishFields })
  .refine(({ day: _, skip, ...fields }) => {
    const given = Object.values(fields).filter((value) => value !== undefined).length;
    return skip ? given === 0 : given > 0;
  }, 'expected skip alone, or other fields of the wish')
  .openapi('RuleExceptionWish');
/** By the days of the classes, both included. */
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

/** Prebookings that followed a change: withdrawn, or kept since booking has begun for them. */
const followed = {
  withdrawn: z.array(z.string()),
  kept: z.array(z.string()),
};
export const changedRuleShape = z.object({ rule: ruleShape, ...followed });
export const removedRuleShape = z.object(followed);
/** What the member should know, and how ready a wish of this rule would be by our own rows. */
export const keptRuleShape = changedRuleShape.extend({
  warnings: z.array(z.enum(WARNINGS)),
  readiness: readinessShape,
});
/** What the member has or waits for inside of a pause: it stays. */
const insideShape = z.object({
  boxId: z.string(),
  day: z.string(),
  timeId: z.string(),
  className: z.string().nullable(),
  state: z.string(),
  reservationId: z.string().optional(),
  /** Of the prebooking. */
  id: z.string().optional(),
});
export const keptPauseShape = z.object({
  pause: pauseShape,
  ...followed,
  inside: z.array(insideShape),
  /** The gym could not be asked: what is booked there by hand may be missing in `inside`. */
  stale: z.boolean(),
});

/** What the gym shows of a day; `not-listed`: not published yet; `not-asked`: the gym could not be asked, or was asked enough. */
export const SHOWN = [
  'class-found',
  'class-cancelled',
  'class-closed',
  'class-changed',
  'class-gone',
  'class-ambiguous',
  'not-listed',
  'not-asked',
] as const;
const previewDayShape = z
  .object({
    day: z.string(),
    /** In the box's zone, as its clock shows it; null where the rule names no hour and the class is not listed. */
    startsAt: instant.nullable(),
    /** The same; null where it is not known. */
    opensAt: instant.nullable(),
    /** `asked`: there is a prebooking; `will-ask`: there will be one; `rests`: see `rests`; `open-already`: it is booked by hand. */
    state: z.enum(['asked', 'will-ask', 'rests', 'open-already']),
    rests: z.enum(RESTS).optional(),
    prebooking: z.object({ id: z.string(), status: z.enum(STATUSES) }).nullable(),
    /** Why there was no prebooking at the last look of the service. */
    finding: z.enum(DAY_FINDINGS).optional(),
    shows: z.enum(SHOWN),
    class: z
      .object({ id: z.string(), timeId: z.string(), name: z.string(), inMyPlan: z.boolean().nullable() })
      .nullable(),
    /** The box's own words about the day: a holiday, say. */
    notices: z.array(z.string()),
    /** This day has an exception. */
    exception: z.boolean(),
    /** The box's clock changes between the same class a week before and this one, or between its opening and its start. */
    clockChange: z.object({ at: instant, offsetBefore: z.string(), offsetAfter: z.string() }).nullable(),
    warnings: z.array(z.enum(WARNINGS)),
  })
  .openapi('RulePreviewDay');
export const previewShape = z
  .object({ ruleId: z.string(), boxId: z.string(), timeZone: z.string(), days: z.array(previewDayShape) })
  .openapi('RulePreview');

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

/** A place or a wish inside of a pause. */
export const toInside = (item: AgendaItem): z.infer<typeof insideShape> => ({
  boxId: item.boxId,
  day: item.day,
  timeId: item.timeId ?? '',
  className: item.className ?? null,
  state: item.state,
  ...(item.reservationId !== undefined && { reservationId: item.reservationId }),
  ...(item.id !== undefined && { id: item.id }),
});

/** Instants as the clock of the box shows them. */
export function toPreview({ rule, box, days }: PreviewRows): z.infer<typeof previewShape> {
  const { timeZone } = box;
  const shown = (at: Date | undefined): string | null => (at ? zonedText(at, timeZone) : null);
  const toDay = (one: PreviewDay): z.infer<typeof previewDayShape> => ({
    day: one.day,
    startsAt: shown(one.startsAt),
    opensAt: shown(one.opensAt),
    state: one.state,
    ...(one.rests && { rests: one.rests }),
    prebooking: one.prebooking ? { id: one.prebooking.id, status: one.prebooking.status } : null,
    ...(one.finding && { finding: one.finding }),
    shows: one.shows,
    class: one.slot
      ? { id: one.slot.id, timeId: one.slot.timeId, name: one.slot.name, inMyPlan: one.slot.isInPlan ?? null }
      : null,
    notices: [...one.notices],
    exception: one.hasException,
    clockChange: one.clockChange ? { ...one.clockChange, at: zonedText(one.clockChange.at, timeZone) } : null,
    warnings: [...one.warnings],
  });
  return { ruleId: rule.id, boxId: rule.boxId, timeZone, days: days.map(toDay) };
}
interface PreviewRows {
  readonly rule: Pick<Rule, 'id' | 'boxId'>;
  readonly box: { readonly timeZone: string };
  readonly days: readonly PreviewDay[];
}
