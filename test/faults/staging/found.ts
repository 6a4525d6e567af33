// What a campaign found wrong, and how the report prints it. This file judges nothing; the checks are in each harness's checker.

/** One invariant that did not hold for one episode. */
export interface Broken<Invariant extends string = string> {
  readonly invariant: Invariant;
  /** What broke, followed by a colon and how it broke. */
  readonly says: string;
  /** What happened in the episode of the violation, in a few lines. */
  readonly window: readonly string[];
}

/** One violation: its batch and episode, the faults that were played in the episode, and the invariant that did not hold. */
export interface Found {
  /** The command-line arguments that play the batch again, and the episode's number in the batch. */
  readonly where: string;
  /** The names of the faults that the campaign played in the episode. */
  readonly faults: readonly string[];
  readonly violation: Broken;
}

/** Gives the kind of a violation: its invariant and what broke, without the details. */
export const kindOf = ({ invariant, says }: Broken): string => `${invariant} ${says.split(':')[0]}`;

/** Gives one violation as lines to read, with the arguments that replay it. */
export const linesOfFound = ({ where, faults, violation }: Found): string[] => [
  `${violation.invariant} ${violation.says}`,
  `  replay: ${where} (${faults.join(' · ') || 'no fault'})`,
  ...violation.window.map((line) => `  ${line}`),
];

/** Gives a text that lists counts with their names. */
export const spell = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort()
    .map(([name, n]) => `${name} ${n}`)
    .join(' · ') || 'none';

const SHOWN = 12;

/** Gives the end of every report: what was checked, what broke (with the first violations of each kind), and what the campaign does not show. */
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
