// A box's zone may be assumed: in which zones it could be instead, when a class may then open and begin, and what an opening proves about it.
// Pure: it reads no clock and knows no gym.
import { classStartsAt, type OpeningRule, opensAt, type SlotStart } from './opening-rule.ts';

/** The zones of boxes, one for each way of keeping time, the likeliest first. */
const ZONES = [
  ...[
    'Europe/Madrid',
    'Atlantic/Canary',
    'Atlantic/Azores',
    'America/Mexico_City',
    'America/Bogota',
    'America/Santiago',
  ],
  ...['America/Argentina/Buenos_Aires', 'America/Caracas', 'America/New_York', 'America/Chicago', 'America/Tijuana'],
  ...['America/Hermosillo', 'America/Asuncion', 'America/Sao_Paulo', 'Europe/Athens', 'Asia/Dubai', 'Australia/Sydney'],
] as const;
/** The zone in which a class begins latest. */
const LAST_ZONE = 'Etc/GMT+12';

/** What is known of a box's time. */
export interface BoxTime {
  readonly timeZone: string;
  readonly timeZoneSource: 'assumed' | 'learned' | 'declared';
}

export const isAssumed = ({ timeZoneSource }: BoxTime): boolean => timeZoneSource === 'assumed';

/** The zones that a box may be in: its own, or where that is assumed all that boxes are in. */
const zonesOf = (box: BoxTime): string[] => (isAssumed(box) ? [...new Set([box.timeZone, ...ZONES])] : [box.timeZone]);

/** When a class may open, and when it begins if it opens then. */
export interface PossibleOpening {
  readonly opensAt: Date;
  readonly startsAt: Date;
}

/**
 * The next instant after `now` at which the rule may open the class, in the box's own zone. Once that has passed, in the next one
 * that it may be in. Undefined when it should be open wherever the box is.
 */
export function nextPossibleOpening(
  box: BoxTime,
  rule: OpeningRule,
  slot: SlotStart,
  now: Date,
): PossibleOpening | undefined {
  const [own, ...others] = zonesOf(box).map((zone) => ({
    opensAt: opensAt(rule, slot, zone),
    startsAt: classStartsAt(slot.day, slot.timeId, zone),
  }));
  if (own && own.opensAt > now) return own;
  return others.filter((one) => one.opensAt > now).sort((a, b) => a.opensAt.getTime() - b.opensAt.getTime())[0];
}

/** When the class begins. If by an assumed zone it has begun already, the last instant at which it could begin in any zone. */
export function startOfClass(box: BoxTime, slot: SlotStart, now: Date): Date {
  const startsAt = classStartsAt(slot.day, slot.timeId, box.timeZone);
  return startsAt > now || !isAssumed(box) ? startsAt : classStartsAt(slot.day, slot.timeId, LAST_ZONE);
}

/** The zone in which the rule opens the class at the instant that was seen; the box's own before others, undefined when there is none. */
export const zoneOfOpening = (box: BoxTime, rule: OpeningRule, slot: SlotStart, seenAt: Date): string | undefined =>
  zonesOf(box).find((zone) => opensAt(rule, slot, zone).getTime() === seenAt.getTime());
