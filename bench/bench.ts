// The types of a bench and of its outcome: tables for readers, figures for programs, and each target beside what was reached. This file measures
// nothing and prints nothing.

export interface Setting {
  /** How many rounds are run, each with every program that is compared; every figure is a median over the rounds unless its bench says otherwise. */
  readonly rounds: number;
  /**
   * With `true` a bench runs on smaller amounts (fewer bookings, sessions, rounds), only to show that the bench works; figures of such a run are no
   * result.
   */
  readonly quick: boolean;
  /**
   * In a bench with cells (combinations of conditions), only the cells whose name matches this expression are run. In the outcome of such a run,
   * `targets` is empty.
   */
  readonly only?: RegExp | undefined;
  /** Prints `line`, which says how far the bench has come. */
  say(line: string): void;
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** One target of a bench and the figure that was reached. `isMet` says whether the target is met; it is computed from unrounded figures. */
export interface Target {
  readonly what: string;
  readonly wanted: string;
  readonly reached: string;
  readonly isMet: boolean;
}

export interface Outcome {
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  /** The bench's own figures, for its JSON line. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** The pictures that the bench drew: SVG text by file name. */
  readonly pictures?: Readonly<Record<string, string>>;
}

export interface Bench {
  readonly name: string;
  /** One sentence that says what is measured against what. */
  readonly what: string;
  run(setting: Setting): Promise<Outcome>;
}

/** Makes a target that is met when `reached` is at most `bound`, or, with `isFloor`, at least `bound`. */
export function target(what: string, reached: number, bound: number, unit: string, isFloor = false): Target {
  const isMet = isFloor ? reached >= bound : reached <= bound;
  return { what, wanted: `${isFloor ? '≥' : '≤'} ${bound}${unit}`, reached: `${round(reached)}${unit}`, isMet };
}

/** Rounds a figure to three significant digits; a figure of 1,000 or more keeps all digits before the point. */
export const round = (value: number): number =>
  Number.isFinite(value) ? Number(Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3)) : value;
