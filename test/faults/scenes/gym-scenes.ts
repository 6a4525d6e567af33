// Scenes with a faulty gym: every call fails, or answers never end. One scene measures how long a received answer is only in memory, before it is in
// the spool.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { BatchResult } from '../batch.ts';
import type { Episode } from '../episode.ts';
import { ALL_FAULTS, type Fault } from '../plan.ts';
import { windowsOf } from '../receipt-window.ts';
import { must, type Scene } from './scene.ts';

const named = (name: string): Fault => {
  const fault = ALL_FAULTS.find((one) => one.name === name);
  if (!fault) throw new Error(`Expected a fault named ${name}`);
  return fault;
};

export const everybodyFails: Scene = {
  ...{ id: 'R30', fault: 'all fail', isQuick: true, members: 30 },
  stage: () => ({
    async begin({ stand }, number) {
      if (number === 0) await stand.gym.control.setKnob({ kind: 'status', code: 503, op: 'tokenUpdate' });
    },
    async judge(_, { episodes, runs }) {
      const alarmed = runs.filter(({ code }) => code === 'refresh/nothing-updated').length;
      return [
        ...must(alarmed > 0, 'sessions were due, none was updated, and no run threw refresh/nothing-updated'),
        ...must(
          // After ten failures a process's circuit opens, so the first pass may attempt to renew only some of the sessions. The number of a session's
          // attempts is therefore compared with the number of renewal calls that the gym got for that session.
          episodes.every(({ seen, calls }) => calls.length > 0 && seen.at(-1)?.updateCount === calls.length),
          'an attempt was not counted, or counted twice',
        ),
        ...must(
          episodes.every(({ seen }) => seen[1]?.successCount === 0),
          'a failed attempt was counted as a success',
        ),
      ];
    },
    said: () => 'the runs threw, every attempt was counted, and the next pass healed all',
  }),
};

const NEVER_ENDING = ['answer trickles, a byte at a time', 'answer never comes, and the wire stays open'] as const;
/** The service's own timeout, in ms, for a call to the gym that changes something. */
const LIMIT_MS = 60_000;

export const neverEnding: Scene = {
  ...{ id: 'R27', fault: 'trickle, and a wire that stays open without a word', isQuick: false, members: 12 },
  mode: 'grace',
  // In the scene of answers that never end, the processes reach the gym without the fault proxy, because the proxy passes on whole answers only.
  special: (_, { gym }) => ({
    gymUrls: { loginUrl: gym.loginUrl, mainUrl: gym.mainUrl, boxUrlTemplate: gym.boxUrlTemplate },
  }),
  faults: NEVER_ENDING.map(named),
  stage: () => ({
    async judge(_, { episodes }) {
      const [trickled, silent] = episodes;
      const longest = episodes.slice(0, NEVER_ENDING.length).map(longestWaitMs);
      return [
        ...must(
          longest.every((ms) => ms > LIMIT_MS - 1_000 && ms < LIMIT_MS + 10_000),
          `expected both calls to be given up after a minute, they took ${longest.map(Math.round).join(', ')} ms`,
        ),
        ...must(
          trickled?.attempts[0]?.state === 'ok' && trickled.calls[1]?.tokenHash === trickled.calls[0]?.effect?.['to'],
          'the token that trickled in was not kept and used next',
        ),
        ...must(silent?.attempts[0]?.state === 'unknown', 'an answer of which nothing came was not called unknown'),
      ];
    },
    said: () =>
      'both given up after 60 s; the token that trickled in was kept, the silent one unknown and healed by the ladder',
  }),
};

function longestWaitMs({ events }: Episode): number {
  const called = events.filter(({ event }) => event === 'called').map(({ atMs }) => atMs);
  const answered = events.filter(({ event }) => event === 'answered').map(({ atMs }) => atMs);
  return Math.max(0, ...called.map((atMs, at) => (answered[at] ?? atMs) - atMs));
}

/** A folder in memory for the spool: it has no disk's delay, and bytes handed to the kernel survive a `kill -9` of the process, but no power cut. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export const receiptWindow: Scene = {
  ...{ id: 'R4', fault: 'the open window: answered, and not with the kernel yet', isQuick: false, members: 40 },
  special: (_, { folder }) => ({ spoolFolder: join(MEMORY, `${basename(folder)}-spool`) }),
  stage: () => {
    let said = '';
    return {
      order: () => ({ concurrency: 1 }),
      async judge(_, { episodes }: BatchResult) {
        const { count, ownMs, words } = windowsOf(episodes);
        said = words;
        return [
          ...must(count >= 40, `expected a receipt for every member, got ${count}`),
          ...must(ownMs < 1, `the window is ${words}, and should be less than a millisecond`),
        ];
      },
      said: () => said,
      undo: ({ stand }) => rm(join(MEMORY, `${basename(stand.folder)}-spool`), { recursive: true, force: true }),
    };
  },
};
