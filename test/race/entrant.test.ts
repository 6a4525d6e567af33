// The order of the entrants in one race: the oldest prebooking first, each member once before any member's second wish for the class, and no needless
// wait.
import { expect, test } from 'vitest';
import { createOwnAims, type Entrant, takeFirstAims, turnsOf } from '../../services/race/entrant.ts';

/** Gives an entrant (one prebooking in a race). The first letter of the entrant's name stands for the member. */
const wants = (name: string, id: string, limit?: number, occupied?: number): Entrant =>
  ({
    prebooking: { id: name, userId: name[0] },
    choices: [{ day: '20260302', id, limit, occupied }],
  }) as unknown as Entrant;
const names = (contenders: readonly Entrant[]) => contenders.map((one) => one.prebooking.id).join(' ');
const turns = (...contenders: Entrant[]) => {
  const { first, behind } = turnsOf(contenders);
  return `${names(first)} | ${names(behind)}`;
};

test('as many as there are places left shoot at the instant, in order of creation', () => {
  expect(turns(wants('a', '1', 12, 10), wants('b', '1', 12, 10), wants('c', '1', 12, 10))).toBe('a b | c');
});

test('each class has a queue of its own', () => {
  expect(turns(wants('a', '1', 1, 0), wants('b', '2', 1, 0), wants('c', '1', 1, 0))).toBe('a b | c');
});

test('no entrant waits where places are unknown or all gone', () => {
  expect(turns(wants('a', '1'), wants('b', '1'))).toBe('a b | ');
  expect(turns(wants('a', '1', 1, 1), wants('b', '1', 1, 1))).toBe('a b | ');
  expect(turns(wants('a', '1', 1), wants('b', '1', 1))).toBe('a b | ');
});

test('one member’s second wish for a class stands behind the others’ first, whenever it was made', () => {
  const fakes = ['b1', 'b2', 'b3', 'b4'].map((name) => wants(name, '1', 4, 0));
  expect(turns(...fakes, wants('a', '1', 4, 0), wants('c', '1', 4, 0))).toBe('b1 a c b2 | b3 b4');
});

test('one member’s wishes for different classes are all first ones', () => {
  expect(turns(wants('b1', '1', 1, 0), wants('b2', '2', 1, 0), wants('a', '2', 1, 0))).toBe('b1 b2 | a');
});

test('of one member’s two wishes that mean one class the earlier one has it, and the later one says why', () => {
  const { entrants, doubled } = takeFirstAims(createOwnAims(), [wants('b1', '1'), wants('b2', '1'), wants('a', '1')]);
  expect(names(entrants)).toBe('b1 a');
  expect(doubled.map(({ prebooking, outcome }) => [prebooking.id, outcome])).toEqual([['b2', 'wished-twice']]);
});

test('a class that is one wish’s first choice is no other’s alternative, in either order', () => {
  const aims = createOwnAims();
  const [first, second] = [wants('b1', '1'), wants('b2', '2')];
  takeFirstAims(aims, [first, second]);
  const [slot] = second.choices;
  expect(slot && aims.take(first.prebooking, slot)).toBe(false);
  expect(slot && aims.take(second.prebooking, slot)).toBe(true);
});
