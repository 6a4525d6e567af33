// What a recorded sequence of a public client is made of: the calls it makes on the wire and what it reads from each answer.
// It is data alone; player.ts plays it.
import type { Control } from '../../simulator/control.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';

/** `present`, `absent`, a pattern for the text, or the very value. */
export type Reading = string | number | boolean | null | RegExp | { readonly is: 'present' | 'absent' };
export const PRESENT: Reading = { is: 'present' };
export const ABSENT: Reading = { is: 'absent' };

/**
 * One call. `{name}` in an address, a header or a body stands for what was kept under that name. A path of reading goes down the JSON by
 * dots and numbers; `rows[id=501].idres` finds the row; `status`, `type`, `text`, `location`, `date` and `cookie NAME` read the answer itself.
 */
export interface Step {
  /** Method, host and path: `POST login.aimharder.com/api/login`. */
  readonly call: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** At most one of the three is sent. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly reads?: Readonly<Record<string, Reading>>;
  /** What the client remembers of the answer, by name. */
  readonly keeps?: Readonly<Record<string, string>>;
}

/** Something that happens at the gym between two calls. */
export interface Meanwhile {
  readonly meanwhile: (control: Control) => Promise<unknown>;
}

/**
 * How a client keeps cookies: by name and host as RFC 6265 has it; the same with the login cookie widened to all hosts. Or all of the
 * answers by name alone, whatever host; only those of the latest answer that set any; or none.
 */
export type Jar = 'by-host' | 'widened' | 'by-name' | 'replaced' | 'none';

export interface Sequence {
  readonly name: string;
  /** How many public clients are known to do so, in the words of simulator/README.md. */
  readonly known: string;
  readonly jar: Jar;
  readonly knobs?: readonly KnobInput[];
  readonly plays: readonly (Step | Meanwhile)[];
  /** The places that the gym holds at the end: `member slot state`. */
  readonly leaves?: readonly string[];
}
