// Plays the quick scenes (those that take seconds) on a database and gym of their own.
import { expect, test } from 'vitest';
import { playScenes } from './scenes.ts';

const LONG_MS = 900_000;

test(
  'everybody failing at once, a full disk, rows in conflict, a process that stands still and one with old keys lose nothing',
  async () => {
    const outcomes = await playScenes('quick', () => {});
    expect(outcomes.flatMap(({ id, wrong }) => wrong.map((line) => `${id} ${line}`))).toEqual([]);
    expect(outcomes.map(({ id }) => id).sort()).toEqual(['D10', 'D3', 'D6', 'R30', 'R36']);
  },
  LONG_MS,
);
