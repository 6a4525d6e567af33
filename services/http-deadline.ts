// How long one outbound call may take, counted from the moment it leaves; waiting for a connection has a limit of its own.
// It only says that it is late: services/http.ts says what a call cut short is worth.
import { MARK } from './http-verdict.ts';

/** Waiting for a free connection and connecting, together; running out of it is proven `not-sent`. */
const LEAVE_MS = 10_000;

interface Limits {
  readonly firstByteMs?: number;
  readonly totalMs: number;
}

/** An error that `classify` knows by its code. */
export function trouble(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

/** The timers of one call: tell them that it waits, when it has left and when the answer begins, and clear them in the end. */
export function startDeadlines({ firstByteMs, totalMs }: Limits, late: (error: Error) => void) {
  let leaving: NodeJS.Timeout | undefined;
  let firstByte: NodeJS.Timeout | undefined;
  let whole: NodeJS.Timeout | undefined;
  const after = (ms: number, what: string): NodeJS.Timeout =>
    setTimeout(() => late(trouble(MARK.late, `Expected ${what} within ${ms} ms.`)), ms);
  function clear(): void {
    clearTimeout(leaving);
    clearTimeout(firstByte);
    clearTimeout(whole);
  }
  return {
    /** For a connection. */
    waits() {
      leaving = after(LEAVE_MS, 'a connection');
    },
    left() {
      clear();
      whole = after(totalMs, 'the whole answer');
      if (firstByteMs !== undefined) firstByte = after(firstByteMs, 'an answer');
    },
    answering: () => clearTimeout(firstByte),
    clear,
  };
}
