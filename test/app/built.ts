// The built pages for a test, and the browser to look at them with. A machine without Chromium skips what needs it, and says so.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPages } from '../../web/build.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);
if (!hasChromium) process.stderr.write(`\n  SKIPPED, no page was looked at: there is no ${CHROMIUM}\n\n`);

/** Builds the pages as they are now, beside public/. */
export async function buildAside(): Promise<{ folder: string; remove(): Promise<void> }> {
  const work = await mkdtemp(join(tmpdir(), 'puntual-pages-'));
  const folder = join(work, 'public');
  await buildPages(folder);
  return { folder, remove: () => rm(work, { recursive: true, force: true }) };
}
