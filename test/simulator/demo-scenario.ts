// One box, two members, one Monday: the scenario of the simulator's tests.
import type { MemberInput, ScenarioInput, SlotInput } from '../../simulator/scenario.ts';

/** Monday 2 March 2026, winter time in Madrid (UTC+1). */
export const DAY = '20260302';
export const at = (localTime: string): number => Date.parse(`2026-03-02T${localTime}+01:00`);
export const HOUR_MS = 3_600_000;

const plain = { classId: 5, className: 'WOD', coachName: 'Leo', limit: 2, day: DAY } as const;
const SLOTS = {
  evening: { ...plain, id: 501, time: '18:00 - 19:00', waitlist: true },
  open: { ...plain, id: 502, time: '18:00 - 19:00', classId: 6, className: 'Open Box', limit: 12 },
  night: { ...plain, id: 503, time: '20:00 - 21:00', limit: 1 },
} satisfies Record<string, SlotInput>;

const member = (id: number, name: string): MemberInput => ({
  id,
  name,
  email: `${name.toLowerCase()}@example.test`,
  password: 'right',
  boxes: ['demo'],
});

export const demoScenario: ScenarioInput = {
  seed: 7,
  boxes: [
    {
      slug: 'demo',
      boid: 77,
      name: 'Demo Box',
      opening: { kind: 'hours-before', hours: 24 },
      slots: Object.values(SLOTS),
    },
  ],
  members: [member(1, 'Ana'), member(2, 'Bea'), member(3, 'Cleo')],
};
