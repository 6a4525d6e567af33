// The shape of a rule's preview in an answer: one entry for each day of the coming weeks, with instants as the box's clock shows them.
import { z } from '@hono/zod-openapi';
import { zonedText } from '../services/prebooking/opening-rule.ts';
import { STATUSES } from '../services/prebooking/prebooking.ts';
import { WARNINGS } from '../services/prebooking/warnings.ts';
import type { PreviewDay } from '../services/rule/preview.ts';
import { DAY_FINDINGS, RESTS } from '../services/rule/rule.ts';
import type { Rule } from '../services/store/rule-store.ts';
import { instant } from './router.ts';

/** What the gym shows for a day; `not-listed` if the gym has not published the day, `not-asked` if the service did not read the day. */
const SHOWN = [
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
    /** When the class begins, in the box's time zone; null where the rule names no hour and the gym does not list the class. */
    startsAt: instant.nullable(),
    /** When booking of the class opens, in the box's time zone; null where that is not known. */
    opensAt: instant.nullable(),
    /**
     * `asked`: a prebooking exists; `will-ask`: the rule will make one; `rests`: it makes none, as the field `rests` explains; `open-already`:
     * booking is open, so the member books by hand.
     */
    state: z.enum(['asked', 'will-ask', 'rests', 'open-already']),
    rests: z.enum(RESTS).optional(),
    prebooking: z.object({ id: z.string(), status: z.enum(STATUSES) }).nullable(),
    /** Why the rule could make no prebooking when the service last read the day. */
    finding: z.enum(DAY_FINDINGS).optional(),
    shows: z.enum(SHOWN),
    class: z
      .object({ id: z.string(), timeId: z.string(), name: z.string(), inMyPlan: z.boolean().nullable() })
      .nullable(),
    /** The box's own messages about the day, such as a holiday. */
    notices: z.array(z.string()),
    /** True if the member has set an exception to the rule for this day. */
    exception: z.boolean(),
    /** A clock change (summer time) between last week's class and this one, or between this class's opening and start; null if there is none. */
    clockChange: z.object({ at: instant, offsetBefore: z.string(), offsetAfter: z.string() }).nullable(),
    warnings: z.array(z.enum(WARNINGS)),
  })
  .openapi('RulePreviewDay');
export const previewShape = z
  .object({ ruleId: z.string(), boxId: z.string(), timeZone: z.string(), days: z.array(previewDayShape) })
  .openapi('RulePreview');

/** Turns a rule's preview into the shape `previewShape`, with instants as the box's clock shows them. */
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
