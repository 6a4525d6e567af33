// D14: over tens of thousands of renewals the memory of a process must not grow. The test moves the process's clock by hand from one refresh cycle to
// the next.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSeal } from '../../../services/seal/seal.ts';
import { Secret } from '../../../services/secret.ts';
import { START, setStage } from '../campaign.ts';
import { castPlayers } from '../cast.ts';
import { hireCrew } from '../crew.ts';
import { secondsSince } from '../staging/campaign.ts';
import type { Stand } from '../staging/stand.ts';
import type { SceneOutcome } from './scene.ts';
import { must } from './scene.ts';

const { scripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
const words = String(scripts.start).split(' ');
/** The flags with which `npm start` runs its last `node` (the service), and the flag by which an order makes the process collect garbage. */
const FLAGS = ['--expose-gc', ...words.slice(words.lastIndexOf('node')).filter((word) => word.startsWith('--'))];
const MEMBERS = 400;
const CYCLE_MS = 20 * 60_000;
/**
 * During this many refresh cycles at the start, V8 compiles frequently used code and the connection pools fill; memory is measured in later cycles.
 */
const WARM_CYCLES = 30;
const CYCLES = 100;
/** The most growth of memory, in bytes, that the fault catalogue allows for each 10,000 renewals. */
const MAX_GROWTH_BYTES = 1_000_000;
const PER = 10_000;

interface Weighed {
  readonly done: number;
  readonly rss: number;
  readonly heapUsed: number;
}

/** Gives the growth of memory in bytes for each 10,000 renewals: the slope of the least-squares line through the measurements. */
export function slope(weighed: readonly Weighed[], of: 'rss' | 'heapUsed'): number {
  const n = weighed.length;
  const meanX = weighed.reduce((sum, one) => sum + one.done, 0) / n;
  const meanY = weighed.reduce((sum, one) => sum + one[of], 0) / n;
  const above = weighed.reduce((sum, one) => sum + (one.done - meanX) * (one[of] - meanY), 0);
  const below = weighed.reduce((sum, one) => sum + (one.done - meanX) ** 2, 0);
  return (above / below) * PER;
}

export async function playLeak(stand: Stand): Promise<SceneOutcome> {
  const startedMs = performance.now();
  const stage = setStage(stand);
  const crew = await hireCrew({ stand, berths: 2, keyring: stage.keyring, flags: FLAGS });
  const weighed: Weighed[] = [];
  let updated = 0;
  try {
    const plans = Array.from({ length: MEMBERS }, (_, index) => ({ index, faults: [] }));
    await castPlayers(stage, createSeal(new Secret(stage.keyring)), plans, 'strict', START);
    for (let cycle = 1; cycle <= CYCLES; cycle++) {
      stage.nowMs = START.getTime() + cycle * CYCLE_MS;
      await stand.gym.control.advance(CYCLE_MS);
      const order = { do: 'run' as const, nowMs: stage.nowMs, runId: randomUUID(), only: undefined, points: {} };
      const { report } = await crew.run(async () => order);
      updated += (report as { updated: number } | undefined)?.updated ?? 0;
      await stand.gym.control.clearHistory();
      const { report: weight } = await crew.run(async () => ({ do: 'weigh' as const, nowMs: stage.nowMs }));
      if (cycle > WARM_CYCLES) weighed.push({ ...(weight as Omit<Weighed, 'done'>), done: updated });
    }
  } finally {
    await crew.stop();
  }
  const [rss, heap] = [slope(weighed, 'rss'), slope(weighed, 'heapUsed')];
  const inMb = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  return {
    ...{ id: 'D14', fault: 'memory over a long time' },
    wrong: [
      ...must(updated === MEMBERS * CYCLES, `${updated} renewals of ${MEMBERS * CYCLES}`),
      ...must(heap < MAX_GROWTH_BYTES, `the heap grows by ${inMb(heap)} in 10,000 renewals`),
      ...must(rss < MAX_GROWTH_BYTES, `the process grows by ${inMb(rss)} in 10,000 renewals`),
    ],
    said: `${updated} renewals; in 10,000 the process grows by ${inMb(rss)}, its heap by ${inMb(heap)}`,
    seconds: secondsSince(startedMs),
  };
}
