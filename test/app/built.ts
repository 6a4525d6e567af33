// Builds the pages for the tests of the app, and says where Chromium is. On a machine without Chromium the tests that need Chromium are skipped, and
// a printed line says so.
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { inject, vi } from 'vitest';
import { buildPages } from '../../web/build.ts';
import { limitMs } from '../support/limits.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) process.stderr.write(`\n  SKIPPED, no page was looked at: there is no ${CHROMIUM}\n\n`);

/** How long, in ms, a test file waits for the pages that another file builds: longer than a build takes. */
const TIMEOUT_MS = 60_000;

/**
 * Gives the folder of the built pages. The pages are built once in a test run, in the run's own folder, by the first test file that asks; the other
 * files wait until they are built.
 */
export async function builtPages(): Promise<string> {
  const shared = join(inject('runFolder'), 'pages');
  const folder = join(shared, 'public');
  const isFirst = await mkdir(shared).then(
    () => true,
    () => false,
  );
  if (isFirst) {
    const aside = join(shared, 'unfinished');
    await buildPages(aside);
    await rename(aside, folder);
  }
  await vi.waitUntil(() => existsSync(folder), { timeout: limitMs(TIMEOUT_MS) });
  return folder;
}
