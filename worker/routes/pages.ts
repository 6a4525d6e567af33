// Serves the members' app from memory. Every screen's address answers the same HTML page; a file with its hash in its name may be cached for ever.
import { Hono } from 'hono';
import type { AppEnv } from '../app-context.ts';
import type { Asking } from '../identify.ts';
import type { PageFile, Pages } from '../page-files.ts';

/** The addresses of the app's screens, which web/app/main.tsx shows. */
export const SCREENS = [
  '/',
  '/login',
  '/classes',
  '/bookings',
  '/bookings/:id',
  '/weekly',
  '/account',
  '/operator',
  '/chat',
] as const;

/** The app's content security policy: only our own script and style files, no inline scripts, and no frame around the page. */
export const APP_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The endpoints of the screens and their files; none if the app was not built. */
export function pageRoutes(pages: Pages | undefined): Hono<AppEnv> {
  const router = new Hono<AppEnv>({ strict: false });
  const page = pages?.get('/');
  if (!pages || !page) return router;
  // vercel.json sends every screen's address to /index.html.
  for (const path of [...SCREENS, '/index.html']) router.get(path, (c) => sendScreen(c, page));
  for (const [path, file] of pages) {
    const kept = path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    if (path !== '/') router.get(path, (c) => send(c, file, kept));
  }
  return router;
}

/** The addresses that programs call, and the app's own files: there a wrong address is answered in JSON, whatever the caller accepts. */
const FOR_PROGRAMS = /^\/(api|cron|assets|socket\.io)(\/|$)/;

/**
 * The answer 404 with the app's page, which tells a person that there is no page at this address; undefined for a caller that is no browser, or if
 * the app was not built.
 */
export function missingPage(c: Asking, pages: Pages | undefined): Response | undefined {
  const page = pages?.get('/');
  const isRead = c.req.method === 'GET' && /\btext\/html\b/.test(c.req.header('accept') ?? '');
  if (!page || !isRead || FOR_PROGRAMS.test(c.req.path)) return undefined;
  c.status(404);
  return sendScreen(c, page);
}

function sendScreen(c: Asking, page: PageFile): Response {
  c.header('Content-Security-Policy', APP_POLICY);
  return send(c, page, 'no-cache');
}

function send(c: Asking, { body, zipped, type, etag }: PageFile, kept: string): Response {
  c.header('Cache-Control', kept);
  c.header('ETag', etag);
  c.header('Vary', 'Accept-Encoding');
  if (c.req.header('if-none-match') === etag) return c.body(null, 304);
  c.header('Content-Type', type);
  const mayZip = zipped && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
  if (mayZip) c.header('Content-Encoding', 'gzip');
  return c.body(mayZip ? zipped : body);
}
