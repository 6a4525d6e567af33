// Learns from a gym's answers, for all members of a box, when the box opens its classes, and how much later than the estimated opening a shot is to
// be sent. An opening rule that the operator declared is never replaced. A lesson about an opening adds a missing opening rule, confirms the rule,
// replaces a less reliable rule, or lowers the confidence that is shown for the rule.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import { aimedBy } from '../gym/aim.ts';
import type { ClockEstimate } from '../gym/clock-estimate.ts';
import { type FirstShots, learnClock, together } from '../gym/clock-lesson.ts';
import type { AnnouncedLead } from '../gym/gym.ts';
import {
  guessRuleFromOpening,
  type OpeningRule,
  opensAt,
  parseOpeningRule,
  ruleFromAnnouncement,
  type SlotStart,
} from '../prebooking/opening-rule.ts';
import {
  type BoxTime,
  isAssumed,
  nextPossibleOpening,
  type PossibleOpening,
  zoneOfOpening,
} from '../prebooking/possible-openings.ts';
import type { Box } from '../store/box-store.ts';
import type { Store } from '../store/store.ts';
import { believedOf } from './fire-time.ts';
import type { EntrantShots } from './shots.ts';

export interface LessonServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly logger: Logger;
}

type Taught = Pick<Box, 'openingRuleSource' | 'ruleAgreed' | 'ruleContradicted'>;

/** A shot sent more than this long after the firing instant counts as not aimed at the opening. */
const TIMED_MS = 100;
/**
 * The confidence in an opening rule before any race confirmed it, by where the rule comes from. An opening rule in the gym's own words has almost
 * full confidence; a rule guessed from observed openings has none.
 */
const TRUST = { unknown: 0, observed: 0, announced: 0.8, declared: 1 } as const;

/** How far the box's opening rule may be relied on, 0 to 1. */
export function confidenceOf({ openingRuleSource: source, ruleAgreed, ruleContradicted }: Taught): number {
  if (source === 'unknown') return 0;
  const agreed = ruleAgreed + TRUST[source];
  return agreed / Math.max(1, ruleAgreed + ruleContradicted + 1);
}

/** When the box's opening rule opens this class; undefined if the box has no opening rule. */
export const openingByRule = (box: Box, slot: SlotStart): Date | undefined =>
  box.openingRule === undefined ? undefined : opensAt(parseOpeningRule(box.openingRule), slot, box.timeZone);

/**
 * True when the box's opening rule opens the class at `one.opensAt`. If the box's time zone is only assumed, it is enough that the opening rule opens
 * the class at `one.opensAt` in one of the zones that the box may be in.
 */
export const isOpeningByRule = (box: Box, one: SlotStart & { readonly opensAt: Date }): boolean =>
  box.openingRule !== undefined &&
  zoneOfOpening(box, parseOpeningRule(box.openingRule), one, one.opensAt) !== undefined;

/**
 * How far the opening of a prebooking may be relied on, 0 to 1; undefined if the member stated the opening. At a box without an opening rule, nothing
 * confirms the opening of a prebooking that a weekly rule made, so the confidence is 0.
 */
export function confidenceIn(
  box: Box,
  one: SlotStart & { readonly opensAt: Date; readonly ruleId?: string | undefined },
): number | undefined {
  if (isOpeningByRule(box, one)) return confidenceOf(box);
  return one.ruleId !== undefined && box.openingRule === undefined ? 0 : undefined;
}

/**
 * The opening rule that the gym announced when it refused a class as too early. Undefined if the gym's words give no valid opening rule, or if by
 * that rule the class would be open already in every zone that the box may be in.
 */
export function announcedRule(
  box: BoxTime,
  slot: SlotStart,
  announced: AnnouncedLead,
  now: Date,
): OpeningRule | undefined {
  try {
    const rule = ruleFromAnnouncement(announced);
    return nextPossibleOpening(box, rule, slot, now) ? rule : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Learns from an answer "too early" and returns the box as it is then stored: with the announced opening rule, or with a note that the box's present
 * opening rule failed. Never throws, because booking goes on without the lesson.
 */
export async function learnFromTooEarly(
  { clock, store, logger }: LessonServices,
  box: Box,
  slot: SlotStart,
  announced: AnnouncedLead | undefined,
): Promise<Box> {
  const now = clock.now();
  try {
    const rule = announced && announcedRule(box, slot, announced, now);
    const expected = openingByRule(box, slot);
    // While a box's zone is assumed, no opening rule is proven wrong, because the zone may be wrong.
    const hasFailed = expected !== undefined && expected <= now && !isAssumed(box);
    if (!rule && !hasFailed) return box;
    const taught = (await store.teachOpeningRule(box.id, rule, 'announced')) ?? box;
    logger.info({ box: box.at.slug, rule, source: taught.openingRuleSource }, 'box: an opening rule was taught');
    return taught;
  } catch (error) {
    logger.warn({ box: box.at.slug, code: asFailure(error).code }, 'box: nothing could be learned');
    return box;
  }
}

/**
 * The next instant at which a class that was refused as too early may open. Undefined if the box has no opening rule, or if by that rule the class
 * should already be open in every zone that the box may be in.
 */
export const opensLater = (box: Box, slot: SlotStart, now: Date): PossibleOpening | undefined =>
  box.openingRule === undefined ? undefined : nextPossibleOpening(box, parseOpeningRule(box.openingRule), slot, now);

/**
 * Answers after which a class counts as having been open: the gym accepted the booking, or refused it because the class was full or the member had a
 * place at the same hour.
 */
const OPEN_ANSWERS: readonly string[] = ['booked', 'accepted', 'full', 'same-hour'];
/**
 * A gym gives these answers to a booking request only after it has checked that the class is open. The answer `full` is left out here, since a gym
 * may refuse a full class before it checks whether the class is open.
 */
const TAKEN_ANSWERS: readonly string[] = ['booked', 'accepted'];
const isEarly = ({ heard }: EntrantShots): boolean => heard[0] === 'too-early';
const gotThrough = ({ heard }: EntrantShots): boolean => OPEN_ANSWERS.includes(heard.at(-1) ?? '');

/**
 * True when this race saw the opening happen: the gym's last answer to the entrant showed that the class was open, and the gym's first answer was
 * "too early" or the entrant's read of the day had shown the class empty.
 */
export const sawOpening = (shots: EntrantShots): boolean =>
  gotThrough(shots) && (isEarly(shots) || shots.entrant.choices[0]?.occupied === 0);

/** False for a wish made after its class should have been open: such a wish was tried immediately and waited for no opening. */
const waited =
  (opensAt: Date) =>
  ({ entrant }: EntrantShots): boolean =>
    entrant.prebooking.createdAt < opensAt;

/**
 * True when the race proves its opening: the gym refused a first request and then took one, or two members found the class empty until then. One
 * member's empty class proves nothing, because a class that nobody wants may have been open for days before the instant that the member stated.
 */
const provesOpening = (witnesses: readonly EntrantShots[]): boolean =>
  witnesses.some(isEarly) || new Set(witnesses.map(({ entrant }) => entrant.prebooking.userId)).size > 1;

const MINUTE_MS = 60_000;

/**
 * Whether a box may open its classes at the race's opening: at a whole minute, or by its rule. Only a member can have stated another instant. What
 * the gym answers at an instant that a member made up says nothing about the gym, and a lesson from it would make the races of all members late.
 */
const isCredible = (box: Box, openedAt: Date, raced: readonly EntrantShots[]): boolean =>
  openedAt.getTime() % MINUTE_MS === 0 ||
  raced.some(({ entrant: { choices } }) => choices[0] && isOpeningByRule(box, { ...choices[0], opensAt: openedAt }));

/** After a race, learns when the box opens its classes and how to aim at its openings. Never throws. */
export async function learnFromRace(
  services: LessonServices,
  box: Box,
  race: { opensAt: Date; atMs: number; estimate: ClockEstimate | undefined },
  raced: readonly EntrantShots[],
): Promise<void> {
  const { clock, store, logger } = services;
  try {
    if (!isCredible(box, race.opensAt, raced)) return;
    const estimate = believedOf(race.estimate);
    const reading = aimedBy(estimate, box.clock);
    const open = reading === 'ahead' ? TAKEN_ANSWERS : OPEN_ANSWERS;
    // An entrant's first shot teaches how to aim only if the gym's last answer to that entrant showed an open class.
    const timed = raced.filter(gotThrough).flatMap((shots) => firstShot(race.atMs, shots, open) ?? []);
    const shots = together(timed, reading);
    const learned = shots && learnClock(box.clock, estimate, shots, clock.now());
    if (learned) await store.noteClock(box.id, learned);
    const witnesses = raced.filter(waited(race.opensAt)).filter(sawOpening);
    const witness = (witnesses.find(isEarly) ?? witnesses[0])?.entrant.choices[0];
    const slot = witness && { day: witness.day, timeId: witness.timeId };
    const known = await learnZone(services, box, race.opensAt, raced);
    if (slot) await learnOpening(services, known, slot, race.opensAt, provesOpening(witnesses));
  } catch (error) {
    logger.warn({ box: box.at.slug, code: asFailure(error).code }, 'box: nothing could be learned');
  }
}

/**
 * What the entrant's first shot teaches about how to aim at later openings of the box. Undefined if the shot was sent more than `TIMED_MS` after the
 * firing instant, or if the gym turned the shot away without checking whether the class was open.
 */
function firstShot(atMs: number, { tries }: EntrantShots, open: readonly string[]): FirstShots | undefined {
  const left = tries.flatMap(({ sentAtMs, ...one }) => (sentAtMs === undefined ? [] : { ...one, sentAtMs }));
  const [first] = left;
  if (!first || first.sentAtMs - atMs > TIMED_MS) return undefined;
  const tookMs = first.firstByteAtMs === undefined ? undefined : first.firstByteAtMs - first.sentAtMs;
  if (open.includes(first.answer)) return { early: false, tookMs };
  if (first.answer !== 'too-early') return undefined;
  const last = left.findLast(({ answer }) => answer === 'too-early') ?? first;
  return { early: true, provenMs: last.sentAtMs - first.sentAtMs, tookMs };
}

/** Learns a box's zone from the instant at which a class opened, if the gym announced the opening rule or an operator declared that rule. */
async function learnZone(
  { store, logger }: LessonServices,
  box: Box,
  openedAt: Date,
  raced: readonly EntrantShots[],
): Promise<Box> {
  const through = raced.filter(gotThrough);
  const saw = through.find(isEarly);
  const witness = saw ?? through[0];
  if (!witness || !isAssumed(box) || !['announced', 'declared'].includes(box.openingRuleSource)) return box;
  const { prebooking } = witness.entrant;
  const timeZone = zoneOfOpening(box, parseOpeningRule(box.openingRule), prebooking, openedAt);
  if (timeZone === undefined) return box;
  const taught = (await store.teachTimeZone(box.id, timeZone, saw ? undefined : prebooking.id)) ?? box;
  if (!isAssumed(taught)) logger.info({ box: box.at.slug, timeZone: taught.timeZone }, 'box: its zone was learned');
  return taught;
}

async function learnOpening(
  { clock, store }: LessonServices,
  box: Box,
  slot: SlotStart,
  openedAt: Date,
  isProven: boolean,
): Promise<void> {
  const bornOut = openingByRule(box, slot)?.getTime() === openedAt.getTime();
  if (!bornOut && !isProven) return;
  const seen = await store.noteOpening({ boxId: box.id, ...slot, opensAt: openedAt, now: clock.now() });
  const rule = bornOut
    ? parseOpeningRule(box.openingRule)
    : (guessRuleFromOpening(seen, box.timeZone) ?? guessRuleFromOpening(seen.slice(0, 1), box.timeZone));
  if (rule) await store.teachOpeningRule(box.id, rule, 'observed');
}
