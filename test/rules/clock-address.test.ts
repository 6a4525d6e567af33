// Which address of a gym is the cheapest for reading its clock, and which addresses are refused.
import { describe, expect, test } from 'vitest';
import { findClockAddress } from '../../services/gym/clock-address.ts';
import type { ClockProbe } from '../../services/gym/gym.ts';

const ADDRESSES = ['/', '/robots.txt', '/favicon.ico', '/none'] as const;
const BEGAN_MS = 1_790_000_000_000;

interface Answer {
  readonly thinkMs: number;
  readonly servedBy?: string;
  readonly offsetMs?: number;
  readonly fails?: boolean;
}

/**
 * Gives a stand-in for the gym, which answers a reading of its clock at each address as `answers` says. Each reading of the gym's clock takes 30 ms
 * of travel plus the gym's working time for the address that is read, and moves our clock on by as much.
 */
function gymOf(answers: Readonly<Record<string, Answer>>, isTimed = true) {
  let nowMs = BEGAN_MS;
  const asked: string[] = [];
  const look = async (address: string): Promise<ClockProbe> => {
    asked.push(address);
    const { thinkMs, servedBy = 'nginx', offsetMs = 0, fails = false } = answers[address] ?? { thinkMs: 90 };
    if (fails) throw new Error('gym/unreachable');
    const sentAtMs = nowMs;
    nowMs += 30 + thinkMs;
    const dateMs = Math.floor((nowMs + offsetMs) / 1_000) * 1_000;
    return {
      sentAtMs,
      receivedAtMs: nowMs,
      dateMs,
      servedBy,
      tcp: isTimed ? { fastestMs: 30, medianMs: 31 } : undefined,
    };
  };
  return { look, asked };
}
const find = (answers: Readonly<Record<string, Answer>>, isTimed?: boolean) =>
  findClockAddress(gymOf(answers, isTimed).look, ADDRESSES);

describe('the address at which a clock is looked at', () => {
  test('is the one that costs the gym the least, found in eight looks', async () => {
    const gym = gymOf({ '/': { thinkMs: 80 }, '/robots.txt': { thinkMs: 4 }, '/favicon.ico': { thinkMs: 1 } });
    expect(await findClockAddress(gym.look, ADDRESSES)).toEqual({ address: '/favicon.ico', thinkingMs: 1 });
    expect(gym.asked).toHaveLength(8);
  });

  test('is the page where that is as cheap as any', async () => {
    const all = Object.fromEntries(ADDRESSES.map((address) => [address, { thinkMs: 20 }]));
    expect(await find(all)).toEqual({ address: '/', thinkingMs: 20 });
  });

  test.each<[string, Answer]>([
    ['somebody else than the page’s server answers', { thinkMs: 0, servedBy: 'cloudfront | 1.1 edge' }],
    ['shows another time', { thinkMs: 0, offsetMs: -60_000 }],
    ['does not answer, or out of a cache', { thinkMs: 0, fails: true }],
  ])('is never one where %s', async (_, answer) => {
    expect(await find({ '/': { thinkMs: 80 }, '/robots.txt': answer })).toMatchObject({ address: '/' });
  });

  test('is unknown where the page does not answer, or no handshake was timed', async () => {
    expect(await find({ '/': { thinkMs: 80, fails: true } })).toBeUndefined();
    expect(await find({}, false)).toBeUndefined();
  });
});
