// The HTTP client for addresses that members, operators or browsers chose: webhooks and push endpoints. The client connects only to addresses that
// were checked to be public, follows no redirect and reads only the status of an answer.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Failure } from '../../failures.ts';
import { checkAddress, type Lookup, publicAddressesOf } from '../public-address.ts';

export interface DoorOptions {
  readonly find?: Lookup;
  readonly timeoutMs?: number;
  /** True allows loopback addresses, also by plain http; for tests only. */
  readonly allowLoopback?: boolean;
}

const TIMEOUT_MS = 6_000;

/** A URL, and a DNS lookup that returns only the checked addresses of the URL's host. */
export interface Destination {
  readonly url: URL;
  readonly lookup: LookupFunction | undefined;
}

/**
 * Checks that an address is public, and returns the destination to which a request can be sent. Throws request/invalid for an address that is not
 * public, channel/unreachable for a name that does not resolve.
 */
export async function destinationOf(address: string, options: DoorOptions = {}): Promise<Destination> {
  const { find, timeoutMs, allowLoopback = false } = options;
  if (allowLoopback && /^(127\.|localhost$|\[::1\])/.test(new URL(address).hostname))
    return { url: new URL(address), lookup: undefined };
  const url = checkAddress(address);
  const found = await publicAddressesOf(url, find, timeoutMs);
  // The host's name is not resolved a second time, because the second result could be an address that was not checked.
  const lookup: LookupFunction = (_host, { all }, done) => {
    const [first] = found;
    if (all) done(null, [...found]);
    else done(null, first?.address ?? '', first?.family);
  };
  return { url, lookup };
}

/** Sends one POST request and returns the HTTP status of its answer. Throws notice/unreachable when no answer came. */
export function post(
  { url, lookup }: Destination,
  body: string | Buffer,
  headers: Readonly<Record<string, string | number>>,
  timeoutMs = TIMEOUT_MS,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const sending = request(url, {
    method: 'POST',
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    ...(lookup && { lookup }),
    headers: { 'user-agent': 'puntual', ...headers, 'content-length': Buffer.byteLength(body) },
  });
  sending.once('response', (answer) => {
    resolve(answer.statusCode ?? 0);
    // The answer's body is not read, because the body may be endless.
    answer.destroy();
  });
  sending.once('error', (cause) => reject(new Failure('notice/unreachable', 'The channel gave no answer.', { cause })));
  sending.end(body);
  return promise;
}
