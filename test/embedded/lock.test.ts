// One embedded stack at a time uses a data folder: the lock of a dead process does not count, and the start waits for a process that is ending.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FolderLock, lockFolder } from '../../embedded/folder-lock.ts';

let folder: string;
let said: string[];
beforeEach(async () => {
  said = [];
  folder = await mkdtemp(join(tmpdir(), 'puntual-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const logger = pino({}, { write: (line: string) => void said.push(line) });
const lock = (maxWaitMs?: number): Promise<FolderLock> =>
  lockFolder(folder, { logger, ...(maxWaitMs !== undefined && { maxWaitMs }) });

test('a lock that is held refuses with the pid of its holder', async () => {
  await lock();
  await expect(lock()).rejects.toMatchObject({ code: 'stack/already-running', details: { pid: process.pid } });
  expect(said).toEqual([]);
});

test('a lock that was given back can be taken', async () => {
  await (await lock()).release();
  await (await lock()).release();
  expect(await readdir(folder)).toEqual([]);
});

test('an owner that is ending is waited for, and that is said once', async () => {
  const first = await lock();
  first.markEnding();
  const second = lock();
  await expect.poll(() => said).toHaveLength(1);
  expect(said[0]).toContain(`waiting for process ${process.pid} to end on ${folder}`);
  await expect(lock(0)).rejects.toMatchObject({ code: 'stack/already-running', message: /is ending/ });
  await first.release();
  await (await second).release();
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ['a process that is gone', '4194304 boot/1'],
  ['a process that went while it was ending', '4194304 boot/1 ending'],
  ['an earlier process with the same pid', `${process.pid} boot/1`],
  ['nobody', ''],
])('a lock of %s does not hold', async (_who, text) => {
  await writeFile(join(folder, 'stack.lock'), text);
  await (await lock()).release();
});

test('of twenty processes that find a stale lock one gets it', async () => {
  await writeFile(join(folder, 'stack.lock'), '4194304 boot/1');
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lock()));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
