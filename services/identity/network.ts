// Finds the network of a caller's address: password guesses are counted for each network. An IPv4 address counts as one network. A customer of an
// IPv6 provider has a whole /64 at least, and may use a new address for every request. All addresses of one /64 therefore count as one network. Many
// people may share one network, so the network does not tell which person calls.
import { isIP } from 'node:net';

/**
 * The key by which password guesses are counted: the IPv4 address, even if written as IPv6, or the /64 of an IPv6 address. Text that is no IP address
 * stays as it is.
 */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, '');
  if (isIP(bare) !== 6) return bare;
  const groups = groupsOf(bare);
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  return `${groups.slice(0, 4).join(':')}::/64`;
}

/** All eight groups of an IPv6 address, in the spelling that the URL parser gives. */
function groupsOf(address: string): string[] {
  const { hostname } = new URL(`http://[${address}]`);
  const [left = [], right] = hostname
    .slice(1, -1)
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  return right === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
}
