// Tests of the look-up of the addresses of webhooks' host names, at a real name server on this machine. The name server's answer decides whether a
// webhook may be called. A DNS look-up without an answer ends at its time limit, and other look-ups of the process do not wait for it.
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { destinationOf } from '../../services/notify/channels/post.ts';
import { lookupBy } from '../../services/notify/public-address.ts';

const TYPES = { A: 1, AAAA: 28 };
let server: Socket;
let servers: string[];
/** Gives the addresses that the name server answers for a record type; undefined makes the server not answer. */
let says: (type: number) => readonly number[][] | undefined;
let asked: number;

beforeAll(async () => {
  server = createSocket('udp4', (query, from) => {
    asked += 1;
    const end = query.indexOf(0, 12) + 5;
    const type = query.readUInt16BE(end - 4);
    const found = says(type);
    if (found) server.send(answerTo(query.subarray(0, end), type, found), from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  servers = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));
beforeEach(() => {
  asked = 0;
});

/** Gives the name server's answer to a question: the question itself, then the given addresses (RFC 1035). */
function answerTo(question: Buffer, type: number, addresses: readonly number[][]): Buffer {
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(addresses.length, 6);
  // The additional records of a DNS query are not repeated in the answer.
  head.fill(0, 8, 12);
  const records = addresses.map((bytes) => {
    const fixed = Buffer.alloc(12);
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(type, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt16BE(bytes.length, 10);
    return Buffer.concat([fixed, Buffer.from(bytes)]);
  });
  return Buffer.concat([head, ...records]);
}
const PUBLIC = [93, 184, 216, 34];
const LOOPBACK_V6 = [...Array(15).fill(0), 1];
const to = () => destinationOf('https://hooks.example.com/x', { find: lookupBy(servers) });

test('a name of a public address is one that may be called, with or without an IPv6 address', async () => {
  says = (type) => (type === TYPES.A ? [PUBLIC] : []);
  expect(await lookupBy(servers)('hooks.example.com')).toEqual([{ address: '93.184.216.34', family: 4 }]);
  expect((await to()).url.host).toBe('hooks.example.com');
});

test.each([
  ['a private IPv4 address beside a public one', (type: number) => (type === TYPES.A ? [PUBLIC, [10, 0, 0, 1]] : [])],
  ['a loopback IPv6 address beside a public IPv4 one', (type: number) => [type === TYPES.A ? PUBLIC : LOOPBACK_V6]],
])('a name of %s is refused', async (_, answers) => {
  says = answers;
  await expect(to()).rejects.toMatchObject({ code: 'request/invalid' });
});

test('a name without an address leads nowhere', async () => {
  says = () => [];
  await expect(to()).rejects.toMatchObject({ code: 'channel/unreachable' });
});

test('a look-up that never ends is given up', async () => {
  const options = { find: () => new Promise<never>(() => undefined), timeoutMs: 20 };
  await expect(destinationOf('https://hooks.example.com/x', options)).rejects.toMatchObject({
    code: 'channel/unreachable',
  });
});

test('name servers that keep silent keep no other name waiting', async () => {
  says = () => undefined;
  let ended = 0;
  const silent = Array.from({ length: 16 }, (_, nth) =>
    lookupBy(servers)(`silent-${nth}.example.com`).catch((error: { code: string }) => {
      ended += 1;
      return error.code;
    }),
  );
  expect((await lookup('localhost')).address).toMatch(/^(127\.0\.0\.1|::1)$/);
  expect(ended).toBe(0);
  const codes = await Promise.all(silent);
  expect(asked).toBeGreaterThan(0);
  for (const code of codes) expect(['ETIMEOUT', 'ECANCELLED']).toContain(code);
});
