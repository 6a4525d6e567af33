// Adds up the results of several campaigns that ran side by side. Counts are summed up; `seconds` is the time of the longest campaign.
import type { Tally } from './campaign.ts';

const NUMBERS = ['episodes', 'kills', 'crashes', 'lostUnreceived', 'declaredDead', 'renewals'] as const;
const TABLES = ['byMode', 'faults', 'killsByPoint', 'runCodes'] as const;

function add(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const sum = { ...a };
  for (const [name, n] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + n;
  return sum;
}

const pair = (a: Tally, b: Tally): Tally => ({
  ...a,
  ...(Object.fromEntries(NUMBERS.map((name) => [name, a[name] + b[name]])) as Pick<Tally, (typeof NUMBERS)[number]>),
  ...(Object.fromEntries(TABLES.map((name) => [name, add(a[name], b[name])])) as Pick<Tally, (typeof TABLES)[number]>),
  seconds: Math.max(a.seconds, b.seconds),
  receiptWindowsMs: [...a.receiptWindowsMs, ...b.receiptWindowsMs],
  declaredAfterMin: [...a.declaredAfterMin, ...b.declaredAfterMin],
  scenes: [...a.scenes, ...b.scenes],
  found: [...a.found, ...b.found],
});

/** Adds up the tallies of the campaigns; the list must hold at least one tally. */
export const mergeTallies = (tallies: readonly Tally[]): Tally => tallies.reduce(pair);
