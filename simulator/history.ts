// Every request as it came, what it changed and how the answer left: in memory, and as JSON lines in a file on request.
// It holds no password, and of a token only the first 8 digits of its hash, unless the caller wrote one into the address: that is a leak
// to be found.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Suffix } from './address.ts';
import type { Operation } from './knob-scope.ts';
import type { CookieStanding } from './session-cookies.ts';

/** Instants are epoch milliseconds with fractions, of the system clock; `simAtMs` is the pretend gym's own. */
export interface HistoryEntry {
  id: number;
  op: Operation;
  method: string;
  path: string;
  /** What followed the first `?`, as it came; empty without one. */
  query: string;
  host: 'login' | 'main' | 'box' | 'unknown';
  suffix: Suffix;
  box: string | null;
  memberId: number | null;
  sessionId: number | null;
  fingerprint: string | null;
  tokenHash: string | null;
  /** What the login cookie and the page's cookie were worth that came along. */
  cookies: { auth: CookieStanding; page: CookieStanding };
  /** The plain parameters of the call: id, day, box, insist, late, familyId. */
  asked: Record<string, string>;
  /** When the head had been read. */
  arrivedAtMs: number;
  /** When the last byte of the body had been read; for a call without a body, as `arrivedAtMs`. */
  bodyReadAtMs: number;
  simAtMs: number;
  /** When it was judged, by the pretend gym's clock; null for a call that was turned away unread. */
  judgedAtMs: number | null;
  /** How long the gym thought about it. */
  thoughtMs: number;
  effect: Effect | null;
  effectAtMs: number | null;
  /** When the answer had been handed to the socket; null when none was. */
  answeredAtMs: number | null;
  status: number | null;
  answer: unknown;
  /** Kinds of the faults that struck this call. */
  struckBy: string[];
  /** Whether the connection broke before the whole answer was out, and which side broke it. */
  broke: null | 'simulator' | 'client';
}

/** What changed in truth; absent when nothing did. */
export interface Effect {
  what: 'login' | 'rotated' | 'booked' | 'waitlisted' | 'cancelled' | 'locked' | 'session-ended';
  [detail: string]: unknown;
}

export interface HistoryFilter {
  op?: string | undefined;
  memberId?: number | undefined;
  box?: string | undefined;
  sinceId?: number | undefined;
}

export interface History {
  open(entry: Omit<HistoryEntry, 'id'>): HistoryEntry;
  /** Writes the entry to the file; call again when a late effect changed it: the last line of an id counts. */
  record(entry: HistoryEntry): void;
  list(filter?: HistoryFilter): HistoryEntry[];
  clear(): void;
  stop(): void;
}

const KEPT = 200_000;

/** Throws as `fs.openSync` does when the file cannot be opened. */
export function createHistory(file?: string): History {
  const handle = file === undefined ? undefined : openSync(file, 'a', 0o600);
  let entries: HistoryEntry[] = [];
  let nextId = 1;
  let lines: string[] = [];
  // Lines leave in batches, off the path of the requests: a write per request would delay the stamps of the next ones.
  const flush = () => {
    if (handle !== undefined && lines.length > 0) writeSync(handle, lines.join(''));
    lines = [];
  };
  const timer = handle === undefined ? undefined : setInterval(flush, 50).unref();
  return {
    open(entry) {
      const opened = { id: nextId++, ...entry };
      if (entries.length >= KEPT) entries = entries.slice(KEPT / 10);
      entries.push(opened);
      return opened;
    },
    record(entry) {
      if (handle !== undefined) lines.push(`${JSON.stringify(entry)}\n`);
    },
    list: (filter = {}) => entries.filter((entry) => fits(entry, filter)).map((entry) => ({ ...entry })),
    clear: () => {
      entries = [];
    },
    stop() {
      clearInterval(timer);
      flush();
      if (handle !== undefined) closeSync(handle);
    },
  };
}

function fits(entry: HistoryEntry, filter: HistoryFilter): boolean {
  if (filter.op !== undefined && entry.op !== filter.op) return false;
  if (filter.memberId !== undefined && entry.memberId !== filter.memberId) return false;
  if (filter.box !== undefined && entry.box !== filter.box) return false;
  return filter.sinceId === undefined || entry.id > filter.sinceId;
}
