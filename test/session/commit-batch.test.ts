// The commits of renewals, in batches: each renewal gets the result of its own commit, and a batch is retried for a minute while the database cannot
// be reached.
import { beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../services/clock.ts';
import { Failure } from '../../services/failures.ts';
import { createCommits } from '../../services/renewal/commit-batch.ts';
import type { CommitLine } from '../../services/store/renewal-store.ts';

type Row = { renewalId: string; moved: boolean; exists: boolean; refused: string | undefined };
let nowMs: number;
let batches: string[][];
let alone: string[];
let together: (lines: readonly CommitLine[]) => Promise<Row[]>;
let single: (line: CommitLine) => Promise<{ moved: boolean; exists: boolean }>;
const clock: Clock = {
  now: () => new Date(nowMs),
  monotonicMs: () => nowMs,
  sleep: async (ms) => {
    nowMs += ms;
    await new Promise((resolve) => setImmediate(resolve));
  },
};
const line = (renewalId: string): CommitLine => ({
  renewalId,
  tokenDigest: 'd',
  tokenSealed: 's',
  cookiesSealed: 'c',
  now: new Date(0),
});
const good = (lines: readonly CommitLine[]): Row[] =>
  lines.map(({ renewalId }) => ({ renewalId, moved: true, exists: true, refused: undefined }));
const unavailable = () => new Failure('database/unavailable', 'away');
beforeEach(() => {
  nowMs = 0;
  batches = [];
  alone = [];
  together = async (lines) => good(lines);
  single = async () => ({ moved: true, exists: true });
});
const create = () =>
  createCommits({
    clock,
    store: {
      commitRotations: (lines) => {
        batches.push(lines.map((one) => one.renewalId));
        return together(lines);
      },
      commitRotation: (one) => {
        alone.push(one.renewalId);
        return single(one);
      },
    },
  });
const many = (count: number) => Array.from({ length: count }, (_, at) => line(`r${at}`));

test('what comes together is written together, at most two hundred at once', async () => {
  const commit = create();
  const ends = await Promise.all(many(450).map(commit));
  expect(ends.every((end) => end.moved)).toBe(true);
  expect(batches.map((batch) => batch.length)).toEqual([200, 200, 50]);
  expect(new Set(batches.flat()).size).toBe(450);
});

test('one alone takes the way for one', async () => {
  await create()(line('only'));
  expect([batches, alone]).toEqual([[], ['only']]);
});

test('lines that come while two batches are on their way are written by the next', async () => {
  const release: (() => void)[] = [];
  together = (lines) => new Promise((resolve) => release.push(() => resolve(good(lines))));
  const commit = create();
  const ends: Promise<unknown>[] = [];
  for (const wave of [0, 1, 2, 3]) {
    ends.push(...[0, 1, 2].map((at) => commit(line(`w${wave}-${at}`))));
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(batches.map((batch) => batch.length)).toEqual([3, 3]);
  while (release.length > 0) {
    release.shift()?.();
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(ends);
  expect(batches.map((batch) => batch.length)).toEqual([3, 3, 6]);
});

test('a line refused in its batch is tried alone, and fails alone', async () => {
  together = async (lines) => good(lines).map((row) => (row.renewalId === 'r1' ? { ...row, refused: '23502' } : row));
  single = () => Promise.reject(new Failure('database/refused', 'no'));
  const commit = create();
  const ends = await Promise.allSettled(many(3).map(commit));
  expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(alone).toEqual(['r1']);
});

test('a database that is away is tried for a minute, and the same lines are sent again', async () => {
  let calls = 0;
  together = async (lines) => {
    calls += 1;
    if (calls < 30) throw unavailable();
    return good(lines);
  };
  const ends = await Promise.all(many(2).map(create()));
  expect(ends).toHaveLength(2);
  expect(new Set(batches.map((batch) => batch.join()))).toEqual(new Set(['r0,r1']));
});

test('a database that stays away is told to every line, and the next line is tried anew', async () => {
  together = () => Promise.reject(unavailable());
  const commit = create();
  const ends = await Promise.allSettled(many(2).map(commit));
  expect(ends.map((end) => end.status)).toEqual(['rejected', 'rejected']);
  expect(nowMs).toBeGreaterThan(60_000);
  expect(await commit(line('later'))).toEqual({ moved: true, exists: true });
});
