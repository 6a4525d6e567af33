// Checks whether a URL that a member or a browser chose may be called. The URL must be https, and its name must resolve to public addresses
// only. This file opens no connection. Callers connect to the returned addresses, so that a later DNS answer has no effect.
import { Resolver } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { Failure } from '../failures.ts';

const refused = (why: string): Failure =>
  new Failure('request/invalid', `Expected a public https address: ${why}.`, { details: { field: 'address' } });

/**
 * The IPv4 ranges outside the public internet: this host, private nets, link-local (cloud metadata with keys), documentation and benchmarks,
 * multicast.
 */
const NOT_PUBLIC_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const PUBLIC_V6 = new BlockList();
PUBLIC_V6.addSubnet('2000::', 3, 'ipv6');
const NOT_PUBLIC = new BlockList();
for (const [net, bits] of NOT_PUBLIC_V4) NOT_PUBLIC.addSubnet(net, bits, 'ipv4');
// These parts of 2000::/3 are not the public internet: documentation, Teredo and other protocols, and 6to4, whose addresses may hold any IPv4
// address.
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  NOT_PUBLIC.addSubnet(net, bits, 'ipv6');

/** True for an address on the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !NOT_PUBLIC.check(address, 'ipv4');
  return family === 6 && PUBLIC_V6.check(address, 'ipv6') && !NOT_PUBLIC.check(address, 'ipv6');
}

/** Returns the address as a URL if it may be called, as far as can be checked without DNS. Throws request/invalid. */
export function checkAddress(address: string): URL {
  if (!URL.canParse(address)) throw refused('it cannot be read');
  const url = new URL(address);
  if (url.protocol !== 'https:') throw refused('not https');
  if (url.username !== '' || url.password !== '') throw refused('it holds a user or a password');
  const host = bareHost(url);
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw refused('not on the public internet');
  return url;
}

export type Lookup = (host: string) => Promise<readonly { address: string; family: number }[]>;

/** How long a DNS lookup may take; a slower name counts as unreachable, and the delivery may be tried again later. */
const LOOKUP_MS = 3_000;
const QUERY = { timeout: 1_000, tries: 2 };

/**
 * Makes a lookup that asks the name servers directly. `dns.lookup` would block one of the two threads that resolve all names of this process, the
 * gym's too, while a name server of a member's domain is silent. The lookup throws the name servers' errors. @param servers the name servers to ask
 * in place of the system's name servers, as `address:port`.
 */
export function lookupBy(servers?: readonly string[]): Lookup {
  return async (host) => {
    const resolver = new Resolver(QUERY);
    if (servers) resolver.setServers(servers);
    AbortSignal.timeout(LOOKUP_MS).addEventListener('abort', () => resolver.cancel());
    const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    if (four.status === 'rejected' && six.status === 'rejected') throw four.reason;
    const of = (answer: PromiseSettledResult<string[]>, family: number) =>
      answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];
    return [...of(four, 4), ...of(six, 6)];
  };
}

export const systemLookup: Lookup = lookupBy();

/**
 * The addresses of the URL's host, all of which are public. Throws request/invalid if an address is not public, channel/unreachable if the name does
 * not resolve.
 */
export async function publicAddressesOf(
  url: URL,
  find: Lookup = systemLookup,
  timeoutMs = LOOKUP_MS,
): Promise<readonly { address: string; family: number }[]> {
  const host = bareHost(url);
  const found = isIP(host) === 0 ? await resolved(host, find, timeoutMs) : [{ address: host, family: isIP(host) }];
  if (found.length === 0 || !found.every(({ address }) => isPublicAddress(address)))
    throw refused('not on the public internet');
  return found;
}

const bareHost = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

/**
 * The addresses to which a host's name resolves. A name that does not resolve may resolve later, so the failure's code lets the notice be tried
 * again.
 */
const resolved = (host: string, find: Lookup, timeoutMs: number): ReturnType<Lookup> =>
  Promise.race([find(host), silence(timeoutMs)]).catch((cause: unknown) => {
    throw new Failure('channel/unreachable', 'The name in the channel’s address does not resolve.', { cause });
  });

/** Rejects after `timeoutMs`, so that a slow lookup for one member does not delay the notices of other members. */
function silence(timeoutMs: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  setTimeout(() => reject(new Error('The name servers keep silent.')), timeoutMs).unref();
  return promise;
}
