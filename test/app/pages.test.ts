// The built pages: small enough, and served with the headers that keep them safe and fresh.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { readPages } from '../../worker/page-files.ts';
import { APP_POLICY, SCREENS } from '../../worker/routes/pages.ts';
import { openApp, type TestApp } from '../routes/open-app.ts';
import { town } from '../support/town.ts';
import { buildAside } from './built.ts';

let built: Awaited<ReturnType<typeof buildAside>>;
let it: TestApp;
beforeAll(async () => {
  built = await buildAside();
  it = await openApp(systemClock, town, { pages: await readPages(built.folder) });
});
afterAll(async () => {
  await it.stop();
  await built.remove();
});

const KB = 1_000;
/** Sum of the built files of these kinds, compressed as they are sent. */
function kilobytes(...kinds: string[]): number {
  const files = readdirSync(built.folder, { recursive: true, withFileTypes: true });
  const wanted = files.filter((file) => file.isFile() && kinds.includes(extname(file.name)));
  return (
    wanted.reduce((sum, { parentPath, name }) => sum + gzipSync(readFileSync(join(parentPath, name))).length, 0) / KB
  );
}

test('all scripts, those of screens that are fetched later too, stay below the bound of a first load', () => {
  expect(kilobytes('.js')).toBeGreaterThan(20);
  expect(kilobytes('.js')).toBeLessThanOrEqual(90);
});

test('styles and everything together stay below their bounds', () => {
  expect(kilobytes('.css')).toBeLessThanOrEqual(8);
  expect(kilobytes('.js', '.css', '.html', '.svg', '.png', '.webmanifest')).toBeLessThanOrEqual(130);
});

test('every screen answers the page, with a policy that runs our own scripts alone', async () => {
  for (const screen of SCREENS) {
    const { status, text, headers } = await it.ask('GET', screen.replace(':id', 'x'));
    expect([screen, status, text.includes('<div id="app">')]).toEqual([screen, 200, true]);
    expect(headers.get('content-security-policy')).toBe(APP_POLICY);
    expect(headers.get('cache-control')).toBe('no-cache');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|style=|\son\w+=/);
  }
});

test('a file with its hash in its name is kept for ever, the service worker is asked for each time', async () => {
  const page = await it.ask('GET', '/');
  const [script = ''] = /\/assets\/[\w-]+\.js/.exec(page.text) ?? [];
  const asset = await it.ask('GET', script, { headers: { 'accept-encoding': 'gzip' } });
  expect([asset.status, asset.headers.get('content-encoding')]).toEqual([200, 'gzip']);
  expect(asset.headers.get('cache-control')).toContain('immutable');
  const worker = await it.ask('GET', '/sw.js');
  expect([worker.status, worker.headers.get('cache-control')]).toEqual([200, 'no-cache']);
  expect(worker.text).toContain(script);
  expect(worker.text).not.toContain('%');
  const again = { headers: { 'if-none-match': page.headers.get('etag') ?? '' } };
  expect((await it.ask('GET', '/', again)).status).toBe(304);
});

test('what was not built is missing, and a page takes no other verb', async () => {
  expect((await it.ask('GET', '/assets/none-1a2b3c4d.js')).json.error.code).toBe('route/missing');
  expect((await it.ask('POST', '/classes', { body: {} })).json.error.code).toBe('route/method');
  expect((await it.ask('GET', '/nothing-here')).status).toBe(404);
});

test('a service without pages has none, and goes on', async () => {
  const bare = await openApp(systemClock);
  expect(await readPages(join(built.folder, 'none'))).toBeUndefined();
  expect((await bare.ask('GET', '/')).status).toBe(404);
  expect((await bare.ask('GET', '/health')).status).toBe(200);
  await bare.stop();
});

test('the hosted platform is told the same policy', () => {
  const vercel = readFileSync(new URL('../../vercel.json', import.meta.url), 'utf8');
  expect(vercel).toContain(APP_POLICY);
  for (const screen of SCREENS) if (screen !== '/') expect(vercel).toContain(screen.split('/')[1]);
});
