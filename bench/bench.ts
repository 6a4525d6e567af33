// The types of a bench and of its outcome: tables for readers, figures for programs, and each target beside what was reached. This file measures
// nothing and prints nothing.

export interface Setting {
  /** How many interleaved rounds are run; every figure is a median over them unless its bench says otherwise. */
  readonly rounds: number;
  /** With `true` a bench runs smaller amounts, to see that it works; figures of such a run are no result. */
  readonly quick: boolean;
  /** In a bench with cells (combinations of conditions), only the cells whose name matches are run, and no target is measured. */
  readonly only?: RegExp | undefined;
  /** Prints how far the bench is, for the person who waits. */
  say(line: string): void;
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One target and what was reached. `isMet` is computed from unrounded figures. */
export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly reached: string;
  readonly isMet: boolean;
}

export interface Outcome {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** What the JSON line of the bench holds beside name, machine and targets. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** The pictures: SVG text by file name. */
  readonly pictures?: Readonly<Record<string, string>>;
}

export interface Bench {
  readonly name: string;
  /** One sentence that says what is measured against what. */
  readonly what: string;
  run(setting: Setting): Promise<Outcome>;
}

/** A target that is met when `reached` is at most `bound`, or, with `isFloor`, at least `bound`. */
export function target(what: string, reached: number, bound: number, unit: string, isFloor = false): Target {
  const isMet = isFloor ? reached >= bound : reached <= bound;
  return { what, wanted: `${isFloor ? '≥' : '≤'} ${bound}${unit}`, reached: `${round(reached)}${unit}`, isMet };
}

/** Rounds to three significant digits; the integer part is always kept whole. */
export const round = (value: number): number =>
  Number.isFinite(value) ? Number(Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3)) : value;
