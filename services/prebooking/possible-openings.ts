// Lists the zones that a box with an assumed zone could be in, when a class may open and begin there, and which zone an opening proves.
// All functions of this file are pure: they read no clock and call no gym.
import { classStartsAt, type OpeningRule, opensAt, type SlotStart } from './opening-rule.ts';

/** The zones that boxes may be in, the likeliest first; one zone stands for all zones that keep the same time as it. */
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
/** Of all zones, the one in which a given local hour, and so a class, comes last. */
const LAST_ZONE = 'Etc/GMT+12';

/** The box's time zone, and where the zone comes from. */
export interface BoxTime {
  readonly timeZone: string;
  readonly timeZoneSource: 'assumed' | 'learned' | 'declared';
}

export const isAssumed = ({ timeZoneSource }: BoxTime): boolean => timeZoneSource === 'assumed';

/** The zones that a box may be in: the box's own zone, or every zone in `ZONES` where the own zone is assumed. */
const zonesOf = (box: BoxTime): string[] => (isAssumed(box) ? [...new Set([box.timeZone, ...ZONES])] : [box.timeZone]);

/** When a class opens and starts, computed for one of the zones that the box may be in. */
export interface PossibleOpening {
  readonly opensAt: Date;
  readonly startsAt: Date;
}

/**
 * The instant at which the opening rule opens the class in the box's own zone, if it is after `now`. If the opening in the box's own zone has passed:
 * the earliest instant after `now` at which the opening rule may open the class in another possible zone. Undefined when the class should already be
 * open in every possible zone.
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

/**
 * The start of the class in the box's zone. If the class has begun in the box's zone and that zone is only assumed, the result is the last instant at
 * which the class could begin in any zone.
 */
export function startOfClass(box: BoxTime, slot: SlotStart, now: Date): Date {
  const startsAt = classStartsAt(slot.day, slot.timeId, box.timeZone);
  return startsAt > now || !isAssumed(box) ? startsAt : classStartsAt(slot.day, slot.timeId, LAST_ZONE);
}

/**
 * The zone in which the opening rule opens the class at the observed instant `seenAt`, preferably the box's own zone; undefined when no zone fits.
 */
export const zoneOfOpening = (box: BoxTime, rule: OpeningRule, slot: SlotStart, seenAt: Date): string | undefined =>
  zonesOf(box).find((zone) => opensAt(rule, slot, zone).getTime() === seenAt.getTime());
