// Which requests may reach Socket.IO: those from our own pages, from pages of an allowed origin, or from no page. Every request is checked, also the
// upgrade to WebSocket and each later poll, because browsers do not apply CORS to WebSockets. handshake.ts finds the socket's member.
import type { IncomingMessage } from 'node:http';
import { isWelcome, mayUseCookies, type Place } from '../origins.ts';
import { hasTokenInUrl } from '../request.ts';

const siteOf = (headers: IncomingMessage['headers']): string | undefined => {
  const site = headers['sec-fetch-site'];
  return typeof site === 'string' ? site : undefined;
};

/** Whether the request comes from our own page, or from a page of an allowed origin on the same site; only then may the request's cookie be used. */
export const comesFromOurPage = ({ headers }: Pick<IncomingMessage, 'headers'>, place: Place): boolean =>
  mayUseCookies({ origin: headers.origin, site: siteOf(headers) }, place);

function comesFromWelcomePage({ headers }: IncomingMessage, place: Place): boolean {
  if (headers.origin !== undefined) return isWelcome(headers.origin, place);
  const site = siteOf(headers);
  return site === undefined || site === 'same-origin';
}

/**
 * Whether the request may reach Socket.IO; false if it comes from a page that is neither ours nor of an allowed origin, or if its URL carries a
 * token.
 */
export function mayEnter(request: IncomingMessage, place: Place): boolean {
  const address = `http://socket${request.url ?? ''}`;
  if (!URL.canParse(address) || hasTokenInUrl(new URL(address))) return false;
  return comesFromWelcomePage(request, place);
}
