// The report at the end of a campaign of races: plain lines to read, and one line of JSON for a program. The report also says what the campaign
// cannot show: anything about the real AimHarder.
import { spell, verdictOn } from '../staging/found.ts';
import type { Tally } from './campaign.ts';
import { CHECKED } from './checker.ts';
import { linesOfRows } from './race-rows.ts';

/** Gives the report's lines; with `rows`, also one line for each row of the fault catalogue. */
export const linesOf = (tally: Tally, rows = false): string[] => [
  `${tally.episodes} booking episodes, ${tally.requests} requests at the gym, ${tally.crooked} odd deliveries answered, ${tally.seconds} s on ${tally.machine}, seed ${tally.seed}`,
  `ends: ${spell(tally.ends)}`,
  `${tally.kills} processes killed (at named points: ${spell(tally.killsByPoint)})`,
  `faults: ${spell(tally.faults)}`,
  ...delaysOf(tally),
  ...(rows ? linesOfRows(tally) : []),
  ...verdictOn(tally.found, CHECKED),
];

/**
 * B26: gives a line that says how long after the opening the requests reached the gym when many members wait for one opening. The delays include
 * those of the busy machine itself: a campaign of faults is no benchmark.
 */
function delaysOf({ crowdDelaysMs }: Tally): string[] {
  const sorted = crowdDelaysMs.toSorted((a, b) => a - b);
  if (sorted.length === 0) return [];
  const at = (share: number) => `${(sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1)} ms`;
  return [
    `B26: ${sorted.length} of a crowd sent at one instant; at the gym after p50 ${at(0.5)}, p99 ${at(0.99)}, last ${at(1)}`,
  ];
}

export const jsonOf = ({ found, crowdDelaysMs: _, ...tally }: Tally): string =>
  JSON.stringify({ campaign: 'races', ...tally, checked: CHECKED, violations: found.length });
