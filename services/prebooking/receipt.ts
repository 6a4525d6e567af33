// Builds the race receipt: the instants of one race, the lateness of its requests, what decided the race, and a sentence about the result.
// This file only arranges recorded facts; the sentences are composed in receipt-text.ts.
import { z } from 'zod';
import { hindranceOf } from './hindrance.ts';
import { type DecidedBy, decide, type Outcome, type Sent } from './outcome.ts';
import { wordsFor } from './receipt-text.ts';
import type { Language, Told } from './words/words.ts';

/**
 * One request of a race; the answer `not-sent` means that the request was provably not sent. Instants are epoch ms by the clock of the process that
 * runs the race.
 */
export interface Try {
  readonly sentAtMs: number | undefined;
  readonly firstByteAtMs: number | undefined;
  readonly answeredAtMs: number | undefined;
  /** The kind of the gym's answer: a kind of `BookAnswer`, or `not-sent`, or `unknown` if the answer could not be judged. */
  readonly answer: string;
  /**
   * Why the request was not sent, was turned away unread by the gym, was refused without a text, or got no answer that puntual understands; in
   * puntual's words or codes.
   */
  readonly why?: string | undefined;
  /** The text of the gym's answer, if the answer had one. */
  readonly said?: string | undefined;
}

/**
 * The recorded facts of one race. Instants are epoch ms of our clock, with fractions where the timed sender measured them; the instant of an event
 * that never happened is absent.
 */
export interface RaceFacts {
  readonly opensAt: Date;
  readonly wokenAtMs?: number | undefined;
  readonly readyAtMs?: number | undefined;
  readonly readBackAtMs?: number | undefined;
  /**
   * The tries to send a request of the race, in order; the last request that left is the deciding one. `unknown`: the process died after the
   * prebooking was armed, so that its tries are not known.
   */
  readonly tries: readonly Try[] | 'unknown';
  /** The gym's clock minus ours, where the gym's clock was measured and is believed; without this offset no lateness is claimed. */
  readonly clockOffsetMs?: number | undefined;
  readonly rttMs?: number | undefined;
  readonly outcome: Outcome;
  /** True if the request waited, for a limited time, for the shots of members of puntual who had prebooked the same class earlier. */
  readonly isBehind?: boolean | undefined;
  /** Why no booking request was tried, as a code; absent if a request was tried. */
  readonly why?: string | undefined;
  /** With `too-early`: the opening that the gym named in its refusal, in the box's wall time. */
  readonly gymOpensAt?: string | undefined;
  /** The text of the gym's refusal, if the refusal had one. */
  readonly gymSaid?: string | undefined;
  /** The new start, as HH:MM, of the class in which the member has a place; absent if the gym did not move the class to another hour. */
  readonly movedTo?: string | undefined;
  readonly shotAt?: ShotAt | undefined;
}

/**
 * How to find the member's place after the gym changes the class: the class that the last request asked for, and the reservation id that the gym
 * gave.
 */
const shotAtShape = z.object({ classId: z.string(), timeId: z.string(), reservationId: z.string().optional() });
export type ShotAt = Readonly<z.infer<typeof shotAtShape>>;

/** A class with a free place, which the member may book by hand while the result of our request is unconfirmed. */
export const offerShape = z.object({ classId: z.string(), timeId: z.string() });
export type Offer = Readonly<z.infer<typeof offerShape>>;

/** One request of a race as JSON in the receipt. `sentAt` is null if the request never left. */
export interface ToldTry {
  readonly sentAt: string | null;
  readonly answeredAt: string | null;
  readonly latenessMs: number | null;
  readonly answer: string;
  readonly why?: string;
  readonly said?: string;
}

/** The receipt as JSON: instants ISO 8601 with ms; a field is `null` if its event did not happen or its number is not reliable. */
export interface Receipt {
  readonly opensAt: string;
  readonly wokenAt: string | null;
  readonly readyAt: string | null;
  /** When the deciding request (the last request that left) was sent; `firstByteAt` and `answeredAt` are about that request, too. */
  readonly sentAt: string | null;
  readonly firstByteAt: string | null;
  readonly answeredAt: string | null;
  readonly readBackAt: string | null;
  readonly latenessMs: number | null;
  readonly firstLatenessMs: number | null;
  readonly clockOffsetMs: number | null;
  readonly rttMs: number | null;
  /** The number of requests that left or may have left; null where the process died before it recorded the number. */
  readonly shots: number | null;
  readonly tries: readonly ToldTry[];
  readonly decidedBy: DecidedBy;
  readonly words: string;
  readonly why?: string;
  /**
   * Present if the request waited, for a limited time, until the shots of the members of puntual who had prebooked the same class earlier were over.
   */
  readonly behind?: true;
  /** The opening in the box's wall time, if the gym named the opening in a too-early refusal. */
  readonly gymOpensAt?: string;
  readonly gymSaid?: string;
  readonly movedTo?: string;
  readonly shotAt?: ShotAt;
}

/** The receipt of a race from its facts; the field `words` is in English by default. */
export function buildReceipt(facts: RaceFacts, language: Language = 'en'): Receipt {
  const tries = facts.tries === 'unknown' ? [] : facts.tries;
  const written = tries.filter(({ answer }) => answer !== 'not-sent');
  const deciding = written.at(-1);
  const lateness = (one: Try | undefined): number | null => rounded(latenessMs(facts, one));
  const why = facts.why ?? tries.at(-1)?.why;
  const kept = {
    opensAt: facts.opensAt.toISOString(),
    wokenAt: instant(facts.wokenAtMs),
    readyAt: instant(facts.readyAtMs),
    sentAt: instant(deciding?.sentAtMs),
    firstByteAt: instant(deciding?.firstByteAtMs),
    answeredAt: instant(deciding?.answeredAtMs),
    readBackAt: instant(facts.readBackAtMs),
    latenessMs: lateness(deciding),
    firstLatenessMs: lateness(written[0]),
    clockOffsetMs: rounded(facts.clockOffsetMs),
    rttMs: rounded(facts.rttMs),
    shots: facts.tries === 'unknown' ? null : written.length,
    tries: tries.map((one) => toldTry(one, lateness(one))),
    ...(why !== undefined && { why }),
    ...(facts.isBehind && { behind: true as const }),
    ...(facts.gymOpensAt !== undefined && { gymOpensAt: facts.gymOpensAt }),
    ...(facts.gymSaid !== undefined && { gymSaid: facts.gymSaid }),
    ...(facts.movedTo !== undefined && { movedTo: facts.movedTo }),
    ...(facts.shotAt && { shotAt: facts.shotAt }),
  };
  const told = toldOf(kept, facts.outcome);
  return { ...kept, decidedBy: told.decidedBy, words: wordsFor(language, told) };
}

const toldTry = (one: Try, latenessMs: number | null): ToldTry => ({
  sentAt: instant(one.sentAtMs),
  answeredAt: instant(one.answeredAtMs),
  latenessMs,
  answer: one.answer,
  ...(one.why !== undefined && { why: one.why }),
  ...(one.said !== undefined && { said: one.said }),
});

/**
 * How late a request was, in ms by the gym's own clock, when it reached the gym's server: latenessMs = sentAt + clockOffset + rtt/2 − opensAt.
 * The lateness is estimated for the request's arrival, because a request must leave before the opening to arrive at the opening. A lateness slightly
 * below zero counts as arrival at the opening, because a gym books no request before the opening. Undefined when the request was not sent, or when
 * the gym's clock is not known or not believed.
 */
export function latenessMs(
  { opensAt, clockOffsetMs, rttMs }: Pick<RaceFacts, 'opensAt' | 'clockOffsetMs' | 'rttMs'>,
  one: Pick<Try, 'sentAtMs'> | undefined,
): number | undefined {
  if (one?.sentAtMs === undefined || clockOffsetMs === undefined) return undefined;
  return one.sentAtMs + clockOffsetMs + (rttMs ?? 0) / 2 - opensAt.getTime();
}

const instant = (atMs: number | undefined): string | null => (atMs === undefined ? null : new Date(atMs).toISOString());

/** The value rounded to tenths of a millisecond, because network measurements are no more exact. */
const rounded = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms * 10) / 10 + 0);

const told = <T extends z.ZodType>(shape: T) => shape.optional().catch(undefined);
const keptTryShape = z.object({
  sentAt: told(z.string()),
  answeredAt: told(z.string()),
  answer: z.string(),
  why: told(z.string()),
  said: told(z.string()),
});
/**
 * The fields of a stored receipt that the service reads again later, for example to tell the member the result. A stored field of a wrong type is
 * read as undefined.
 */
export const keptShape = z.object({
  wokenAt: told(z.string()),
  latenessMs: told(z.number()),
  gymOpensAt: told(z.string()),
  gymSaid: told(z.string()),
  movedTo: told(z.string()),
  shotAt: told(shotAtShape),
  offer: told(offerShape),
  behind: told(z.boolean()),
  shots: told(z.number()),
  why: told(z.string()),
  tries: told(z.array(keptTryShape)),
});

/**
 * The tries of a stored receipt, which a process needs to continue an interrupted race. The instant at which the first byte of an answer came is not
 * stored, so the tries lack it.
 */
export const triesIn = (receipt: Readonly<Record<string, unknown>>): readonly Try[] =>
  (keptShape.parse(receipt).tries ?? []).map(({ sentAt, answeredAt, ...answered }) => ({
    sentAtMs: msOf(sentAt),
    firstByteAtMs: undefined,
    answeredAtMs: msOf(answeredAt),
    ...answered,
  }));

const msOf = (instant: string | undefined): number | undefined =>
  instant === undefined ? undefined : Date.parse(instant);

/** Returns what the texts about a prebooking's end need from its stored receipt. */
export function toldOf(receipt: Readonly<Record<string, unknown>>, outcome: Outcome): Told {
  const { wokenAt, latenessMs: late, shots, behind, tries = [], ...kept } = keptShape.parse(receipt);
  const sent: Sent = shots === undefined ? 'unknown' : shots > 0 ? 'yes' : 'no';
  const hindrance = hindranceOf(tries);
  const isBehind = behind === true;
  const wasEarly = tries.some(({ answer }) => answer === 'too-early');
  const lateAtMostMs = lateAtMost(late, tries);
  const decidedBy = decide(outcome, { sent, lateAtMostMs, wasEarly, hindrance, isBehind });
  const { gymOpensAt, gymSaid, movedTo, why, offer } = kept;
  const said = { gymOpensAt, gymSaid, movedTo, why, offer };
  return { outcome, decidedBy, sent, latenessMs: late, ...said, hindrance, isBehind, wasWoken: wokenAt !== undefined };
}

interface KeptTry {
  readonly sentAt?: string | undefined;
  readonly answeredAt?: string | undefined;
  readonly answer: string;
  readonly why?: string | undefined;
}

/**
 * The upper bound of the deciding request's lateness, ms. If the gym refused an earlier request as too early, the class had not opened when that
 * request arrived. The deciding request is late by at most the time since the last request that was refused as too early, whatever the clock offset
 * is.
 */
function lateAtMost(latenessMs: number | undefined, tries: readonly KeptTry[]): number | undefined {
  const early = tries.findLast(({ answer }) => answer === 'too-early')?.sentAt;
  const deciding = tries.findLast(({ answer }) => answer !== 'not-sent')?.sentAt;
  if (early === undefined || deciding === undefined) return latenessMs;
  return Math.min(latenessMs ?? Number.POSITIVE_INFINITY, Date.parse(deciding) - Date.parse(early));
}

/**
 * Makes the receipt of an `unknown` prebooking anew when its result is settled; measured values stay unchanged. @param readBackAt when the gym's list
 * was read for this result; undefined if the gym knew no session of the member to read it with.
 */
export function reviseReceipt(
  receipt: Readonly<Record<string, unknown>>,
  { outcome, movedTo }: { outcome: Outcome; movedTo?: string | undefined },
  readBackAt: Date | undefined,
  offer?: Offer,
): Readonly<Record<string, unknown>> {
  const later = { ...(movedTo !== undefined && { movedTo }), ...(offer && { offer }) };
  const revised = { ...receipt, ...(readBackAt && { readBackAt: readBackAt.toISOString() }), ...later };
  const told = toldOf(revised, outcome);
  return { ...revised, decidedBy: told.decidedBy, words: wordsFor('en', told) };
}
