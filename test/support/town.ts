// A small town for tests: two boxes in two zones, three members, classes on a Monday.
import type { BoxInput, MemberInput, ScenarioInput, SlotInput } from '../../simulator/scenario.ts';

/** Monday 2 March 2026, winter time: 18:00 in Madrid is 17:00 UTC. */
export const MONDAY = '20260302';
/** Noon in UTC on the Sunday before `MONDAY`. */
export const SUNDAY_NOON = new Date('2026-03-01T12:00:00Z');

const wod: Omit<SlotInput, 'id' | 'time'> = {
  day: MONDAY,
  classId: 5,
  className: 'WOD',
  coachName: 'Leo',
  limit: 12,
  waitlist: true,
};

const member = (id: number, name: string, boxes: string[]): MemberInput => ({
  id,
  name,
  email: `${name.toLowerCase()}@example.test`,
  password: 'right',
  boxes,
});

const norte: BoxInput = {
  slug: 'norte',
  boid: 77,
  name: 'Box Norte',
  slots: [
    { ...wod, id: 501, time: '18:00 - 19:00' },
    { ...wod, id: 502, time: '19:00 - 20:00' },
    { ...wod, id: 503, time: '19:00 - 20:00', classId: 6, className: 'Open Box' },
  ],
};
const sur: BoxInput = {
  slug: 'sur',
  boid: 88,
  name: 'Box Sur',
  zone: 'Atlantic/Canary',
  slots: [{ ...wod, id: 801, time: '18:00 - 19:00' }],
};

export const town: ScenarioInput = {
  seed: 7,
  boxes: [norte, sur],
  members: [member(1, 'Ana', ['norte']), member(2, 'Bea', ['norte', 'sur']), member(3, 'Cleo', ['sur'])],
};
