// Keeps each call to the pretend gym as it came, what the call changed and how it was answered: in memory and, if a file is named, as JSON lines in
// that file. An entry of the history holds no password, and of a token only the first 8 hex digits of its hash. A secret that a caller wrote into a
// request's address stays in the entry, so that a test can find the leak.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Suffix } from './address.ts';
import type { Operation } from './knob-scope.ts';
import type { CookieStanding } from './session-cookies.ts';

/** An entry's instants are epoch milliseconds with fractions, by the system clock; only `simAtMs` and `judgedAtMs` are by the pretend gym's clock. */
export interface HistoryEntry {
  id: number;
  op: Operation;
  method: string;
  path: string;
  /** What followed the first `?` of the request's address, unchanged; empty for an address without `?`. */
  query: string;
  host: 'login' | 'main' | 'box' | 'unknown';
  suffix: Suffix;
  box: string | null;
  memberId: number | null;
  sessionId: number | null;
  fingerprint: string | null;
  tokenHash: string | null;
  /** What the login cookie and the PHPSESSID cookie of the call were worth: current, older, dead, unknown or absent. */
  cookies: { auth: CookieStanding; page: CookieStanding };
  /** Those of the parameters id, day, box, insist, late and familyId that the call carried, with their values. */
  asked: Record<string, string>;
  /** When the head of the request was read off the socket. */
  arrivedAtMs: number;
  /** When the last byte of the request's body was read off the socket; for a call without a body, when the head was read (`arrivedAtMs`). */
  bodyReadAtMs: number;
  simAtMs: number;
  /** When the gym decided the call, by the pretend gym's clock; null for a call that was turned away or dropped before the gym decided it. */
  judgedAtMs: number | null;
  /** How long the gym thought about the call, in milliseconds. */
  thoughtMs: number;
  effect: Effect | null;
  effectAtMs: number | null;
  /** When the whole answer was handed to the socket; null when the whole answer never was. */
  answeredAtMs: number | null;
  status: number | null;
  answer: unknown;
  /** The kinds of the knobs that struck this call. */
  struckBy: string[];
  /** Which side broke the connection before the whole answer was out; null when neither side broke it. */
  broke: null | 'simulator' | 'client';
}

/** What a call changed in the pretend gym; a call that changed nothing has no effect, and its history entry says null. */
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
  /**
   * Writes the entry to the history file, if there is one. Call `record` again when a late effect has changed the entry: of several lines with the
   * same id in the history file, the last counts.
   */
  record(entry: HistoryEntry): void;
  list(filter?: HistoryFilter): HistoryEntry[];
  clear(): void;
  stop(): void;
}

const KEPT = 200_000;

/** Throws as `fs.openSync` does when the history file cannot be opened. */
export function createHistory(file?: string): History {
  const handle = file === undefined ? undefined : openSync(file, 'a', 0o600);
  let entries: HistoryEntry[] = [];
  let nextId = 1;
  let lines: string[] = [];
  // The history file is written every 50 ms, several lines at once: a write for each request would delay the stamps of the next requests' arrivals.
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
