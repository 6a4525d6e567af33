// The demo's scenario: two boxes in two time zones, two members, and rivals that want the same places. The demo's two boxes open their classes at a
// fixed local time some days before the class; the demo sets this time to a few seconds after its own start.
import { Temporal } from 'temporal-polyfill';
import type { BoxInput, ScenarioInput } from '../simulator/scenario.ts';

export interface Character {
  readonly name: string;
  readonly email: string;
  readonly box: string;
}

/** One class of the demo that is about to open, and when it opens. */
export interface Opening {
  readonly slug: string;
  readonly zone: string;
  readonly daysBefore: number;
  readonly opensAt: Date;
  readonly day: string;
  readonly timeId: string;
  readonly className: string;
}

export const PASSWORD = 'a-pretend-password';
export const CHARACTERS: readonly [Character, Character] = [
  { name: 'Ana', email: 'ana@example.test', box: 'norte' },
  { name: 'Bruno', email: 'bruno@example.test', box: 'isla' },
];

const BOXES = [
  { slug: 'norte', boid: 77, name: 'Box Norte, Madrid', zone: 'Europe/Madrid', daysBefore: 2, className: 'WOD' },
  {
    slug: 'isla',
    boid: 88,
    name: 'Box Isla, Las Palmas',
    zone: 'Atlantic/Canary',
    daysBefore: 1,
    className: 'Halterofilia',
  },
] as const;

/** Gives one class for each box, with its opening. The openings are three seconds apart, so that the two races can be told from each other. */
export function openingsFrom(start: Date): Opening[] {
  return BOXES.map((box, index) => {
    const opensAt = new Date(Math.ceil(start.getTime() / 1000) * 1000 + index * 3_000);
    const local = Temporal.Instant.fromEpochMilliseconds(opensAt.getTime()).toZonedDateTimeISO(box.zone);
    const day = local.toPlainDate().add({ days: box.daysBefore }).toString().replaceAll('-', '');
    return { ...box, opensAt, day, timeId: '1800_60' };
  });
}

/** The local clock time at which the box opens the class, to the second. */
export const clockTimeOf = (opening: Opening): string =>
  Temporal.Instant.fromEpochMilliseconds(opening.opensAt.getTime())
    .toZonedDateTimeISO(opening.zone)
    .toPlainTime()
    .toString({ smallestUnit: 'second' });

/** The pretend gym's box: a class of twelve places, and thirty rivals that book about 300 ms after the opening. */
const boxOf = (opening: Opening): BoxInput => {
  const box = BOXES.find((one) => one.slug === opening.slug) ?? BOXES[0];
  return {
    slug: box.slug,
    boid: box.boid,
    name: box.name,
    zone: box.zone,
    opening: { kind: 'fixed-time', days: box.daysBefore, at: clockTimeOf(opening) },
    slots: [
      {
        day: opening.day,
        time: '18:00 - 19:00',
        timeid: opening.timeId,
        classId: 5,
        className: opening.className,
        coachName: 'Leo',
        limit: 12,
        rivals: { count: 30, afterOpeningMs: 300, spreadMs: 150 },
      },
    ],
  };
};

export const scenarioOf = (openings: readonly Opening[]): ScenarioInput => ({
  boxes: openings.map(boxOf),
  members: CHARACTERS.map(({ name, email, box }, index) => ({
    id: index + 1,
    name,
    email,
    password: PASSWORD,
    boxes: [box],
  })),
  // A real gym's answer takes time: network, and the gym's own work.
  knobs: [{ kind: 'slow', afterMs: 35, jitterMs: 15 }],
});
