// Builds this checkout with Vercel's own command line, offline, and returns the folder of the finished function.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The version of Vercel's command line with which these tests were tried; a later version may need packages that not every registry has. */
const CLI_VERSION = '60.1.3';
const CLI_FOLDER = join(ROOT, 'node_modules/.cache/vercel', CLI_VERSION);
const CLI = join(CLI_FOLDER, 'node_modules/vercel/dist/index.js');
const TIMEOUT_MS = 240_000;
const run = promisify(execFile);

/** The ids are invented, because `vercel build` needs no Vercel account. */
const PROJECT = { projectId: 'prj_x', orgId: 'team_x', settings: { framework: 'hono', nodeVersion: '24.x' } };

/**
 * Installs Vercel's command line once and keeps it for later runs. Returns why Vercel's command line could not be installed, or undefined if it is
 * there.
 */
export async function whyNoCli(): Promise<string | undefined> {
  try {
    await run(process.execPath, [CLI, '--version'], { timeout: TIMEOUT_MS });
    return undefined;
  } catch {
    // Vercel's command line is missing or broken: the code below this block installs it.
  }
  await mkdir(CLI_FOLDER, { recursive: true });
  await writeFile(join(CLI_FOLDER, 'package.json'), '{ "private": true }');
  const args = ['install', `vercel@${CLI_VERSION}`, '--ignore-scripts', '--no-audit', '--no-fund'];
  try {
    await run('npm', args, { cwd: CLI_FOLDER, timeout: TIMEOUT_MS });
    return undefined;
  } catch (error) {
    return `npm could not install vercel@${CLI_VERSION}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}

export interface Built {
  /** The folder with the function and no other file of the repository: no sources, and no node_modules above it. */
  readonly folder: string;
  /** The path of the handler's file, which is in `folder`. */
  readonly handler: string;
  readonly settings: { readonly maxDuration?: number; readonly runtime?: string };
  /** The paths of the static files that Vercel publishes beside the built function. */
  readonly published: readonly string[];
  readonly output: string;
  remove(): Promise<void>;
}

/** Builds the Vercel function from this checkout's files. Throws with the command's output when the build fails. */
export async function buildForVercel(): Promise<Built> {
  const work = await mkdtemp(join(tmpdir(), 'puntual-vercel-'));
  const checkout = join(work, 'checkout');
  const { stdout: listed } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
  });
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(checkout, file)), { recursive: true });
    // A file in git's list may have been deleted without a commit: its copy is skipped.
    await cp(join(ROOT, file), join(checkout, file)).catch(() => undefined);
  }
  await mkdir(join(checkout, '.vercel'));
  await writeFile(join(checkout, '.vercel/project.json'), JSON.stringify(PROJECT));
  const env = { ...process.env, VERCEL_TOKEN: 'x', VERCEL_TELEMETRY_DISABLED: '1', CI: '1' };
  const { stdout, stderr } = await run(process.execPath, [CLI, 'build', '--yes'], {
    cwd: checkout,
    env,
    timeout: TIMEOUT_MS,
    maxBuffer: 64 << 20,
  });
  const output = join(checkout, '.vercel/output');
  const folder = join(work, 'function');
  await cp(join(output, 'functions/index.func'), folder, { recursive: true, verbatimSymlinks: true });
  const settings = JSON.parse(await readFile(join(folder, '.vc-config.json'), 'utf8'));
  const published = await readdir(join(output, 'static'), { recursive: true }).catch(() => []);
  await rm(checkout, { recursive: true, force: true });
  return {
    folder,
    handler: join(folder, settings.handler),
    settings,
    published,
    output: `${stdout}${stderr}`,
    remove: () => rm(work, { recursive: true, force: true }),
  };
}
