// The built pages for a test, and the browser to look at them with. A machine without Chromium skips what needs it, and says so.
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { inject, vi } from 'vitest';
import { buildPages } from '../../web/build.ts';
import { limitMs } from '../support/limits.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) process.stderr.write(`\n  SKIPPED, no page was looked at: there is no ${CHROMIUM}\n\n`);

/** Longer than a build takes. */
const TIMEOUT_MS = 60_000;

/** The folder of the pages as they are now, built beside public/ once a run: by the first file that asks, while the others wait. To be read only. */
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
