// Which requests may reach Socket.IO at all: those from our own pages, or from no page. Asked of every request, the upgrade to
// WebSocket and each later poll too: browsers hold WebSockets to no CORS. Whose the socket is, handshake.ts finds out.
import type { IncomingMessage } from 'node:http';
import { hasTokenInUrl } from '../request.ts';
import type { Shell } from '../shell.ts';

type Place = Pick<Shell, 'publicUrl' | 'sameOrigins'>;

const isOurs = (origin: string, { publicUrl, sameOrigins }: Place): boolean =>
  origin === publicUrl || sameOrigins.includes(origin);

/** A browser says from where it asks: by Origin, or (where it leaves that out) by Sec-Fetch-Site. Only then may a cookie count. */
export const comesFromOurPage = ({ headers }: Pick<IncomingMessage, 'headers'>, place: Place): boolean =>
  headers.origin === undefined ? headers['sec-fetch-site'] === 'same-origin' : isOurs(headers.origin, place);

const comesFromNoPage = ({ headers }: IncomingMessage): boolean =>
  headers.origin === undefined && headers['sec-fetch-site'] === undefined;

/** Not from another site's page, and without a token in its address. */
export function mayEnter(request: IncomingMessage, place: Place): boolean {
  const address = `http://socket${request.url ?? ''}`;
  if (!URL.canParse(address) || hasTokenInUrl(new URL(address))) return false;
  return comesFromNoPage(request) || comesFromOurPage(request, place);
}
