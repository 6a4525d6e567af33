// One stack at a time on a folder, and a lock whose owner is gone does not hold.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from '../../embedded/folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puntual-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a lock that is held refuses with the pid of who holds it', async () => {
  await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: 'stack/already-running',
    details: { pid: process.pid },
  });
});

test('a lock that was given back can be taken', async () => {
  const release = await lockFolder(folder);
  await release();
  await (await lockFolder(folder))();
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  ['a process that is gone', '4194304 boot/1'],
  ['an earlier process with the same pid', `${process.pid} boot/1`],
  ['nobody', ''],
])('a lock of %s does not hold', async (_who, text) => {
  await writeFile(join(folder, 'stack.lock'), text);
  await expect(lockFolder(folder)).resolves.toBeTypeOf('function');
});

test('of twenty who find a stale lock one gets it', async () => {
  await writeFile(join(folder, 'stack.lock'), '4194304 boot/1');
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});
