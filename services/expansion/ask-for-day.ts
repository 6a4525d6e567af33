// Makes a prebooking for one day of one rule, or gives a finding (why there is none) and the instant at which to read the day's classes again.
import { randomUUID } from 'node:crypto';
import { type WriteServices, writeWish } from '../booking/write-wish.ts';
import { asFailure, type FailureCode } from '../failures.ts';
import type { Found } from '../prebooking/find-class.ts';
import { classEndsAt, classStartsAt, opensAt as openingOf, parseOpeningRule } from '../prebooking/opening-rule.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { classOfDay, withoutPlaces } from '../rule/day-class.ts';
import { type DayTime, isTimeToTell, nextLook } from '../rule/next-look.ts';
import { type DayFinding, type DayWish, isTold } from '../rule/rule.ts';
import type { Box } from '../store/box-store.ts';
import type { DueRuleDay, RuleDayLine } from '../store/rule-day-store.ts';
import type { ListedDay } from './shared-day.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/**
 * After how many ms a rule's day is read again: `differs` if the class differs from the rule, `hindered` if the wish was refused, `waits` if the gym
 * has not shown the day.
 */
const EVERY_MS = { differs: 6 * HOUR_MS, hindered: HOUR_MS, waits: 30 * MINUTE_MS } as const;

/**
 * The result for one day of a rule: a prebooking, or a line for the table of rule days that says why there is none. If `prebooking` and `line` are
 * both undefined, the rule does not ask for the day any more.
 */
export interface DayAsked {
  readonly prebooking?: Prebooking | undefined;
  readonly line?: RuleDayLine | undefined;
}

/**
 * Throws database/… and every other failure that is not in `REFUSALS`; after each of them the next pass asks for the day again.
 * @param listed the day's classes; undefined if the day could not be read.
 */
export async function askForDay(
  services: WriteServices,
  due: DueRuleDay,
  box: Box,
  listed: ListedDay | undefined,
): Promise<DayAsked> {
  const { wish } = due;
  if (!wish) return { line: { ...keyOf(due), finding: undefined, lookAt: undefined, tell: false } };
  const shown = listed && classOfDay(wish, withoutPlaces(listed.slots), listed.notices);
  const found = foundIn(wish, shown?.slot, { mayTrustWords: box.openingRule !== undefined && !shown?.finding });
  const now = services.clock.now();
  if (!found) {
    const finding = shown ? (shown.finding ?? 'not-listed') : 'gym-unreachable';
    return { line: lineFor(due, box, { finding, said: listed?.notices[0] }, now) };
  }
  const opens = openingIn(box, due.day, found.timeId);
  // If a class opened before the rule asked for it, the rule makes no prebooking: the member may book the class by hand.
  if (opens && opens <= now)
    return { line: { ...keyOf(due), finding: 'open-already', lookAt: undefined, tell: false } };
  return take(services, { due, wish, box, found });
}

const keyOf = ({ ruleId, day }: DueRuleDay) => ({ ruleId, day });

/**
 * The class to prebook: the class that the gym lists, or else the rule's own hour and name. The rule's hour and name stand in for an unlisted class
 * only if the box's opening rule is known and the gym's list does not contradict the member's rule.
 */
function foundIn(
  wish: DayWish,
  slot: { readonly id: string; readonly timeId: string; readonly name: string } | undefined,
  { mayTrustWords }: { readonly mayTrustWords: boolean },
): Found | undefined {
  if (slot) return { classId: slot.id, timeId: slot.timeId, className: slot.name, listed: undefined };
  if (!mayTrustWords || wish.timeId === undefined) return undefined;
  return { classId: undefined, timeId: wish.timeId, className: wish.className, listed: undefined };
}

const openingIn = (box: Box, day: string, timeId: string): Date | undefined =>
  box.openingRule === undefined
    ? undefined
    : openingOf(parseOpeningRule(box.openingRule), { day, timeId }, box.timeZone);

interface Taking {
  readonly due: DueRuleDay;
  readonly wish: DayWish;
  readonly box: Box;
  readonly found: Found;
}

async function take(services: WriteServices, { due, wish, box, found }: Taking): Promise<DayAsked> {
  const { store, clock } = services;
  const rule = { id: due.ruleId, wish };
  const id = randomUUID();
  const { familyId, waitlist, alternatives } = wish;
  // At a box without a known opening rule the prebooking is due immediately: a booking is sent, and the gym's refusal tells when the class opens.
  const opensAt = box.openingRule === undefined ? clock.now() : undefined;
  try {
    const prebooking = await writeWish<Prebooking | null>(services, {
      userId: due.userId,
      box,
      found,
      wish: { day: due.day, familyId, waitlist, alternatives, opensAt },
      write: (row) => store.createRulePrebooking({ rule, id, ...row }),
    });
    return prebooking ? { prebooking } : {};
  } catch (error) {
    const { code } = asFailure(error);
    const refusal = REFUSALS[code];
    if (!refusal) throw error;
    if (refusal.isFinal) return { line: { ...keyOf(due), finding: refusal.finding, lookAt: undefined, tell: false } };
    return { line: lineFor(due, box, { finding: refusal.finding, said: undefined }, clock.now()) };
  }
}

/**
 * What a failure to store the wish means for the rule's day. A day with a final finding (`isFinal`) is not asked for again. After a failure that is
 * not in this table, the next pass asks for the day again.
 */
const REFUSALS: Partial<Record<FailureCode, { readonly finding: DayFinding; readonly isFinal?: true }>> = {
  // The member already has a prebooking for the class that the rule asks for.
  'prebooking/duplicate': { finding: 'wished-already', isFinal: true },
  'prebooking/class-started': { finding: 'open-already', isFinal: true },
  'prebooking/too-many': { finding: 'too-many' },
  'subscription/no-tokens': { finding: 'no-tokens' },
  'box/missing': { finding: 'not-your-box' },
  'request/invalid': { finding: 'not-taken' },
  // The member has made and withdrawn too many wishes within an hour, so the day is asked for again later.
  'request/limited': { finding: 'not-taken' },
};

function lineFor(
  due: DueRuleDay,
  box: Box,
  { finding, said }: { readonly finding: DayFinding; readonly said: string | undefined },
  now: Date,
): RuleDayLine {
  const time = timeOf(due, box);
  const lookAt = nextLook(time, everyMs(finding), now);
  const tell = isTold(finding) && isTimeToTell(time, now);
  const { timeId, className } = due.wish ?? {};
  return { ...keyOf(due), finding, said: isTold(finding) ? said : undefined, lookAt, tell, timeId, className };
}

function everyMs(finding: DayFinding): number {
  if (finding === 'not-listed' || finding === 'gym-unreachable') return EVERY_MS.waits;
  return finding.startsWith('class-') ? EVERY_MS.differs : EVERY_MS.hindered;
}

/** When the class on a rule's day opens, and until when the gym's list of that day is read. */
function timeOf({ opensAt, day, wish }: DueRuleDay, { timeZone }: Box): DayTime {
  const endsAt = wish?.timeId ? classStartsAt(day, wish.timeId, timeZone) : classEndsAt(day, '2359_1', timeZone);
  return { opensAt, endsAt };
}
