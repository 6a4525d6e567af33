// The control of the controls: each wrong twin is put in the place of the real thing, and the harness must turn red. One that stays green on a
// twin proves nothing about the real one.
import { withCompany } from './campaign.ts';

/** Whether one twin was caught, and by what. */
export interface Caught {
  /** The twin's. */
  readonly name: string;
  readonly red: boolean;
  /** The kinds of what broke. */
  readonly by: readonly string[];
}

/** Answers whether every twin was caught. One company plays them all. */
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
