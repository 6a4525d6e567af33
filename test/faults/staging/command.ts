// The part of the command line that all campaigns have in common.

/** The command-line options of every campaign, for `parseArgs`. */
export const COMMAND = {
  only: { type: 'string' },
  profile: { type: 'string' },
  seed: { type: 'string' },
  /** The number of the first batch to play. */
  batch: { type: 'string' },
  /**
   * How many batches are played, from `--batch` on, so that a long campaign can be split into several runs. Without `--batches`, one batch is played
   * if `--batch` is given, else the profile's number of batches.
   */
  batches: { type: 'string' },
  /** Plays only the planned faults that have the given name, or whose names begin with it. */
  fault: { type: 'string', multiple: true },
  engine: { type: 'string' },
  controls: { type: 'boolean', default: false },
} as const;

/** Prints a line on the terminal. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Gives the profile of this name; throws when there is none. */
export function profileNamed<P>(profiles: Readonly<Record<string, P>>, name: string): P {
  const profile = profiles[name];
  if (!profile) throw new Error(`Expected --profile ${Object.keys(profiles).join(' | ')}, got ${name}.`);
  return profile;
}

/** Gives the number of the first batch and how many batches to play; without `--batch` and `--batches`, all batches of the profile. */
export function stretchOf(
  { batch, batches }: { batch?: string | undefined; batches?: string | undefined },
  all: number,
) {
  return { from: Number(batch ?? 0), batches: Number(batches ?? (batch === undefined ? all : 1)) };
}

/** Gives the faults that have these names, or for a name that no fault has, those whose names begin with it; undefined if no names are given. */
export function faultsNamed<F extends { readonly name: string }>(
  all: readonly F[],
  names: readonly string[] | undefined,
): F[] | undefined {
  return names?.flatMap((name) => {
    const exact = all.filter((one) => one.name === name);
    const named = exact.length > 0 ? exact : all.filter((one) => one.name.startsWith(name));
    if (named.length === 0) throw new Error(`Expected --fault to begin the name of a planned fault, got ${name}.`);
    return named;
  });
}

type Value = string | boolean | readonly string[] | undefined;

/** Gives the command-line arguments other than seed and batches as one text; a replay needs them to draw the same plans. */
export function replayArgs({ seed: _, batch: __, batches: ___, ...values }: Readonly<Record<string, Value>>): string {
  const words = Object.entries(values).flatMap(([name, value]) =>
    [value ?? false]
      .flat()
      .flatMap((one) => (one === false ? [] : [one === true ? `--${name}` : `--${name} '${one}'`])),
  );
  return words.join(' ');
}
