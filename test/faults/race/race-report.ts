// What a campaign of races says in the end: plain lines for a person, and one line of JSON for a machine. Also what it does not show.
import type { Found, Tally } from './campaign.ts';
import { linesOfRows } from './race-rows.ts';

export const CHECKED = ['I5', 'I6', 'I7', 'I8', 'I9', 'I10', 'T-INSIST', 'ENDS', 'RECEIPT'] as const;
const SHOWN = 12;

const spell = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .sort()
    .map(([name, n]) => `${name} ${n}`)
    .join(' · ');

const nameOf = ({ violation }: Found): string => `${violation.invariant} ${violation.says.split(':')[0]}`;

/** `rows`: with every row of the catalogue by its id. */
export function linesOf(tally: Tally, rows = false): string[] {
  const { found } = tally;
  const kinds = Map.groupBy(found, nameOf);
  return [
    `${tally.episodes} booking episodes in ${tally.waves} waves, ${tally.requests} requests at the gym, ${tally.crooked} odd deliveries answered, ${tally.seconds} s on ${tally.machine}, seed ${tally.seed}`,
    `ends: ${spell(tally.ends)}`,
    `${tally.kills} processes killed (at named points: ${spell(tally.killsByPoint) || 'none'})`,
    `faults: ${spell(tally.faults)}`,
    ...delaysOf(tally),
    `checked after every episode: ${CHECKED.join(' ')}`,
    ...(rows ? linesOfRows(tally) : []),
    ...[...kinds].map(([name, all]) => `VIOLATED ${name}: ${all.length}`),
    ...[...kinds.values()]
      .flatMap((all) => all.slice(0, Math.max(1, Math.floor(SHOWN / kinds.size))))
      .flatMap(linesOfFound),
    found.length === 0 ? 'GREEN: every invariant held' : `RED: ${found.length} violations`,
    'Not shown: anything about the real AimHarder. The gym here is a pretend one, built from what public clients agree on.',
  ];
}

/** B26. It includes the machine's own noise: this plays faults, and is no benchmark. */
function delaysOf({ crowdDelaysMs }: Tally): string[] {
  const sorted = crowdDelaysMs.toSorted((a, b) => a - b);
  if (sorted.length === 0) return [];
  const at = (share: number) => `${(sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1)} ms`;
  return [
    `B26: ${sorted.length} of a crowd sent at one instant; at the gym after p50 ${at(0.5)}, p99 ${at(0.99)}, last ${at(1)}`,
  ];
}

const linesOfFound = ({ where, violation }: Found): string[] => [
  `${violation.invariant} ${violation.says}`,
  `  replay: --only race ${where}`,
  ...violation.window.map((line) => `  ${line}`),
];

export const jsonOf = ({ found, crowdDelaysMs: _, ...tally }: Tally): string =>
  JSON.stringify({ campaign: 'race', ...tally, checked: CHECKED, violations: found.length, seeds: [tally.seed] });
