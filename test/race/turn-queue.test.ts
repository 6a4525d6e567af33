// Whose turn it is in one class, without a clock: who waits for whom, and what ends the waiting.
import { expect, test } from 'vitest';
import type { Entrant } from '../../services/race/entrant.ts';
import type { EntrantShots } from '../../services/race/shots.ts';
import { createTurnQueue } from '../../services/race/turn-queue.ts';

const wants = (n: number, id = '501'): Entrant =>
  ({
    prebooking: { id: String(n), day: '20260302', timeId: '1800_60', createdAt: new Date(n) },
    choices: [{ day: '20260302', id }],
  }) as unknown as Entrant;
const heard = (entrant: Entrant, ...kinds: EntrantShots['heard']) => ({ entrant, heard: kinds }) as EntrantShots;
const later = () => Promise.withResolvers<EntrantShots | undefined>();
/** Has it resolved by the time all that is due has run? */
async function isOver(turn: Promise<void>): Promise<boolean> {
  let over = false;
  void turn.then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

test('an entrant waits for all before it in its class, and for no other class', async () => {
  const queue = createTurnQueue();
  const [one, two, other] = [later(), later(), later()];
  queue.join(wants(1), one.promise);
  queue.join(wants(2), two.promise);
  queue.join(wants(3, '777'), other.promise);
  const turn = queue.turnOf(wants(4));
  one.resolve(heard(wants(1), 'booked'));
  expect(await isOver(turn)).toBe(false);
  two.resolve(undefined);
  expect(await isOver(turn)).toBe(true);
  expect(await isOver(queue.turnOf(wants(5, '888')))).toBe(true);
});

test('who joins later is not waited for', async () => {
  const queue = createTurnQueue();
  const turn = queue.turnOf(wants(1));
  queue.join(wants(2), later().promise);
  expect(await isOver(turn)).toBe(true);
});

test('a class found full ends the waiting of all, also where others are still trying', async () => {
  const queue = createTurnQueue();
  const two = later();
  queue.join(wants(1), later().promise);
  queue.join(wants(2), two.promise);
  const turn = queue.turnOf(wants(3));
  two.resolve(heard(wants(2), 'too-early', 'full'));
  expect(await isOver(turn)).toBe(true);
});

test('a late one is waited for by those who asked after it, and an end that fails counts as an end', async () => {
  const queue = createTurnQueue();
  const late = later();
  queue.joinLate(wants(5).prebooking, late.promise);
  const [before, after] = [queue.turnOf(wants(4)), queue.turnOf(wants(6))];
  expect([await isOver(before), await isOver(after)]).toEqual([true, false]);
  late.reject(new Error('gone'));
  expect(await isOver(after)).toBe(true);
});

test('a late one itself waits for the first so many alone', async () => {
  const queue = createTurnQueue();
  const first = later();
  queue.join(wants(1), first.promise);
  queue.join(wants(2), later().promise);
  const turn = queue.turnOf(wants(3), 1);
  first.resolve(heard(wants(1), 'booked'));
  expect(await isOver(turn)).toBe(true);
});
