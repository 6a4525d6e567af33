// Which of the gym's hosts and which call a request is meant for, by Host header or by path prefix.
// One listener plays all hosts; it never looks at a body.
import type { Operation } from './knob-shapes.ts';

export interface Address {
  host: 'login' | 'main' | 'box' | 'unknown';
  box?: string | undefined;
  op: Operation | 'unknown';
  query: URLSearchParams;
}

const CALLS: Record<string, Operation> = {
  'login POST /api/login': 'login',
  'main POST /api/tokenUpdate': 'tokenUpdate',
  'main GET /api/whoami': 'whoami',
  'main GET /setrefresh': 'setrefresh',
  'box GET /api/bookings': 'bookings',
  'box POST /api/book': 'book',
  'box POST /api/cancelBook': 'cancelBook',
  'box GET /api/nextBookings': 'nextBookings',
  'box GET /schedule': 'schedule',
};

/** Reads host and call out of a request line and its Host header. */
export function addressOf(method: string, target: string, hostHeader: string | undefined): Address {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  const found = byPrefix(path) ?? byHost(path, hostHeader ?? '');
  if (!found) return { host: 'unknown', op: 'unknown', query };
  return { host: found.host, box: found.box, op: CALLS[`${found.host} ${method} ${found.rest}`] ?? 'unknown', query };
}

interface Found {
  host: 'login' | 'main' | 'box';
  box?: string | undefined;
  rest: string;
}

function byPrefix(path: string): Found | undefined {
  const [, prefix, box, rest] = /^\/(login-host|main-host|box\/([a-z0-9-]+))(\/.*)?$/.exec(path) ?? [];
  if (prefix === undefined) return undefined;
  const host = prefix === 'login-host' ? 'login' : prefix === 'main-host' ? 'main' : 'box';
  return { host, box, rest: rest ?? '/' };
}

function byHost(path: string, header: string): Found | undefined {
  const name = header.toLowerCase().replace(/:\d+$/, '');
  const [whole, label] = /^(?:([a-z0-9-]+)\.)?(?:aimharder\.(?:com|es|localhost)|localhost)$/.exec(name) ?? [];
  if (whole === undefined || whole === 'localhost') return undefined;
  if (label === 'login') return { host: 'login', rest: path };
  const main = label === undefined || label === 'www' || label === 'aimharder';
  return main ? { host: 'main', rest: path } : { host: 'box', box: label, rest: path };
}
