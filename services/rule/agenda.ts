// A member's agenda: what the gym's own lists say is theirs, what waits here, what rules will ask for and what is watched, in one list by time.
// Pure: the caller has read everything.
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
  /** Undefined where a rule names no hour. */
  readonly timeId: string | undefined;
  readonly className: string | undefined;
  /**
   * Of a prebooking its status; of a booking `booked` or, where the gym has called the class off, `cancelled`; of a waitlist place `waitlisted`;
   * of a rule `planned` or why the day became no prebooking; of a watch its own word.
   */
  readonly state: string;
  readonly readiness?: Readiness | undefined;
  readonly startsAt?: Date | undefined;
  readonly opensAt?: Date | undefined;
  readonly reservationId?: string | undefined;
  /** Of the prebooking (a booking that was won here has one, too), the rule or the watch. */
  readonly id?: string | undefined;
  /** Of a watch: what is done about a place that comes free. */
  readonly onFree?: Exclude<WatchKind, 'move-up'> | undefined;
  /** Of a watch: no look after it. */
  readonly endsAt?: Date | undefined;
}

/** A day as the gym lists it for this member, at one box. */
export interface AgendaDay {
  readonly boxId: string;
  readonly day: string;
  readonly timeZone: string;
  readonly slots: readonly Slot[];
}

export interface AgendaFacts {
  readonly days: readonly AgendaDay[];
  /** All of the member's within the days asked for. */
  readonly prebookings: readonly Prebooking[];
  /** Boxes that the gym answered for, day by day: `box day`; of others our own word stands. */
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

/** By start, what has no hour at the end of its day. */
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

/** By the gym's own number where there is one: the class may have been moved since. */
const isPlaceOf = (one: Prebooking, { reservationId, timeId }: Slot): boolean =>
  HELD.includes(one.status) &&
  (one.reservationId !== undefined ? one.reservationId === reservationId : one.timeId === timeId);

/** A place that we won and that the gym's list has no more was given back there. */
function fromPrebooking(one: Prebooking, heard: ReadonlySet<string>): AgendaItem {
  const { boxId, day, timeId, className, status, startsAt, opensAt, readiness, reservationId, id } = one;
  const isHeld = HELD.includes(status);
  const isGivenBack = isHeld && heard.has(`${boxId} ${day}`);
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
