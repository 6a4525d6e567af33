// The types of a recorded sequence: the calls that a public client (a program that others published) makes to the gym, and what the client reads from
// each answer. A sequence is data alone; player.ts plays it.
import type { Control } from '../../simulator/control.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';

/** What a value that the client program reads from an answer must be: present, absent, text of a pattern, or exactly the value given. */
export type Reading = string | number | boolean | null | RegExp | { readonly is: 'present' | 'absent' };
export const PRESENT: Reading = { is: 'present' };
export const ABSENT: Reading = { is: 'absent' };

/**
 * One call to the gym as a public client (a program that others published) sends it. `{name}` in an address, a header or a body stands for the value
 * that an earlier step kept under that name. A path such as `data.0.id` goes down the answer's JSON by dots and numbers; `rows[id=501].idres` finds a
 * row. The paths `status`, `type`, `text`, `location`, `date` and `cookie NAME` read the answer's status, headers or text instead of its JSON.
 */
export interface Step {
  /** Method, host and path: `POST login.aimharder.com/api/login`. */
  readonly call: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** The body: at most one of `json`, `form` and `body` is set. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly reads?: Readonly<Record<string, Reading>>;
  /** What the client program keeps of the answer: for each name, the path to the value. */
  readonly keeps?: Readonly<Record<string, string>>;
}

/** Something that happens at the gym between two calls. */
export interface Meanwhile {
  readonly meanwhile: (control: Control) => Promise<unknown>;
}

/**
 * How a client program keeps cookies. `by-host`: by name and host as in RFC 6265; `widened`: like `by-host`, with the login cookie sent to all hosts;
 * `by-name`: by name alone, whatever the host; `replaced`: only the cookies of the latest answer that set any; `none`: no cookies.
 */
export type Jar = 'by-host' | 'widened' | 'by-name' | 'replaced' | 'none';

export interface Sequence {
  readonly name: string;
  /**
   * How many public clients (published programs of others that call the gym) are known to send this sequence, in the words of simulator/README.md.
   */
  readonly known: string;
  readonly jar: Jar;
  readonly knobs?: readonly KnobInput[];
  readonly plays: readonly (Step | Meanwhile)[];
  /** The places that the gym holds when the sequence has been played, each as the text `member slot state`. */
  readonly leaves?: readonly string[];
}
