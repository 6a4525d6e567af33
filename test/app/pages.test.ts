// The built pages stay within their limits of size, and are served with the headers that keep them safe and up to date.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { readPages } from '../../worker/page-files.ts';
import { APP_POLICY, SCREENS } from '../../worker/routes/pages.ts';
import { openApp, type TestApp } from '../routes/open-app.ts';
import { town } from '../support/town.ts';
import { builtPages } from './built.ts';

let folder: string;
let app: TestApp;
beforeAll(async () => {
  folder = await builtPages();
  app = await openApp(systemClock, town, { pages: await readPages(folder) });
});
afterAll(async () => {
  await app.stop();
});

const KB = 1_000;
const MANIFEST = '/manifest.webmanifest';
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
/** Gives the total size in kilobytes of the built files at these paths, compressed as they are sent. */
const kilobytes = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path)), { level: 9 }).length, 0) / KB;

/** Gives every script that is needed before the first screen: the scripts that the page names, and the scripts that these import before they run. */
function firstScripts(): string[] {
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    for (const [, name = ''] of read(path).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g))
      visit(`/assets/${name}`);
  };
  for (const [, path = ''] of read('/index.html').matchAll(/(?:src|href)="(\/[\w./-]+\.js)"/g)) visit(path);
  return [...found];
}
const linked = (kind: RegExp): string[] =>
  [...read('/index.html').matchAll(/href="(\/[^"]+)"/g)].map(([, path = '']) => path).filter((path) => kind.test(path));
/** Gives the paths of the built scripts with the English texts. The Spanish texts are part of the scripts that `firstScripts` gives. */
const englishWords = (): string[] =>
  readdirSync(join(folder, 'assets'))
    .filter((name) => /^en-[\w-]+\.js$/.test(name))
    .map((name) => `/assets/${name}`);

test('the first load stays within 90 kB of scripts, in English too', () => {
  const scripts = firstScripts();
  expect([scripts.length > 0, englishWords()]).toEqual([true, [expect.stringContaining('/assets/en-')]]);
  expect(kilobytes(scripts)).toBeGreaterThan(20);
  expect(kilobytes([...scripts, ...englishWords()])).toBeLessThanOrEqual(90);
});

test('the first load stays within 8 kB of styles and 130 kB of everything', () => {
  const styles = linked(/\.css$/);
  expect(kilobytes(styles)).toBeGreaterThan(1);
  expect(kilobytes(styles)).toBeLessThanOrEqual(8);
  const others = ['/index.html', MANIFEST, '/sw.js', ...linked(/\.(svg|png)$/)];
  expect(kilobytes([...firstScripts(), ...englishWords(), ...styles, ...others])).toBeLessThanOrEqual(130);
});

test('a screen that is fetched later is not in the first load', () => {
  const first = firstScripts().join(' ');
  for (const screen of ['account', 'operator', 'classes', 'socket']) expect(first).not.toContain(`/${screen}-`);
});

test('every screen answers the page, with a policy that runs our own scripts alone', async () => {
  for (const screen of SCREENS) {
    const { status, text, headers } = await app.ask('GET', screen.replace(':id', 'x'));
    expect([screen, status, text.includes('<div id="app">')]).toEqual([screen, 200, true]);
    expect(headers.get('content-security-policy')).toBe(APP_POLICY);
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|style=|\son\w+=/);
  }
});

test('a file with its hash in its name is kept for ever, the service worker is asked for each time', async () => {
  const page = await app.ask('GET', '/');
  const [script = ''] = /\/assets\/[\w-]+\.js/.exec(page.text) ?? [];
  const asset = await app.ask('GET', script, { headers: { 'accept-encoding': 'gzip' } });
  expect([asset.status, asset.headers.get('content-encoding')]).toEqual([200, 'gzip']);
  expect(asset.headers.get('cache-control')).toContain('immutable');
  const worker = await app.ask('GET', '/sw.js');
  expect([worker.status, worker.headers.get('cache-control')]).toEqual([200, 'no-cache']);
  expect(worker.text).toContain(script);
  expect(worker.text).not.toContain('%');
  const again = { headers: { 'if-none-match': page.headers.get('etag') ?? '' } };
  expect((await app.ask('GET', '/', again)).status).toBe(304);
});

test('what was not built is missing, and a page takes no other verb', async () => {
  expect((await app.ask('GET', '/assets/none-1a2b3c4d.js')).json.error.code).toBe('route/missing');
  expect((await app.ask('POST', '/classes', { body: {} })).json.error.code).toBe('route/method');
  expect((await app.ask('GET', '/nothing-here')).status).toBe(404);
});

test('a person at a wrong address gets the app’s page, and a program gets JSON', async () => {
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  for (const path of ['/nothing/here', '/classe', '/bookings/x/y']) {
    const { status, text, headers } = await app.ask('GET', path, { headers: { accept } });
    expect([path, status, text.includes('<div id="app">')]).toEqual([path, 404, true]);
    expect(headers.get('content-security-policy')).toBe(APP_POLICY);
    expect((await app.ask('GET', path, { headers: { accept: '*/*' } })).json.error.code).toBe('route/missing');
  }
  for (const path of ['/api/nothing', '/cron/nothing', '/assets/none-1a2b3c4d.js'])
    expect((await app.ask('GET', path, { headers: { accept } })).json.error.code).toBe('route/missing');
  expect((await app.ask('POST', '/nothing', { headers: { accept }, body: {} })).json.error.code).toBe('route/missing');
  expect((await app.ask('GET', '/api/auth/logout', { headers: { accept } })).json.error.code).toBe('route/method');
});

test('a service without pages has none, and goes on', async () => {
  const bare = await openApp(systemClock);
  expect(await readPages(join(folder, 'none'))).toBeUndefined();
  const headers = { accept: 'text/html' };
  expect((await bare.ask('GET', '/', { headers })).json.error.code).toBe('route/missing');
  expect((await bare.ask('GET', '/health')).status).toBe(200);
  await bare.stop();
});

test('the hosted platform is told the same policy', () => {
  const vercel = readFileSync(new URL('../../vercel.json', import.meta.url), 'utf8');
  expect(vercel).toContain(APP_POLICY);
  for (const screen of SCREENS) if (screen !== '/') expect(vercel).toContain(screen.split('/')[1]);
});
