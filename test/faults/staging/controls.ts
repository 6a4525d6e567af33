// Checks a harness itself: each wrong twin is put in the place of the real code, and the harness must report it. A harness that stays green on a
// wrong twin proves nothing about the real code.
import { withCompany } from './campaign.ts';

/** Whether the harness caught one wrong twin (`red`), and which invariants the twin broke. */
export interface Caught {
  /** The wrong twin's name. */
  readonly name: string;
  readonly red: boolean;
  /** The invariants that the twin broke, without the details. */
  readonly by: readonly string[];
}

/** Runs all wrong twins, one after the other on one set of service processes; prints which were caught, and returns whether all were caught. */
export const runAll = <C, K extends { stop(): Promise<void> }>(
  controls: readonly C[],
  start: () => Promise<K>,
  run: (control: C, company: K) => Promise<Caught>,
  say: (line: string) => void,
): Promise<boolean> =>
  withCompany(undefined, start, async (company) => {
    let missed = 0;
    for (const control of controls) {
      const { name, red, by } = await run(control, company);
      say(`${red ? 'RED, as it must be' : 'NOT CAUGHT'}: ${name} (${by.join('; ') || 'nothing of its kind broke'})`);
      if (!red) missed += 1;
    }
    say(
      missed === 0
        ? `All ${controls.length} wrong twins were caught.`
        : `${missed} wrong twins went unnoticed: the harness proves nothing.`,
    );
    return missed === 0;
  });
