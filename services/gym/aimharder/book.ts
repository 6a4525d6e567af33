// Sends each booking or cancellation to AimHarder once, and never repeats it. `prepareBook` gives a booking request as bytes, which the race writes
// to a socket of its own.
import type { BookAnswer, BookWish, CancelAnswer, GymBox, GymKey, PreparedRequest } from '../gym.ts';
import { callHeaders, FORM_TYPE, form, type Line, sendChange } from './calls.ts';
import { understandBook, understandCancel } from './outcomes.ts';

const bookForm = (wish: BookWish): string =>
  form({ id: wish.slotId, day: wish.day, insist: wish.waitlist ? '1' : '0', familyId: wish.familyId });

const bookUrl = (line: Line, box: GymBox): URL => line.hosts.box(box.slug, '/api/book');

export async function book(line: Line, key: GymKey, box: GymBox, wish: BookWish): Promise<BookAnswer> {
  const answer = await sendChange(line, key, bookUrl(line, box), bookForm(wish));
  return 'kind' in answer ? answer : understandBook(answer, line.clock.now());
}

/** Returns the bytes of one complete HTTP/1.1 booking request, and the address they go to; the race calls this function before the class opens. */
export function prepareBook(line: Line, key: GymKey, box: GymBox, wish: BookWish): PreparedRequest {
  const url = bookUrl(line, box);
  const body = bookForm(wish);
  const headers = {
    host: url.host,
    ...callHeaders(key, url, line.clock.now()),
    // The answer must not be compressed, because the race reads it from the socket itself.
    'accept-encoding': 'identity',
    'content-type': FORM_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'keep-alive',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const tls = url.protocol === 'https:';
  const bytes = Buffer.from(`POST ${url.pathname} HTTP/1.1\r\n${head.join('')}\r\n${body}`, 'latin1');
  // A socket takes an IPv6 address without the brackets that a URL needs.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(url.port || (tls ? 443 : 80)), tls, bytes };
}

export async function cancel(
  line: Line,
  key: GymKey,
  box: GymBox,
  wish: { reservationId: string; familyId: string | undefined; acceptLate: boolean },
): Promise<CancelAnswer> {
  const body = form({ id: wish.reservationId, late: wish.acceptLate ? '1' : '0', familyId: wish.familyId });
  const answer = await sendChange(line, key, line.hosts.box(box.slug, '/api/cancelBook'), body);
  return 'kind' in answer ? answer : understandCancel(answer, line.clock.now());
}
