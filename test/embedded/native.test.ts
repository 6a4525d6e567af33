// Postgres's programs are made runnable: missing symbolic links are made, and a user of the operating system that cannot reach the programs gets a
// copy.
import { execFileSync } from 'node:child_process';
import { chmod, cp, lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageFolder, postgresPrograms } from '../../embedded/database/binaries.ts';

/** A user that owns no file on this machine, so that only the file permissions for others apply to it. */
const stranger = { uid: 4_000_000, gid: 4_000_000 };
const LINK = 'native/lib/libicuuc.so.60';
const isLink = (path: string) =>
  lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  );
const versionOf = (programs: string) => execFileSync(join(programs, 'postgres'), ['--version'], { encoding: 'utf8' });

let home: string;
/**
 * The folder of the npm package with the Postgres programs, as an install without scripts leaves it, inside a folder that is closed to other users.
 */
let bare: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'puntual-native-'));
  await chmod(home, 0o711);
  bare = join(home, 'closed', 'package');
  await mkdir(join(home, 'closed'), { mode: 0o700 });
  const noLink = async (path: string) => !(await isLink(path));
  await cp(packageFolder(), bare, { recursive: true, filter: noLink });
});
afterAll(() => rm(home, { recursive: true, force: true }));

test('a stranger gets a copy, whole and with its links, and the next start the same one', async () => {
  const programs = await postgresPrograms(stranger, home, bare);
  expect(programs.startsWith(bare)).toBe(false);
  expect(versionOf(programs)).toContain('17.');
  expect(await isLink(join(programs, '../..', LINK))).toBe(true);
  const made = (await lstat(programs)).ino;
  expect((await lstat(await postgresPrograms(stranger, home, bare))).ino).toBe(made);
});

test('an account that can reach the package runs it where it is, with the missing links made', async () => {
  await rm(join(bare, LINK), { force: true });
  const programs = await postgresPrograms(undefined, join(home, 'spare'), bare);
  expect(programs).toBe(join(bare, 'native/bin'));
  expect(await isLink(join(bare, LINK))).toBe(true);
  expect(versionOf(programs)).toContain('17.');
});
