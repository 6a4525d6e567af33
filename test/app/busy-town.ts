// Boxes with classes that are hard to show: forty-letter names, sixty classes in a day, classes that are full, cancelled, for coaches or not in the
// member's plan, another time zone.
import type { ScenarioInput, SlotInput } from '../../simulator/scenario.ts';
import { addDays, todayIn } from '../../web/app/time.ts';

/** A class name of about forty letters. */
export const LONG = 'Halterofilia olímpica avanzada para todos';
const slot = (day: string, hour: number, minute: number, more: Partial<SlotInput> = {}): SlotInput => {
  const two = (value: number) => String(value).padStart(2, '0');
  const end = hour * 60 + minute + 60;
  return {
    day,
    time: `${two(hour)}:${two(minute)} - ${two(Math.floor(end / 60))}:${two(end % 60)}`,
    classId: 5,
    className: 'WOD',
    coachName: 'Leo',
    limit: 12,
    waitlist: true,
    ...more,
  };
};

export interface BusyTown {
  readonly scenario: ScenarioInput;
  /** The day with one class of each kind: full, cancelled, for coaches, and so on. */
  readonly mixedDay: string;
  /** The day with sixty classes. */
  readonly fullDay: string;
  /** The day without classes. */
  readonly emptyDay: string;
}

/** @param nowMs the instant (epoch ms) from which the hours until some classes open are counted. */
export function busyTown(nowMs: number): BusyTown {
  const today = todayIn('Europe/Madrid');
  const [mixedDay, fullDay, emptyDay] = [addDays(today, 1), addDays(today, 2), addDays(today, 6)];
  const inHours = (hours: number) => new Date(nowMs + hours * 3_600_000).toISOString();
  const mixed = [
    slot(mixedDay, 7, 0, { className: LONG, coachName: 'María del Carmen Fernández-Villaverde' }),
    slot(mixedDay, 8, 0, { rivals: { count: 12 } }),
    slot(mixedDay, 9, 0, { rivals: { count: 12 }, waitlist: false }),
    slot(mixedDay, 10, 0, { calledOff: true }),
    slot(mixedDay, 11, 0, { resadmin: 1, className: 'Solo entrenadores' }),
    slot(mixedDay, 12, 0, { included: 0, className: 'Yoga' }),
    slot(mixedDay, 18, 0, { opensAt: inHours(3) }),
    slot(mixedDay, 19, 0, { opensAt: inHours(4), className: LONG }),
  ];
  const sixty = Array.from({ length: 60 }, (_, at) =>
    slot(fullDay, 6 + Math.floor(at / 4), (at % 4) * 15, at % 3 === 0 ? { className: LONG } : {}),
  );
  const norte = { slug: 'norte', boid: 77, name: 'Box Norte, Madrid', slots: [...mixed, ...sixty] };
  const isla = {
    ...{ slug: 'isla', boid: 88, name: 'Box Isla de los Nombres Larguísimos, Las Palmas', zone: 'Atlantic/Canary' },
    slots: [slot(mixedDay, 18, 0)],
  };
  const ana = { id: 1, name: 'Ana', email: 'ana@example.test', password: 'right', boxes: ['norte', 'isla'] };
  return { scenario: { boxes: [norte, isla], members: [ana] }, mixedDay, fullDay, emptyDay };
}
