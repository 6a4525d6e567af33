// What one bench is and what it answers: a table for people, figures for machines, and each target beside what was reached.
// It measures nothing and prints nothing.

export interface Setting {
  /** Interleaved rounds; every figure is a median over them unless its bench says otherwise. */
  readonly rounds: number;
  /** Smaller amounts, to see that it runs; its figures are no result. */
  readonly quick: boolean;
  /** Only the cells with a name that this matches, of a bench that has cells; no target is then measured. */
  readonly only?: RegExp | undefined;
  /** A word about where the bench is, for the person who waits. */
  say(line: string): void;
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One line of PERFORMANCE.md. `isMet` is computed from unrounded figures. */
export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly reached: string;
  readonly isMet: boolean;
}

export interface Outcome {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** What the JSON line holds beside name, machine and targets. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** Pictures as file name → SVG. */
  readonly pictures?: Readonly<Record<string, string>>;
}

export interface Bench {
  readonly name: string;
  /** One sentence: what is measured against what. */
  readonly what: string;
  run(setting: Setting): Promise<Outcome>;
}

/** `reached` must be at most (or, with `isFloor`, at least) `bound`. */
export function target(what: string, reached: number, bound: number, unit: string, isFloor = false): Target {
  const isMet = isFloor ? reached >= bound : reached <= bound;
  return { what, wanted: `${isFloor ? '≥' : '≤'} ${bound}${unit}`, reached: `${round(reached)}${unit}`, isMet };
}

/** Three significant digits, but never a rounded-away integer part. */
export const round = (value: number): number =>
  Number.isFinite(value) ? Number(Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3)) : value;
