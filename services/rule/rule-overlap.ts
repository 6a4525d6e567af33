// Finds out whether two rules of one member ask for classes that overlap in time. The functions of this file are pure.
import { parseTimeId } from '../prebooking/opening-rule.ts';

interface Weekly {
  readonly id: string;
  readonly weekday: number;
  readonly timeId: string | undefined;
  readonly familyId: string | undefined;
  readonly from: string | undefined;
  readonly until: string | undefined;
  readonly paused: boolean;
}

/** Whether a rule overlaps in time with another rule of the member, at any box. A rule without an hour overlaps with none. */
export const overlapsWithRules = (rule: Weekly, all: readonly Weekly[]): boolean =>
  !rule.paused &&
  all.some(
    (other) => other.id !== rule.id && !other.paused && meet(rule, other) && hoursMeet(rule.timeId, other.timeId),
  );

const meet = (a: Weekly, b: Weekly): boolean =>
  a.weekday === b.weekday &&
  a.familyId === b.familyId &&
  (a.from ?? '') <= (b.until ?? '99999999') &&
  (b.from ?? '') <= (a.until ?? '99999999');

function hoursMeet(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const [one, other] = [spanOf(a), spanOf(b)];
  return one.from < other.to && other.from < one.to;
}

/** A class's start and end, in minutes since midnight. */
function spanOf(timeId: string): { from: number; to: number } {
  const { hour, minute, durationMinutes } = parseTimeId(timeId);
  const from = hour * 60 + minute;
  return { from, to: from + durationMinutes };
}
