// The race receipt: the instants of one race, how late it was, who decided it, and one honest sentence about it.
// It only arranges recorded facts; the sentences in both languages are in receipt-text.ts.
import { type DecidedBy, decide, type Outcome } from './outcome.ts';
import { type Language, wordsFor } from './receipt-text.ts';

/** What was recorded. Instants are epoch ms of our clock, with fractions where the sender gave them; absent = never happened. */
export interface RaceFacts {
  readonly opensAt: Date;
  readonly wokenAtMs?: number | undefined;
  readonly readyAtMs?: number | undefined;
  /** The first shot that was written, and the answer that decided. */
  readonly sentAtMs?: number | undefined;
  readonly firstByteAtMs?: number | undefined;
  readonly answeredAtMs?: number | undefined;
  readonly readBackAtMs?: number | undefined;
  /** Gym's clock minus ours. */
  readonly clockOffsetMs?: number | undefined;
  readonly rttMs?: number | undefined;
  /** Requests written to the wire. */
  readonly shots: number;
  readonly outcome: Outcome;
  /** With `too-early`: when the gym opens the class as it says itself, in the box's wall time. */
  readonly gymOpensAt?: string | undefined;
}

/** As it goes into JSON: instants ISO 8601 with ms, `null` for what did not happen. */
export interface Receipt {
  readonly opensAt: string;
  readonly wokenAt: string | null;
  readonly readyAt: string | null;
  readonly sentAt: string | null;
  readonly firstByteAt: string | null;
  readonly answeredAt: string | null;
  readonly readBackAt: string | null;
  readonly latenessMs: number | null;
  readonly clockOffsetMs: number | null;
  readonly rttMs: number | null;
  readonly shots: number;
  readonly decidedBy: DecidedBy;
  readonly words: string;
  /** Only where the gym said so while refusing as too early: the box's wall time. */
  readonly gymOpensAt?: string;
}

/** Arranges the facts; `words` are in English unless told otherwise. */
export function buildReceipt(facts: RaceFacts, language: Language = 'en'): Receipt {
  return {
    opensAt: facts.opensAt.toISOString(),
    wokenAt: instant(facts.wokenAtMs),
    readyAt: instant(facts.readyAtMs),
    sentAt: instant(facts.sentAtMs),
    firstByteAt: instant(facts.firstByteAtMs),
    answeredAt: instant(facts.answeredAtMs),
    readBackAt: instant(facts.readBackAtMs),
    latenessMs: rounded(latenessMs(facts)),
    clockOffsetMs: rounded(facts.clockOffsetMs),
    rttMs: rounded(facts.rttMs),
    shots: facts.shots,
    decidedBy: decidedBy(facts),
    words: wordsIn(language, facts),
    ...(facts.gymOpensAt !== undefined && { gymOpensAt: facts.gymOpensAt }),
  };
}

/**
 * How late our first request was, by the gym's own clock and at the gym's door:
 *
 *   latenessMs = sentAt + clockOffset + rtt/2 − opensAt
 *
 * An unknown offset or round trip counts as 0. It is an estimate of the arrival, since a request that is to arrive at the
 * opening must leave before it; negative means early. undefined when nothing was sent.
 */
export function latenessMs(facts: RaceFacts): number | undefined {
  if (facts.sentAtMs === undefined) return undefined;
  return facts.sentAtMs + (facts.clockOffsetMs ?? 0) + (facts.rttMs ?? 0) / 2 - facts.opensAt.getTime();
}

/** See `DecidedBy`. */
export const decidedBy = (facts: RaceFacts): DecidedBy => decide(facts.outcome, latenessMs(facts));

/** One or two plain sentences for the member. */
export const wordsIn = (language: Language, facts: RaceFacts): string =>
  wordsFor(language, {
    outcome: facts.outcome,
    decidedBy: decidedBy(facts),
    latenessMs: latenessMs(facts),
    gymOpensAt: facts.gymOpensAt,
  });

const instant = (atMs: number | undefined): string | null => (atMs === undefined ? null : new Date(atMs).toISOString());

/** Tenths of a millisecond: finer than that no network is. */
const rounded = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms * 10) / 10 + 0);

/** The same receipt after the gym was asked again; what was measured stays as it was. */
export function reviseReceipt(
  receipt: Readonly<Record<string, unknown>>,
  outcome: Outcome,
  readBackAt: Date,
  language: Language = 'en',
): Readonly<Record<string, unknown>> {
  const lateness = typeof receipt['latenessMs'] === 'number' ? receipt['latenessMs'] : undefined;
  const by = decide(outcome, lateness);
  const words = wordsFor(language, { outcome, decidedBy: by, latenessMs: lateness });
  return { ...receipt, readBackAt: readBackAt.toISOString(), decidedBy: by, words };
}
