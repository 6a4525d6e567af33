// The circuit breaker: when calls to a gym stop, for how long, and how calls begin again. The test moves the circuit breaker's clock by hand.
import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../services/clock.ts';
import { type Breaker, createBreaker } from '../../services/gym/breaker.ts';

let nowMs: number;
let log: string[];
let breaker: Breaker;
const clock: Clock = {
  now: () => new Date(nowMs),
  monotonicMs: () => nowMs,
  sleep: async () => undefined,
};
beforeEach(() => {
  nowMs = 1_000_000;
  log = [];
  breaker = createBreaker({ clock, logger: pino({}, { write: (line: string) => log.push(line) }) });
});
const tell = (bad: number, good: number, key = 'main') => {
  for (let at = 0; at < good; at++) breaker.tell(key, 'well');
  for (let at = 0; at < bad; at++) breaker.tell(key, 'badly');
};
const alerts = () => log.filter((line) => line.includes('alert:')).length;

test('nine bad calls do not open it, the tenth does, for ten seconds and with one alert', () => {
  tell(9, 0);
  expect(breaker.pausedMs('main')).toBeUndefined();
  tell(1, 0);
  expect(breaker.pausedMs('main')).toBe(10_000);
  expect(alerts()).toBe(1);
});

test('under half of the calls bad leaves it closed, half opens it', () => {
  tell(9, 11);
  expect(breaker.pausedMs('main')).toBeUndefined();
  tell(2, 0);
  expect(breaker.pausedMs('main')).toBe(10_000);
});

test('bad calls older than thirty seconds are forgotten', () => {
  tell(9, 0);
  nowMs += 31_000;
  tell(9, 0);
  expect(breaker.pausedMs('main')).toBeUndefined();
});

test('one operation’s trouble is not another’s', () => {
  tell(10, 0, 'box renew');
  expect(breaker.pausedMs('box read')).toBeUndefined();
});

test('after its pause three trials pass and no more; three good ones close it', () => {
  tell(10, 0);
  nowMs += 10_000;
  expect([1, 2, 3].map(() => breaker.pausedMs('main'))).toEqual([undefined, undefined, undefined]);
  expect(breaker.pausedMs('main')).toBe(10_000);
  tell(0, 3);
  expect(breaker.pausedMs('main')).toBeUndefined();
  tell(9, 0);
  expect(breaker.pausedMs('main')).toBeUndefined();
});

test('a bad trial opens it for twice as long, up to five minutes, and is no news', () => {
  tell(10, 0);
  const pauses: number[] = [];
  for (let round = 0; round < 7; round++) {
    const pauseMs = breaker.pausedMs('main') ?? 0;
    pauses.push(pauseMs);
    nowMs += pauseMs;
    breaker.pausedMs('main');
    tell(1, 0);
  }
  expect(pauses.map((ms) => ms / 1_000)).toEqual([10, 20, 40, 80, 160, 300, 300]);
  expect(alerts()).toBe(1);
});

test('calls that had left before it opened neither lengthen nor end the pause', () => {
  tell(10, 0);
  tell(20, 0);
  tell(0, 20);
  expect(breaker.pausedMs('main')).toBe(10_000);
});

test('trials that never come back do not keep it shut for ever', () => {
  tell(10, 0);
  nowMs += 10_000;
  for (let trial = 0; trial < 3; trial++) breaker.pausedMs('main');
  nowMs += 45_000;
  expect(breaker.pausedMs('main')).toBeUndefined();
});

test('a pause the gym names is obeyed at once, within reason', () => {
  breaker.tell('main', 'badly', 42_000);
  expect(breaker.pausedMs('main')).toBe(42_000);
  breaker.tell('other', 'badly', 86_400_000);
  expect(breaker.pausedMs('other')).toBe(15 * 60_000);
});

test('a pause the gym names lets one trial through, and one good answer ends it, early too', () => {
  breaker.tell('box', 'badly', 20_000);
  breaker.tell('box', 'badly', 30_000);
  breaker.tell('box', 'badly', 5_000);
  expect(breaker.look('box')).toMatchObject({ leftMs: 30_000, isAgain: false, isTried: false });
  nowMs += 300_000;
  expect([1, 2].map(() => breaker.pausedMs('box'))).toEqual([undefined, 5_000]);
  expect(breaker.look('box')).toMatchObject({ leftMs: 0, isTried: true });
  breaker.tell('box', 'badly', 20_000);
  expect(breaker.look('box')).toMatchObject({ leftMs: 20_000, isAgain: true, isTried: false });
  breaker.tell('box', 'well');
  expect(breaker.look('box')).toBeUndefined();
});

test('a trial that was not sent leaves its place to another', () => {
  breaker.tell('box', 'badly', 20_000);
  nowMs += 20_000;
  expect(breaker.pausedMs('box')).toBeUndefined();
  breaker.giveBack('box');
  expect(breaker.pausedMs('box')).toBeUndefined();
});
