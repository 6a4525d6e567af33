// Tells which of the gym's hosts and which call a request is meant for, by the prefix of the request's path or else by its Host header. One listening
// socket stands for all the gym's hosts under `.com` and under `.es`; this file never looks at a request's body.
import type { Operation } from './knob-scope.ts';

/** The real gym has hosts under two domain endings: a cookie issued under `.com` is worth nothing under `.es`, and the reverse. */
export type Suffix = 'com' | 'es';

export interface Address {
  host: 'login' | 'main' | 'box' | 'unknown';
  suffix: Suffix;
  box?: string | undefined;
  op: Operation;
  /** The request's path on the called host, without a prefix that names the host (such as `/box/SLUG`). */
  path: string;
  query: URLSearchParams;
}

const CALLS: Record<string, Operation> = {
  'login POST /api/login': 'login',
  'main POST /api/login': 'login',
  'main POST /api/tokenUpdate': 'tokenUpdate',
  'box POST /api/tokenUpdate': 'tokenUpdate',
  'main GET /api/whoami': 'whoami',
  'main GET /setrefresh': 'setrefresh',
  'box GET /api/bookings': 'bookings',
  'box POST /api/book': 'book',
  'box POST /api/cancelBook': 'cancelBook',
  'box GET /api/nextBookings': 'nextBookings',
  'box GET /api/coachBookings': 'coachBookings',
  'box GET /schedule': 'schedule',
};

/** The paths of the plain pages, which every host serves without a login. */
const PAGES = new Set(['/', '/home', '/settings', '/schedule', '/logout', '/login', '/robots.txt', '/favicon.ico']);
/** The paths to which the gym's former login form posted: the gym still answers such a POST with a page, but logs no member in. */
const OLD_FORM = new Set(['/', '/login', '/home']);

/** Finds the host and the call for which a request line and its Host header are meant. */
export function addressOf(method: string, target: string, hostHeader: string | undefined): Address {
  const mark = target.indexOf('?');
  const whole = mark < 0 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  const found = byPrefix(whole) ?? byHost(whole, hostHeader ?? '');
  if (!found) return { host: 'unknown', suffix: 'com', op: 'unknown', path: whole, query };
  return { ...found, op: callAt(found, method), query };
}

type Found = Pick<Address, 'host' | 'suffix' | 'box' | 'path'>;

function callAt({ host, path }: Found, method: string): Operation {
  const call = CALLS[`${host} ${method} ${path}`];
  if (call) return call;
  const isPage = method === 'GET' || method === 'HEAD' ? PAGES.has(path) : method === 'POST' && OLD_FORM.has(path);
  return isPage ? 'page' : 'unknown';
}

function byPrefix(whole: string): Found | undefined {
  const [, es, prefix, box, path = '/'] =
    /^(\/es)?\/(login-host|main-host|box\/([a-z0-9-]+))(\/.*)?$/.exec(whole) ?? [];
  if (prefix === undefined) return undefined;
  const host = prefix === 'login-host' ? 'login' : prefix === 'main-host' ? 'main' : 'box';
  return { host, suffix: es ? 'es' : 'com', box, path };
}

function byHost(path: string, header: string): Found | undefined {
  const name = header.toLowerCase().replace(/:\d+$/, '');
  const [whole, label, end] = /^(?:([a-z0-9-]+)\.)?(?:aimharder\.(com|es|localhost)|localhost)$/.exec(name) ?? [];
  if (whole === undefined || whole === 'localhost') return undefined;
  const suffix = end === 'es' ? 'es' : 'com';
  if (label === 'login') return { host: 'login', suffix, path };
  const main = label === undefined || label === 'www' || label === 'aimharder';
  return main ? { host: 'main', suffix, path } : { host: 'box', suffix, box: label, path };
}
