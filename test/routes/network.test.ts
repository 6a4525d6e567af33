// Under which address wrong passwords are counted: the address that the deployment's own proxies saw, and never one that a client claims; an IPv6 /64
// counts as one address.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { networkOf } from '../../services/identity/network.ts';
import { createApp } from '../../worker/app.ts';
import { handClock } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { openApp, type TestApp } from './open-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp(handClock(SUNDAY_NOON));
});
afterAll(() => app.stop());
beforeEach(() => app.cloud.pool.query('delete from login_limits'));

/** Sends a wrong password for each of twenty-one accounts; returns how many of these logins reach the gym. */
async function tried(trustedProxies: number, forwardedFor: (n: number) => string, remoteAddress = '10.0.0.1') {
  const handler = createApp(app.services, { ...app.context, trustedProxies });
  const statuses = [];
  for (let n = 0; n < 21; n += 1) {
    const headers = { 'Content-Type': 'application/json', 'X-Forwarded-For': forwardedFor(n) };
    const body = JSON.stringify({ email: `n${n}@example.test`, password: 'wrong' });
    const from = { incoming: { socket: { remoteAddress } } };
    statuses.push((await handler.request('/api/auth/login', { method: 'POST', headers, body }, from)).status);
  }
  return statuses.filter((status) => status === 401).length;
}

test.each<[string, number, (n: number) => string, number]>([
  ['whom one proxy heard', 1, (n) => `203.0.113.${n}`, 21],
  ['whom the outer of two proxies heard', 2, (n) => `203.0.113.${n}, 10.0.0.9`, 21],
  ['and a port a proxy adds is no part of it', 1, (n) => `203.0.113.7:${4000 + n}`, 20],
  ['not what a client writes before it', 1, (n) => `203.0.113.${n}, 198.51.100.7`, 20],
  ['not what a client writes where there is no proxy', 0, (n) => `203.0.113.${n}`, 20],
  ['not what is no address', 1, (n) => `somebody-${n}`, 20],
  ['and all of one /64 of IPv6 are one', 1, (n) => `2001:db8:1:1::${n.toString(16)}`, 20],
  ['and another /64 is another', 1, (n) => `2001:db8:1:${n.toString(16)}::1`, 21],
])('tries are counted by address: %s', async (_what, proxies, forwardedFor, through) => {
  expect(await tried(proxies, forwardedFor)).toBe(through);
});

test.each([
  ['198.51.100.7', '198.51.100.7'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  ['2001:DB8:0:1::', '2001:db8:0:1::/64'],
  ['2001:db8:0:1:ffff:0:0:9', '2001:db8:0:1::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['unknown', 'unknown'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
