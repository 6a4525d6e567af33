// One day of a rule as a member sees it beforehand: when its class opens and begins, what the gym lists that day, and what the rule does. This file
// is pure: the caller has read the database rows and the gym's list of the day.
import type { Slot } from '../gym/gym.ts';
import {
  type ClockChange,
  classStartsAt,
  clockChangeBetween,
  opensAt as openingOf,
  parseOpeningRule,
} from '../prebooking/opening-rule.ts';
import { type BoxTime, isAssumed } from '../prebooking/possible-openings.ts';
import type { PrebookingStatus } from '../prebooking/prebooking.ts';
import { MIN_CONFIDENCE } from '../prebooking/readiness.ts';
import { WARNINGS, type Warning } from '../prebooking/warnings.ts';
import { classOfDay } from './day-class.ts';
import type { DayFinding, DayWish, Rest } from './rule.ts';
import { addDays } from './rule-days.ts';

/** A day as the gym lists it for the rule's member. */
export interface SeenDay {
  readonly slots: readonly Slot[];
  readonly notices: readonly string[];
}

export interface PreviewFacts {
  readonly rule: {
    readonly boxId: string;
    readonly timeId: string | undefined;
    readonly className: string | undefined;
    readonly exceptions: readonly { readonly day: string }[];
  };
  readonly box: BoxTime & { readonly openingRule: unknown };
  readonly row: {
    readonly day: string;
    readonly rests: Rest | undefined;
    readonly wish: DayWish | undefined;
    readonly finding: DayFinding | undefined;
    readonly prebooking: { readonly id: string; readonly status: PrebookingStatus; readonly opensAt: Date } | undefined;
  };
  /** The day as the gym lists it; undefined if the gym was not asked. */
  readonly seen: SeenDay | undefined;
  /** How far the box's opening rule may be relied on, 0 to 1. */
  readonly confidence: number;
  readonly now: Date;
}

export type Shown = 'class-found' | 'not-listed' | 'not-asked' | Extract<DayFinding, `class-${string}`>;

export interface PreviewDay {
  readonly day: string;
  readonly startsAt: Date | undefined;
  readonly opensAt: Date | undefined;
  readonly state: 'asked' | 'will-ask' | 'rests' | 'open-already';
  readonly rests: Rest | undefined;
  readonly prebooking: { readonly id: string; readonly status: PrebookingStatus } | undefined;
  readonly finding: DayFinding | undefined;
  readonly shows: Shown;
  readonly slot: Slot | undefined;
  readonly notices: readonly string[];
  readonly hasException: boolean;
  readonly clockChange: ClockChange | undefined;
  readonly warnings: readonly Warning[];
}

/**
 * Makes the preview of one day of a rule. `facts` holds what the caller has read: the database rows and, if the gym was asked, its list of the day.
 */
export function previewDay(facts: PreviewFacts): PreviewDay {
  const { rule, box, row, seen } = facts;
  // For a day on which the rule asks for nothing (paused, skipped, vacation), the preview shows the class that the rule would ask for otherwise.
  const wish = row.wish ?? rule;
  const shown = seen && classOfDay(wish, seen.slots, seen.notices);
  const timeId = shown?.slot?.timeId ?? wish.timeId;
  const startsAt = timeId === undefined ? undefined : classStartsAt(row.day, timeId, box.timeZone);
  const opensAt = row.prebooking?.opensAt ?? openingIn(box, row.day, timeId);
  const shows = shownAs(shown);
  return {
    day: row.day,
    ...{ startsAt, opensAt, state: stateOf(facts, opensAt, startsAt), rests: row.rests, finding: row.finding, shows },
    prebooking: row.prebooking,
    slot: shown?.slot,
    notices: seen?.notices ?? [],
    hasException: rule.exceptions.some(({ day }) => day === row.day),
    clockChange: timeId === undefined ? undefined : changeBefore(box, { day: row.day, timeId }, opensAt),
    warnings: warningsOf(facts, shows, shown?.slot),
  };
}

const openingIn = (box: PreviewFacts['box'], day: string, timeId: string | undefined): Date | undefined =>
  box.openingRule === undefined || timeId === undefined
    ? undefined
    : openingOf(parseOpeningRule(box.openingRule), { day, timeId }, box.timeZone);

function shownAs(shown: ReturnType<typeof classOfDay> | undefined): Shown {
  if (!shown) return 'not-asked';
  if (shown.slot) return 'class-found';
  return (shown.finding as Shown | undefined) ?? 'not-listed';
}

function stateOf(
  { row, now }: PreviewFacts,
  opensAt: Date | undefined,
  startsAt: Date | undefined,
): PreviewDay['state'] {
  if (row.prebooking) return 'asked';
  if (row.rests) return 'rests';
  const isOpen = (opensAt !== undefined && opensAt <= now) || (startsAt !== undefined && startsAt <= now);
  return isOpen || row.finding === 'open-already' ? 'open-already' : 'will-ask';
}

/** A change of the zone's clock in the week before the class begins, or since the opening if the opening is earlier than that week. */
function changeBefore(
  { timeZone }: BoxTime,
  { day, timeId }: { readonly day: string; readonly timeId: string },
  opensAt: Date | undefined,
): ClockChange | undefined {
  const startsAt = classStartsAt(day, timeId, timeZone);
  const weekBefore = classStartsAt(addDays(day, -7), timeId, timeZone);
  return clockChangeBetween(timeZone, opensAt && opensAt < weekBefore ? opensAt : weekBefore, startsAt);
}

function warningsOf({ box, confidence, row }: PreviewFacts, shows: Shown, slot: Slot | undefined): Warning[] {
  const found: Partial<Record<Warning, boolean>> = {
    'zone-assumed': isAssumed(box),
    'opening-unsure': confidence < MIN_CONFIDENCE,
    'not-in-plan': slot?.isInPlan === false,
    quota: row.finding === 'no-tokens',
    'class-cancelled': shows === 'class-cancelled',
  };
  return WARNINGS.filter((warning) => found[warning] === true);
}
