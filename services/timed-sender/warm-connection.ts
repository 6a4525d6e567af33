// Keeps one connection warm for the requests of one race (a batch): when the connection goes down, opens another if the race can still use one. This
// file holds no requests; batch.ts decides which request is written to which connection.
import { type Connection, openConnection } from './connection.ts';
import type { Address } from './dial.ts';
import type { BatchOptions } from './protocol.ts';

const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;

export interface Keeper {
  readonly address: Address;
  /** The connection, if it is up and no request is under way on it; undefined otherwise. */
  idle(): Connection | undefined;
  /** Why the connection is not up, as a short code. */
  readonly reason: () => string;
  expire(beforeMs: number): void;
  close(): void;
}

/**
 * Opens a connection to `address` and keeps it warm. `settled` is called each time a connecting attempt has come to an end; `wanted` says whether to
 * replace a lost connection.
 */
export function openKeeper(
  address: Address,
  options: BatchOptions,
  hooks: { settled(isUp: boolean): void; wanted(): boolean },
): Keeper {
  let connection: Connection | undefined;
  let isUp = false;
  let isClosed = false;
  let reason = 'connecting';
  let backoffMs = FIRST_BACKOFF_MS;
  let timer: NodeJS.Timeout | undefined;

  function open(): void {
    try {
      connection = openConnection(address, options, { up, down });
    } catch {
      // Settings with which no connection can even be tried (a CA that is no PEM) must not end the thread: every race would end with it.
      down('cannot-dial');
    }
  }
  function up(): void {
    isUp = true;
    backoffMs = FIRST_BACKOFF_MS;
    hooks.settled(true);
  }
  function down(why: string): void {
    const wasUp = isUp;
    isUp = false;
    connection = undefined;
    reason = why;
    if (!wasUp) hooks.settled(false);
    if (isClosed || !hooks.wanted()) return;
    // A connection that was up and went down is replaced at once, because the gym has probably closed it for being idle.
    timer = setTimeout(open, wasUp ? 0 : backoffMs);
    if (!wasUp) backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
  }

  open();
  return {
    address,
    idle: () => (isUp && connection?.isIdle() ? connection : undefined),
    reason: () => reason,
    expire: (beforeMs) => connection?.expire(beforeMs),
    close() {
      isClosed = true;
      clearTimeout(timer);
      connection?.close('closed');
    },
  };
}
