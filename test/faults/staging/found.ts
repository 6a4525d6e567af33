// What a campaign found wrong, and how it is told in the end. It judges nothing: each harness has its own checker.

/** One invariant that did not hold for one episode. */
export interface Broken<Invariant extends string = string> {
  readonly invariant: Invariant;
  /** What broke; behind the colon, how. */
  readonly says: string;
  /** What happened around it, a few lines. */
  readonly window: readonly string[];
}

/** What was broken, where, and by which faults. */
export interface Found {
  /** The arguments that play it again, and which one of the batch it is. */
  readonly where: string;
  /** Names of what struck it. */
  readonly faults: readonly string[];
  readonly violation: Broken;
}

/** What broke, without how. */
export const kindOf = ({ invariant, says }: Broken): string => `${invariant} ${says.split(':')[0]}`;

/** One violation as lines to read, with the arguments that replay it. */
export const linesOfFound = ({ where, faults, violation }: Found): string[] => [
  `${violation.invariant} ${violation.says}`,
  `  replay: ${where} (${faults.join(' · ') || 'no fault'})`,
  ...violation.window.map((line) => `  ${line}`),
];

/** Counts in words, by name. */
export const spell = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort()
    .map(([name, n]) => `${name} ${n}`)
    .join(' · ') || 'none';

const SHOWN = 12;

/** The end of every report: what was checked, what broke and the first of each kind, and what is not shown at all. */
export function verdictOn(found: readonly Found[], checked: readonly string[]): string[] {
  const kinds = Map.groupBy(found, ({ violation }) => kindOf(violation));
  const each = Math.max(1, Math.floor(SHOWN / kinds.size));
  return [
    `checked after every episode: ${checked.join(' ')}`,
    ...[...kinds].map(([name, all]) => `VIOLATED ${name}: ${all.length}`),
    ...[...kinds.values()].flatMap((all) => all.slice(0, each)).flatMap(linesOfFound),
    found.length === 0 ? 'GREEN: every invariant held' : `RED: ${found.length} violations`,
    'Not shown: anything about the real AimHarder. The gym here is a pretend one, built from what public clients agree on.',
  ];
}
