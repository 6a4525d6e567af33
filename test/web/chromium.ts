// A real browser for tests: the system's Chromium, one process for a test file, a browser context for each browser that a test plays. On a machine
// without Chromium the tests that need it are skipped, and the test run prints a line that says so.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import type { Client } from '../../web/client/client.ts';
import type { LiveFeed } from '../../web/client/socket.ts';

const PLACES = ['/usr/bin/chromium', '/usr/bin/google-chrome'];
const executablePath = PLACES.find((place) => existsSync(place));

/** True on a machine without Chromium, for `describe.skipIf`. */
export const lacksChromium = executablePath === undefined;
if (lacksChromium)
  process.stdout.write(`\n!! SKIPPED: no browser at ${PLACES.join(' or ')}, so nothing of web/ is tried in one.\n\n`);

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });

export interface BuiltPages {
  readonly folder: string;
  remove(): Promise<void>;
}

const SCRIPTS = { 'tab-page': 'tab-page.ts', 'hook-page': 'hook-page.tsx' };
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Builds the app's pages, as `npm run build:web` does, into a separate folder, with the tests' own pages beside them: /tab-page.html,
 * /hook-page.html.
 */
export async function buildPages(): Promise<BuiltPages> {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-pages-'));
  const input = Object.fromEntries(Object.entries(SCRIPTS).map(([name, file]) => [name, at(file)]));
  await build({
    configFile: at('../../web/client.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, rolldownOptions: { input } },
  });
  const scripts = await readdir(join(folder, 'assets'));
  for (const name of Object.keys(SCRIPTS)) {
    const script = scripts.find((file) => file.startsWith(`${name}-`));
    const page = `<!doctype html><title>${name}</title><main id="root"></main><script type="module" src="/assets/${script}"></script>`;
    await writeFile(join(folder, `${name}.html`), page);
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

declare global {
  interface Window {
    client: Client;
    feed: LiveFeed;
    /** For each sign-out of this page, the answer or message by which the client learnt of it. */
    signOuts: string[];
    /** The action that the test started last in this page without awaiting it. */
    pending: Promise<unknown>;
    /** True when the page's client has been started. */
    isReady: boolean;
  }
}

/** Opens a tab in which `window.client` is puntual's web client, already started. */
export async function openTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/tab-page.html`);
  await page.waitForFunction(() => window.isReady);
  return page;
}
