// A member's agenda in one list by time: places in the gym's own lists, waiting prebookings, what rules will ask for, and watches. This file is pure:
// the caller hands in all that was read.
import type { Slot } from '../gym/gym.ts';
import { classStartsAt } from '../prebooking/opening-rule.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Readiness } from '../prebooking/readiness.ts';
import type { WatchKind } from '../prebooking/watch.ts';
import type { DayFinding, DayWish } from './rule.ts';

export const AGENDA_KINDS = ['booking', 'waitlist', 'prebooking', 'rule', 'watch'] as const;

export interface AgendaItem {
  readonly kind: (typeof AGENDA_KINDS)[number];
  readonly boxId: string;
  readonly day: string;
  /** The hour of the class, as the gym names it; undefined if a rule names no hour. */
  readonly timeId: string | undefined;
  readonly className: string | undefined;
  /**
   * For a prebooking or a watch, `state` is its status. For a booking, `state` is `booked`, or `cancelled` if the gym has cancelled the class. For a
   * waitlist place, `state` is `waitlisted`. For a day of a rule, `state` is `planned`, or why the day became no prebooking.
   */
  readonly state: string;
  readonly readiness?: Readiness | undefined;
  readonly startsAt?: Date | undefined;
  readonly opensAt?: Date | undefined;
  readonly reservationId?: string | undefined;
  /** The id of the prebooking, rule or watch that the entry shows. A booking that puntual won has the id of its prebooking. */
  readonly id?: string | undefined;
  /** What a watch does about a place that comes free; set only in the entry of a watch. */
  readonly onFree?: Exclude<WatchKind, 'move-up'> | undefined;
  /** When a watch ends; set only in the entry of a watch. */
  readonly endsAt?: Date | undefined;
}

/** A day at one box, as the gym lists it for the member of the agenda. */
export interface AgendaDay {
  readonly boxId: string;
  readonly day: string;
  readonly timeZone: string;
  readonly slots: readonly Slot[];
}

export interface AgendaFacts {
  readonly days: readonly AgendaDay[];
  /** All prebookings of the member within the days asked for. */
  readonly prebookings: readonly Prebooking[];
  /**
   * The days for which the gym answered, each as "boxId day". For a day that is not in this set, the agenda shows what puntual's own database says.
   */
  readonly heard: ReadonlySet<string>;
  readonly ruleDays: readonly {
    readonly ruleId: string;
    readonly boxId: string;
    readonly day: string;
    readonly opensAt: Date | undefined;
    readonly finding: DayFinding | undefined;
    readonly wish: DayWish;
  }[];
  readonly watches: readonly AgendaItem[];
  readonly zoneOf: (boxId: string) => string | undefined;
}

/** The agenda's entries in order of their start; an entry without an hour comes at the end of its day. */
export function agendaOf(facts: AgendaFacts): AgendaItem[] {
  const places = facts.days.flatMap((day) => placesIn(day, facts.prebookings));
  const shown = new Set(places.map(({ id }) => id));
  const own = facts.prebookings.filter(({ id }) => !shown.has(id)).map((one) => fromPrebooking(one, facts.heard));
  const rules = facts.ruleDays.map((one) => fromRule(one, facts.zoneOf(one.boxId)));
  return [...places, ...own, ...rules, ...facts.watches].sort(byTime);
}

const byTime = (a: AgendaItem, b: AgendaItem): number =>
  a.day.localeCompare(b.day) ||
  (a.startsAt?.getTime() ?? Number.POSITIVE_INFINITY) - (b.startsAt?.getTime() ?? Number.POSITIVE_INFINITY) ||
  a.kind.localeCompare(b.kind);

function placesIn({ boxId, day, timeZone, slots }: AgendaDay, prebookings: readonly Prebooking[]): AgendaItem[] {
  return slots.flatMap((slot): AgendaItem[] => {
    if (!slot.mine) return [];
    const { timeId, name, reservationId, mine, isCancelled } = slot;
    const kind = mine === 'waitlisted' ? 'waitlist' : 'booking';
    const startsAt = classStartsAt(day, timeId, timeZone);
    const won = prebookings.find((one) => one.boxId === boxId && one.day === day && isPlaceOf(one, slot));
    const state = isCancelled ? 'cancelled' : mine;
    return [{ kind, boxId, day, timeId, className: name, state, startsAt, reservationId, id: won?.id }];
  });
}

const HELD: readonly Prebooking['status'][] = ['booked', 'waitlisted'];

/**
 * Compares a prebooking with a class by the gym's reservation number if the prebooking has one: the gym may have moved the class to another hour. The
 * list that the gym gives to the member never shows a family member's place, so a family member's prebooking matches no class.
 */
const isPlaceOf = (one: Prebooking, { reservationId, timeId }: Slot): boolean =>
  HELD.includes(one.status) &&
  one.familyId === undefined &&
  (one.reservationId !== undefined ? one.reservationId === reservationId : one.timeId === timeId);

/**
 * The agenda's entry of a prebooking. If the gym's list lacks a place that puntual won, the entry says that the place was given back at the gym. A
 * family member's place is not shown as given back, because the list that the gym gives to the member never has that place.
 */
function fromPrebooking(one: Prebooking, heard: ReadonlySet<string>): AgendaItem {
  const { boxId, day, timeId, className, status, startsAt, opensAt, readiness, reservationId, id } = one;
  const isHeld = HELD.includes(status);
  const isGivenBack = isHeld && one.familyId === undefined && heard.has(`${boxId} ${day}`);
  const kind = !isHeld || isGivenBack ? 'prebooking' : status === 'waitlisted' ? 'waitlist' : 'booking';
  const state = isGivenBack ? 'given-back' : status;
  return { kind, boxId, day, timeId, className, state, readiness, startsAt, opensAt, reservationId, id };
}

function fromRule(one: AgendaFacts['ruleDays'][number], zone: string | undefined): AgendaItem {
  const { boxId, day, opensAt, finding, wish, ruleId } = one;
  const { timeId, className } = wish;
  const startsAt = zone && timeId ? classStartsAt(day, timeId, zone) : undefined;
  return { kind: 'rule', boxId, day, timeId, className, state: finding ?? 'planned', startsAt, opensAt, id: ruleId };
}
