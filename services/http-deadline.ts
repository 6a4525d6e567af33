// How long one outbound call may take, counted from the moment the call leaves; waiting for a connection has a limit of its own.
// The timers of this file only report that a call is late: services/http.ts decides what becomes of a late call.
import { MARK } from './http-verdict.ts';

/**
 * The limit, ms, for waiting for a free connection and connecting, together. A call that waits longer than `LEAVE_MS` for its connection is given up,
 * and is proven `not-sent`.
 */
const LEAVE_MS = 10_000;

interface Limits {
  readonly firstByteMs?: number;
  readonly totalMs: number;
}

/** Makes an error with a code that tells `classify` (services/http-verdict.ts) whether the call took effect. */
export function trouble(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

/**
 * Returns the timers of one call, of which none runs yet. The caller reports when the call begins to wait for a connection, when its request has been
 * sent and when its answer begins, and clears the timers when the call has ended.
 */
export function startDeadlines({ firstByteMs, totalMs }: Limits, late: (error: Error) => void) {
  let leaving: Deadline | undefined;
  let firstByte: Deadline | undefined;
  let whole: Deadline | undefined;
  const within = (ms: number, what: string): Deadline =>
    startDeadline(ms, () => late(trouble(MARK.late, `Expected ${what} within ${ms} ms.`)));
  function clear(): void {
    leaving?.clear();
    firstByte?.clear();
    whole?.clear();
  }
  return {
    waits() {
      leaving = within(LEAVE_MS, 'a connection');
    },
    left() {
      clear();
      whole = within(totalMs, 'the whole answer');
      if (firstByteMs !== undefined) firstByte = within(firstByteMs, 'an answer');
    },
    answering: () => firstByte?.clear(),
    clear,
  };
}

interface Deadline {
  clear(): void;
}

/**
 * Calls `late` after `ms` milliseconds and one more read of the sockets, unless the deadline is cleared first. When a process has stood still (a
 * frozen machine, a stopped process, a long computation), its timers run before its sockets are read, although the answer may have come in time.
 */
function startDeadline(ms: number, late: () => void): Deadline {
  let lastRead: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    lastRead = setImmediate(late);
  }, ms);
  return {
    clear() {
      clearTimeout(timer);
      clearImmediate(lastRead);
    },
  };
}
