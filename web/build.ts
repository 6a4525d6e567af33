// Builds the member's app into public/. With `--if-stale`, as `npm start` and the demo call the script, the script builds only if the pages are
// missing or older than their sources. Without the build tools the script does nothing: the service runs without pages, too.
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { argv, pid, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PUBLIC = join(ROOT, 'public');
/** The files and folders that the pages are built from. */
const SOURCES = ['web', 'services/prebooking', 'package-lock.json'];

/** Builds the pages into `folder`, which is emptied first. Throws the error with which the build failed. */
export async function buildPages(folder: string): Promise<void> {
  const { build } = await import('vite');
  await build({
    configFile: join(ROOT, 'web/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true },
  });
}

/** Adds puntual's browser client to the built pages in `folder`, as a module that pages of other sites can load: client/puntual.js. */
async function addClient(folder: string): Promise<void> {
  const { build } = await import('vite');
  await build({
    configFile: join(ROOT, 'web/client.config.ts'),
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { input: { puntual: join(ROOT, 'web/client/client.ts') } },
    },
  });
}

const changedAtMs = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;

async function newestIn(path: string): Promise<number> {
  const below = await readdir(path, { recursive: true }).catch(() => []);
  const times = await Promise.all([path, ...below.map((name) => join(path, name))].map(changedAtMs));
  return Math.max(...times);
}

/** True if the built pages are missing or older than their sources. */
async function isStale(): Promise<boolean> {
  const builtAtMs = await changedAtMs(join(PUBLIC, 'index.html'));
  const newest = await Promise.all(SOURCES.map((source) => newestIn(join(ROOT, source))));
  return builtAtMs < Math.max(...newest);
}

/**
 * Builds the pages under another name and renames the whole folder: a process that starts meanwhile reads old pages or new pages, never a mixture.
 */
async function replacePages(): Promise<void> {
  const fresh = join(ROOT, 'node_modules/.cache', `pages-${pid}`);
  const old = `${fresh}-old`;
  await buildPages(fresh);
  await addClient(fresh);
  await rename(PUBLIC, old).catch(() => undefined);
  await rename(fresh, PUBLIC).catch(() => rm(fresh, { recursive: true, force: true }));
  await rm(old, { recursive: true, force: true });
}

const isMain = argv[1] !== undefined && fileURLToPath(import.meta.url) === argv[1];
if (isMain) {
  const ifStale = argv.includes('--if-stale');
  if (!ifStale || (await isStale())) {
    await replacePages().catch((error: unknown) => {
      stderr.write(`The pages were not built: ${error instanceof Error ? error.message : String(error)}\n`);
      if (!ifStale) process.exitCode = 1;
    });
  }
}
