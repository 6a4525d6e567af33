// The batch writer takes lines that come close together, and writes them by one call. These tests show which lines are written together, and which
// result each caller gets. In these tests the batch writer writes its lines to a list in memory; the writers to the database have tests of their own.
import { expect, test } from 'vitest';
import { createBatchWriter } from '../../services/batch-writer.ts';
import { systemClock } from '../../services/clock.ts';

type Answer = string | Promise<string>;

function listWriter(answer: (lines: readonly string[]) => Promise<Answer[]>) {
  const batches: string[][] = [];
  const write = createBatchWriter<string, string>({
    clock: systemClock,
    windowMs: 0,
    maxBatch: 3,
    concurrency: 1,
    write: (lines) => {
      batches.push([...lines]);
      return answer(lines);
    },
  });
  return { batches, write };
}

test('the first line goes out at once, those that come meanwhile together, at most so many', async () => {
  const { batches, write } = listWriter(async (lines) => lines.map((line) => line.toUpperCase()));
  expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(write))).toEqual(['A', 'B', 'C', 'D', 'E']);
  expect(batches).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
});

test('a line refused alone is rejected alone', async () => {
  const { write } = listWriter(async (lines) =>
    lines.map((line) => (line === 'b' ? Promise.reject(new Error('no b')) : line)),
  );
  const ends = await Promise.allSettled(['a', 'b', 'c'].map(write));
  expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('a batch that fails is heard by each of its lines, and the next batch is written', async () => {
  let calls = 0;
  const { write } = listWriter(async (lines) => {
    calls += 1;
    if (calls === 2) throw new Error('away');
    return [...lines];
  });
  const ends = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(write));
  expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled']);
  expect(await write('f')).toBe('f');
});

test('an answer too short for its lines is an error of the line left without one', async () => {
  const { write } = listWriter(async () => []);
  await expect(write('a')).rejects.toThrow('Expected one result for each line.');
});
