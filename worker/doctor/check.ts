// One check of the doctor: runs a function that checks one thing, and turns its verdict into a line with a state and a remedy.
import { type Clock, withDeadline } from '../../services/clock.ts';
import { asFailure, type Failure } from '../../services/failures.ts';

/**
 * `red`: a part that puntual needs does not work. `warn`: the part works, but something about it is a risk. `skipped`: the check is not possible or
 * does not apply.
 */
export type State = 'ok' | 'warn' | 'red' | 'skipped';

export interface Verdict {
  readonly state: State;
  /** What the check found, in a sentence without secrets. */
  readonly said: string;
  /** What the operator can do about what the check found; present if the state is `red` or `warn`. */
  readonly remedy?: string;
}
export interface DoctorCheck extends Verdict {
  readonly name: string;
}
export interface Examination {
  /** True if no check is red. */
  readonly ok: boolean;
  readonly checks: readonly DoctorCheck[];
}

export const ok = (said: string): Verdict => ({ state: 'ok', said });
export const skipped = (said: string): Verdict => ({ state: 'skipped', said });
export const warn = (said: string, remedy: string): Verdict => ({ state: 'warn', said, remedy });
export const red = (said: string, remedy: string): Verdict => ({ state: 'red', said, remedy });

const TIMEOUT_MS = 20_000;

/** The failure's code and message; a failure's message holds no secret. */
export const wordsOf = ({ code, message }: Failure): string => `${code}: ${message}`;

/**
 * Runs `look`, the function that makes one check, for 20 s at most. If `look` throws or takes longer than 20 s, the check's line is red, with
 * `remedy`.
 */
export async function check(
  clock: Pick<Clock, 'sleep'>,
  name: string,
  remedy: string,
  look: () => Promise<Verdict>,
): Promise<DoctorCheck> {
  const late = () => red(`No answer within ${TIMEOUT_MS / 1000} s.`, remedy);
  const verdict = await withDeadline(clock, TIMEOUT_MS, look(), late).catch((error) =>
    red(wordsOf(asFailure(error)), remedy),
  );
  return { name, ...verdict };
}

/** Sums up the given checks as an examination, which is `ok` unless one of them is red. */
export const examinationOf = (checks: readonly DoctorCheck[]): Examination => ({
  ok: checks.every(({ state }) => state !== 'red'),
  checks,
});
