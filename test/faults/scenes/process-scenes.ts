// Scenes with a faulty process: its disk is full, it is asked to end, it is blocked for longer than it may rely on a lease, its clock jumps.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { check } from '../checker.ts';
import { must, type Place, type Scene } from './scene.ts';

const FULL_SPOOL = 'spool-full';

export const fullDisk: Scene = {
  ...{ id: 'D6', fault: 'disk full on the spool', isQuick: true, members: 40 },
  special: () => ({ spoolFolder: FULL_SPOOL, isDiskFull: true }),
  stage: () => ({
    async judge({ stand }, { episodes }) {
      const log = await readFile(join(stand.folder, 'service.log'), 'utf8');
      return [
        ...must(log.includes('ENOSPC') && log.includes('alert: spool cannot be written'), 'nobody raised an alert'),
        ...must(
          episodes.every(({ seen }) => seen.at(-1)?.status === 'live' && seen.at(-1)?.generation !== 0),
          'not every session was renewed',
        ),
      ];
    },
    said: () => 'each write was an ENOSPC: alerts, and every answer committed from memory',
    // The spool folder is removed after the scene, because its spool file is a link to an endless device: a later process would read that file for
    // ever.
    undo: ({ stand }) => rm(join(stand.folder, FULL_SPOOL), { recursive: true, force: true }),
  }),
};

const DEPLOYED = 50;
/** How long, in ms, a process that is asked to end may take to finish its renewals under way; `worker/main.ts` allows the same time. */
const DRAIN_MS = 25_000;

export const deploy: Scene = {
  ...{ id: 'D8', fault: 'SIGTERM with 50 calls in flight', isQuick: false, members: 120 },
  stage: () => {
    const saw = { inFlight: 0, atMs: 0, tookMs: 0, gone: [] as string[] };
    let deployed: Promise<void> = Promise.resolve();
    async function shipIt({ stand, crew }: Place): Promise<void> {
      const { control } = stand.gym;
      for (; saw.inFlight < DEPLOYED; await wait(20)) saw.inFlight = (await control.gates())['deploy'] ?? 0;
      saw.atMs = performance.timeOrigin + performance.now();
      for (const berth of crew.all) if (berth !== crew.other) berth.signal('SIGTERM');
      await wait(200);
      await control.clearKnobs({ kind: 'gate' });
      await control.openGate('deploy');
      for (; saw.gone.length < crew.all.length - 1; await wait(20)) saw.gone.push(...crew.strays());
      saw.tookMs = performance.timeOrigin + performance.now() - saw.atMs;
    }
    return {
      order: (number) => (number === 0 ? { concurrency: 30 } : {}),
      async begin(place, number) {
        if (number > 0) return;
        await place.stand.gym.control.setKnob({ kind: 'gate', op: 'tokenUpdate', when: 'after', name: 'deploy' });
        deployed = shipIt(place);
      },
      end: () => deployed,
      async judge(_, { episodes }) {
        const attempts = episodes.flatMap((one) => one.attempts);
        const events = episodes.flatMap((one) => one.events);
        const first = new Set(events.filter(({ atMs }) => atMs < saw.atMs).map(({ pid }) => pid));
        const begunLate = events.filter(
          (one) => one.event === 'called' && one.atMs > saw.atMs + 150 && first.has(one.pid),
        );
        return [
          ...must(saw.inFlight >= DEPLOYED, `only ${saw.inFlight} calls were out`),
          ...must(saw.tookMs < DRAIN_MS, `the last process took ${Math.round(saw.tookMs)} ms to end`),
          ...must(
            saw.gone.every((how) => how === 'code 0'),
            `processes ended with ${saw.gone.join(', ')}`,
          ),
          ...must(!attempts.some(({ state }) => state === 'unknown' || state === 'sent'), 'the deploy made an unknown'),
          ...must(begunLate.length === 0, `${begunLate.length} calls were begun after SIGTERM`),
        ];
      },
      said: () =>
        `${saw.inFlight} calls were out on 3 processes; all came home, the last process ended after ${Math.round(saw.tookMs)} ms`,
    };
  },
};

/** How many times faster than real time the processes' clocks run in the scene `standstill`: the 45 seconds of a lease pass in about one second. */
const HASTE = 40;
/** How long, in real ms, the process is blocked: 44 seconds by its own faster clock. A process may rely on a lease for 35 of its 45 seconds. */
const BLOCK_MS = 1_100;

export const standstill: Scene = {
  ...{ id: 'D10', fault: 'event loop blocked beyond the trust window', isQuick: true, members: 30 },
  special: () => ({ haste: HASTE }),
  stage: () => {
    let blocked = 0;
    return {
      order: (number) => (number === 0 ? { blockMs: BLOCK_MS } : {}),
      async judge(_, { episodes }) {
        const struck = episodes.filter(({ events }) => events.some(({ event }) => event === 'blocked'));
        blocked = struck.length;
        const acted = struck.filter(({ attempts, calls }) => {
          const given = attempts.filter(({ state }) => state === 'released').length;
          return given === 0 || calls.length !== attempts.length - given;
        });
        return [
          ...must(blocked > 0, 'no process held a lease while it stood still'),
          ...must(acted.length === 0, `${acted.length} calls were sent under a lease that was trusted no more`),
        ];
      },
      said: () => `${blocked} leases outlived their trust in a process that stood still: all given back, nothing sent`,
    };
  },
};

const RENEWED_EARLY = 'a fresh session is left alone';
const HOUR_MS = 3_600_000;

/**
 * Leases go by the database's clock, so a process's wrong clock does not affect leases. The age of a session's last success is measured by the
 * process's own clock (CONTRIBUTING, rule 6). To a process whose clock is an hour ahead, a session's last success seems old; to a process whose clock
 * is an hour behind, the last success seems to lie in the future. In both cases the process counts the session as due and renews it too early, until
 * the operator reacts to the process's failing `/ready`. A renewal that comes too early costs a call to the gym, and loses no token.
 */
export const clockJump: Scene = {
  ...{ id: 'D11', fault: 'the clock of one process jumps by an hour, of another back', isQuick: false, members: 40 },
  mode: 'grace',
  excused: RENEWED_EARLY,
  special: (slot) => ({ skewMs: slot === 1 ? HOUR_MS : slot === 2 ? -HOUR_MS : 0 }),
  stage: () => {
    let early = 0;
    return {
      async judge(_, { episodes }) {
        early = episodes.filter((one) => check(one).some(({ says }) => says.startsWith(RENEWED_EARLY))).length;
        const overlapping = episodes.filter((one) => one.attempts.some(({ reason }) => reason === 'owner lost'));
        return must(overlapping.length === 0, `${overlapping.length} leases were taken from a living holder`);
      },
      said: () =>
        `no lease was taken from its holder, no token lost; NOT by the database's clock: ${early} sessions were renewed before 18 minutes by processes whose readiness is red`,
    };
  },
};
