// A private folder of the service: the folder is made with its missing parents, or is refused at once with an error that names it.
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePrivateFolder } from '../../services/private-folder.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'puntual-folder-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('is made with those above it, for its owner alone, however many ask at once', async () => {
  const folder = join(root, 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 10 }, () => makePrivateFolder(folder)));
  for (const made of [join(root, 'a'), join(root, 'a', 'b'), folder])
    expect((await stat(made)).mode & 0o777).toBe(0o700);
  await makePrivateFolder(folder);
});

test.each([
  ['below a file', () => join(root, 'file', 'data')],
  ['that is a file', () => join(root, 'file')],
  ['where the file system makes none', () => '/proc/puntual/data'],
])('%s is refused by name', async (_where, folder) => {
  await writeFile(join(root, 'file'), '', { mode: 0o600 });
  await expect(makePrivateFolder(folder())).rejects.toMatchObject({
    code: 'stack/folder-unwritable',
    message: expect.stringContaining(folder()),
  });
});
