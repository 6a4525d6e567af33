// How much memory `npm start` needs on one machine with its own database and queue: at rest, while 300 members sign in, while their sessions are
// refreshed, and while they race. The figures are the peak memory of the process of `npm start` alone, and of that process with all its children.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localDay } from '../services/prebooking/opening-rule.ts';
import { spawnSimulator } from '../simulator/spawn.ts';
import { type Bench, type Outcome, type Setting, target } from './bench.ts';
import { raceAll, refreshAll, signInAll, startShipped, townOf } from './memory-stage.ts';
import { sleep } from './moment.ts';
import { type Held, heldBy } from './process-memory.ts';

const MEMBERS = 300;
const LOOK_MS = 200;
const DAY_MS = 86_400_000;
/** The memory, in MB, of the smallest machines that are commonly rented. */
const WANTED_MB = 256;

export const memory: Bench = {
  name: 'memory',
  what: 'what npm start and its own database hold at most with 300 members: at rest, signing in, refreshing, racing',
  run,
};

async function run({ quick, say }: Setting): Promise<Outcome> {
  const members = quick ? 20 : MEMBERS;
  const day = localDay(new Date(Date.now() + 2 * DAY_MS), 'Europe/Madrid');
  const gym = await spawnSimulator({ scenario: townOf(members, day) });
  const folder = await mkdtemp(join(tmpdir(), 'puntual-memory-'));
  const service = await startShipped(folder, gym);
  const peaks: [string, Held][] = [];
  const during = async <T>(phase: string, work: () => Promise<T>): Promise<T> => {
    say(`memory: ${phase}`);
    const { peak, answer } = await watched(service.pid, work);
    peaks.push([phase, peak]);
    return answer;
  };
  try {
    await during('at rest', () => sleep(5_000));
    const bearers = await during(`${members} sign in`, () => signInAll(service.stack, members));
    await during(`${members} refreshed`, () => refreshAll(service.stack));
    const booked = await during(`${members} race`, () => raceAll(service.stack, gym, bearers, day));
    if (booked !== members) throw new Error(`Expected ${members} places, got ${booked}.`);
  } finally {
    await service.stop();
    await gym.stop();
    await rm(folder, { recursive: true, force: true });
  }
  const most = Math.max(...peaks.map(([, { allMb }]) => allMb));
  return {
    tables: [
      {
        title: `Memory of npm start with its own database and queue, ${members} members (peak, MB)`,
        head: ['while', 'the process', 'with its children'],
        rows: peaks.map(([phase, { ownMb, allMb }]) => [phase, Math.round(ownMb), Math.round(allMb)]),
      },
    ],
    targets: [target(`memory: ${members} members, everything on one machine`, most, WANTED_MB, ' MB')],
    figures: { members, peaks: Object.fromEntries(peaks) },
  };
}

async function watched<T>(pid: number, work: () => Promise<T>): Promise<{ peak: Held; answer: T }> {
  let peak: Held = { ownMb: 0, allMb: 0 };
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      const held = await heldBy(pid);
      peak = { ownMb: Math.max(peak.ownMb, held.ownMb), allMb: Math.max(peak.allMb, held.allMb) };
      await sleep(LOOK_MS);
    }
  })();
  try {
    return { answer: await work(), peak };
  } finally {
    isOver = true;
    await looking;
  }
}
