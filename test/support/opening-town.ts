// A scenario of the pretend gym: two members, and one box with one class that opens a few seconds after the test makes the scenario.
import { localDay } from '../../services/prebooking/opening-rule.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';

export interface Soon {
  readonly opensAt: Date;
  readonly day: string;
}

const DAY_MS = 24 * 60 * 60_000;

/**
 * Gives the opening and the day of a class that takes place two days after it opens; it opens `inMs` from now, rounded up to a hundredth of a second.
 */
export function classOpeningIn(inMs: number): Soon {
  const opensAt = new Date(Math.ceil((Date.now() + inMs) / 10) * 10);
  const day = localDay(new Date(opensAt.getTime() + 2 * DAY_MS), 'Europe/Madrid');
  return { opensAt, day };
}

export const openingTown = ({ opensAt, day }: Soon): ScenarioInput => ({
  boxes: [
    {
      slug: 'norte',
      boid: 77,
      name: 'Box Norte',
      slots: [
        {
          day,
          id: 501,
          time: '18:00 - 19:00',
          classId: 5,
          className: 'WOD',
          limit: 12,
          opensAt: opensAt.getTime(),
        },
      ],
    },
  ],
  members: ['Ana', 'Bea'].map((name, index) => ({
    id: index + 1,
    name,
    email: `${name.toLowerCase()}@example.test`,
    password: 'right',
    boxes: ['norte'],
  })),
});
