// One booking request, with the same bytes of head and body for every way of sending it.
import type { PreparedRequest } from '../services/gym/gym.ts';

export interface Booking {
  readonly number: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly bytes: Buffer;
}

const DAY = '20261123';

/**
 * Builds one booking request, without sending it. `number` is in the request's body, and the lean gym's record of arrivals names the booking by this
 * number; the cookie is as long as a real one.
 */
export function makeBooking(baseUrl: string, number: number): Booking {
  const url = new URL('/box/norte/api/book', baseUrl);
  const body = `id=${number}&day=${DAY}&insist=0&familyId=`;
  const headers = {
    accept: 'application/json, text/javascript, */*; q=0.01',
    'user-agent': 'Mozilla/5.0 (compatible; puntual)',
    'x-requested-with': 'XMLHttpRequest',
    cookie: `amhrdrauth=${'0123456789abcdef'.repeat(8)}${number}; AWSALB=${'x'.repeat(120)}; PHPSESSID=${'y'.repeat(26)}`,
    'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
  };
  const lines = Object.entries({ host: url.host, ...headers, 'content-length': String(body.length) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const bytes = Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${head}\r\n${body}`, 'latin1');
  return { number, url: url.href, headers, body, bytes };
}

export const makeBookings = (baseUrl: string, count: number): Booking[] =>
  Array.from({ length: count }, (_, number) => makeBooking(baseUrl, number));

export function preparedOf(booking: Booking): PreparedRequest {
  const { hostname, port } = new URL(booking.url);
  return { host: hostname, port: Number(port), tls: true, bytes: booking.bytes };
}
