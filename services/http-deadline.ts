// How long one outbound call may take, counted from the moment it leaves; waiting for a connection has a limit of its own.
// It only raises the signal: services/http.ts says what a call cut short is worth.
import { MARK } from './http-verdict.ts';

/** Waiting for a free connection and connecting, together; running out of it is proven `not-sent`. */
const LEAVE_MS = 10_000;

interface Limits {
  readonly firstByteMs?: number;
  readonly totalMs: number;
  readonly signal?: AbortSignal;
}

/** An error that `classify` knows by its code. */
export function trouble(code: string, message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

/** The timers of one call: tell them when it has left and when the answer begins, and clear them in the end. */
export function startDeadlines({ firstByteMs, totalMs, signal }: Limits) {
  const stop = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  function after(ms: number, what: string): NodeJS.Timeout {
    const timer = setTimeout(() => stop.abort(trouble(MARK.late, `Expected ${what} within ${ms} ms.`)), ms);
    timers.add(timer);
    return timer;
  }
  const leaving = after(LEAVE_MS, 'a connection');
  let firstByte: NodeJS.Timeout | undefined;
  let isOver = false;
  const ending = signal ? AbortSignal.any([stop.signal, signal]) : stop.signal;
  const over = new Promise<never>((_, reject) => {
    ending.addEventListener('abort', () => reject(ending.reason), { once: true });
  });
  // Whoever does not wait for it has heard of the end by other ways.
  over.catch(() => undefined);
  return {
    signal: ending,
    /** Rejects with the signal's reason when it is raised. */
    over,
    left() {
      // Given up while it waited for a connection: nothing is sent, and a timer would outlive the call.
      if (isOver) return;
      clearTimeout(leaving);
      after(totalMs, 'the whole answer');
      if (firstByteMs !== undefined) firstByte = after(firstByteMs, 'an answer');
    },
    answering: () => clearTimeout(firstByte),
    clear() {
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
