// Tests of the part of the command line that all campaigns have in common.
import { expect, test } from 'vitest';
import { faultsNamed, profileNamed, replayArgs, stretchOf } from './command.ts';

test('a replay repeats every argument but seed and batch', () => {
  const values = { only: 'race', seed: '7', batch: '2', batches: '3', fault: ['kill kept', '429'], scenes: false };
  expect(replayArgs({ ...values, 'no-second-cron': true })).toBe(
    `--only 'race' --fault 'kill kept' --fault '429' --no-second-cron`,
  );
});

test('a batch that is named is played alone, unless so many are asked for', () => {
  expect(stretchOf({}, 8)).toEqual({ from: 0, batches: 8 });
  expect(stretchOf({ batch: '3' }, 8)).toEqual({ from: 3, batches: 1 });
  expect(stretchOf({ batch: '3', batches: '4' }, 8)).toEqual({ from: 3, batches: 4 });
});

test('a fault is found by its name, else by the beginning of it', () => {
  const all = ['kill kept', 'kill after:arm', 'kill after:arm, spare delivered'].map((name) => ({ name }));
  const named = (...names: string[]) => faultsNamed(all, names)?.map(({ name }) => name);
  expect(named('kill after:arm')).toEqual(['kill after:arm']);
  expect(named('kill k', 'kill after')).toEqual(all.map(({ name }) => name));
  expect(faultsNamed(all, undefined)).toBeUndefined();
  expect(() => named('kil kept')).toThrow('Expected --fault to begin the name of a planned fault, got kil kept.');
});

test('a profile that there is none of is refused', () => {
  expect(() => profileNamed({ commit: 1, full: 2 }, 'fast')).toThrow('Expected --profile commit | full, got fast.');
});
