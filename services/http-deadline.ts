// How long one outbound call may take, counted from the moment the call leaves; waiting for a connection has a limit of its own.
// The timers of this file only report that a call is late: services/http.ts decides what becomes of a late call.
import { MARK } from './http-verdict.ts';

/** The limit for waiting for a free connection and connecting, together. A call that exceeds `LEAVE_MS` is proven `not-sent`. */
const LEAVE_MS = 10_000;

interface Limits {
  readonly firstByteMs?: number;
  readonly totalMs: number;
}

/** An error whose code tells `classify` (services/http-verdict.ts) whether the call took effect. */
export function trouble(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

/** The timers of one call. The caller reports when the call waits, when it has left and when its answer begins, and clears the timers at the end. */
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
    /** To be called when the call waits for a connection. */
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
