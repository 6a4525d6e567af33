// The turns of entrants for one class, tested without a clock: which entrant of a race waits for which, and what ends the wait.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entrant } from '../../services/race/entrant.ts';
import type { EntrantShots } from '../../services/race/shots.ts';
import { createTurnQueue, type TurnQueue } from '../../services/race/turn-queue.ts';

const wants = (n: number, id = '501'): Entrant =>
  ({
    prebooking: { id: String(n), day: '20260302', timeId: '1800_60', createdAt: new Date(n) },
    choices: [{ day: '20260302', id }],
  }) as unknown as Entrant;
const heard = (entrant: Entrant, ...kinds: EntrantShots['heard']) => ({ entrant, heard: kinds }) as EntrantShots;
const later = () => Promise.withResolvers<EntrantShots | undefined>();
/** Waits for one iteration of the event loop, then tells whether the turn's promise has resolved. */
async function isOver(turn: Promise<void>): Promise<boolean> {
  let over = false;
  void turn.then(() => {
    over = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

/** Tells whether the entrant's turn has come. */
const isTurn = (queue: TurnQueue, entrant: Entrant) => isOver(queue.before(entrant).ended());
const never = new Promise<undefined>(() => undefined);

test('an entrant behind waits for all before it in its class, and for no other class', async () => {
  const queue = createTurnQueue();
  const [one, two, other] = [later(), later(), later()];
  queue.joinFirst(wants(1), one.promise);
  queue.joinFirst(wants(2), two.promise);
  queue.joinFirst(wants(3, '777'), other.promise);
  queue.joinBehind(wants(4), never);
  queue.joinBehind(wants(5, '888'), never);
  one.resolve(heard(wants(1), 'booked'));
  expect(await isTurn(queue, wants(4))).toBe(false);
  two.resolve(undefined);
  expect(await isTurn(queue, wants(4))).toBe(true);
  expect(await isTurn(queue, wants(5, '888'))).toBe(true);
});

test('an entrant that joins later is not waited for', async () => {
  const queue = createTurnQueue();
  queue.joinBehind(wants(1), never);
  queue.joinBehind(wants(2), never);
  expect([await isTurn(queue, wants(1)), await isTurn(queue, wants(2))]).toEqual([true, false]);
});

test('a class found full ends the waiting of all, also where others are still trying', async () => {
  const queue = createTurnQueue();
  const two = later();
  queue.joinFirst(wants(1), never);
  queue.joinFirst(wants(2), two.promise);
  queue.joinBehind(wants(3), never);
  const turn = queue.before(wants(3)).ended();
  two.resolve(heard(wants(2), 'too-early', 'full'));
  expect(await isOver(turn)).toBe(true);
});

test('a late one is waited for by those that asked after it, and an end that fails counts as an end', async () => {
  const queue = createTurnQueue();
  const late = later();
  queue.joinLate(wants(5).prebooking, late.promise);
  for (const n of [4, 6]) queue.joinBehind(wants(n), Promise.resolve(undefined));
  expect([await isTurn(queue, wants(4)), await isTurn(queue, wants(6))]).toEqual([true, false]);
  late.reject(new Error('gone'));
  expect(await isTurn(queue, wants(6))).toBe(true);
});

test('a late one waits for all that are fired, and for those behind that asked before it', async () => {
  const queue = createTurnQueue();
  const [first, behind] = [later(), later()];
  queue.joinFirst(wants(1), first.promise);
  queue.joinLate(wants(5).prebooking, never);
  queue.joinBehind(wants(4), behind.promise);
  queue.joinBehind(wants(6), never);
  queue.arrive(wants(5));
  expect([queue.before(wants(5)).count, await isTurn(queue, wants(5))]).toEqual([2, false]);
  first.resolve(heard(wants(1), 'booked'));
  behind.resolve(heard(wants(4), 'booked'));
  expect(await isTurn(queue, wants(5))).toBe(true);
});

test('of late ones the earlier goes first once it is ready, and is not waited for until then', async () => {
  const queue = createTurnQueue();
  for (const n of [8, 5]) queue.joinLate(wants(n).prebooking, never);
  queue.arrive(wants(8));
  expect(await isTurn(queue, wants(8))).toBe(true);
  queue.arrive(wants(5));
  expect([await isTurn(queue, wants(8)), await isTurn(queue, wants(5))]).toEqual([false, true]);
});

test('the last of the first that asked after a late one makes room for it, and stands behind it then', async () => {
  const queue = createTurnQueue();
  const late = later();
  for (const n of [1, 6, 7]) queue.joinFirst(wants(n), n === 1 ? Promise.resolve(undefined) : never);
  queue.joinLate(wants(5).prebooking, late.promise);
  queue.arrive(wants(5));
  expect([queue.before(wants(5)).count, queue.lastAfter(wants(5))]).toEqual([3, wants(7)]);
  queue.takeBack(wants(7));
  queue.takeBack(wants(6));
  expect([queue.before(wants(5)).count, queue.lastAfter(wants(5))]).toEqual([1, undefined]);
  expect([await isTurn(queue, wants(6)), await isTurn(queue, wants(7))]).toEqual([false, false]);
  late.resolve(heard(wants(5), 'booked'));
  expect([await isTurn(queue, wants(6)), await isTurn(queue, wants(7))]).toEqual([true, false]);
});

test('whatever stands in it, each comes to its turn: none waits for one that waits for it', async () => {
  const kinds = fc.constantFrom('first', 'taken-back', 'late', 'behind');
  // A prebooking may wait for seconds behind one that was made later, because entrants do not join the queue in the order in which their prebookings
  // were made.
  const standing = fc.uniqueArray(fc.record({ asked: fc.nat(20), kind: kinds }), { selector: ({ asked }) => asked });
  const property = fc.asyncProperty(standing, async (all) => {
    const queue = createTurnQueue();
    const ends = all.map(() => later());
    const joinAll = (kind: string, join: (entrant: Entrant, end: Promise<EntrantShots | undefined>) => void) =>
      all.forEach((one, at) => {
        const end = ends[at];
        if (one.kind === kind && end) join(wants(one.asked), end.promise);
      });
    for (const kind of ['first', 'taken-back']) joinAll(kind, queue.joinFirst);
    joinAll('late', ({ prebooking }, end) => queue.joinLate(prebooking, end));
    joinAll('behind', queue.joinBehind);
    joinAll('late', queue.arrive);
    joinAll('taken-back', queue.takeBack);
    for (const [at, { asked, kind }] of all.entries()) {
      if (kind === 'first') ends[at]?.resolve(undefined);
      else
        void queue
          .before(wants(asked))
          .ended()
          .then(() => ends[at]?.resolve(undefined));
    }
    expect(await isOver(Promise.all(ends.map(({ promise }) => promise)).then(() => undefined))).toBe(true);
  });
  await fc.assert(property, { numRuns: 300 });
});
