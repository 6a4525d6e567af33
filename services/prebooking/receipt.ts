// The race receipt: the instants of one race, how late it was, what decided it, and one honest sentence about it.
// It only arranges recorded facts; the sentences in both languages are in receipt-text.ts.
import { z } from 'zod';
import { hindranceOf } from './hindrance.ts';
import { type DecidedBy, decide, type Outcome, type Sent } from './outcome.ts';
import { wordsFor } from './receipt-text.ts';
import type { Language, Told } from './words/words.ts';

/** One request of a race; one that is answered `not-sent` was proven never to have left. Epoch ms of the race's clock. */
export interface Try {
  readonly sentAtMs: number | undefined;
  readonly firstByteAtMs: number | undefined;
  readonly answeredAtMs: number | undefined;
  /** What the gym answered, in our words: a kind of BookAnswer, `not-sent` and `unknown` among them. */
  readonly answer: string;
  /** Our code or word for why: not sent, refused unread, refused without the gym's own words, or not understood. */
  readonly why?: string | undefined;
  /** The gym's own words, where it answered with any. */
  readonly said?: string | undefined;
}

/** What was recorded. Instants are epoch ms of our clock, with fractions where the sender gave them; absent = never happened. */
export interface RaceFacts {
  readonly opensAt: Date;
  readonly wokenAtMs?: number | undefined;
  readonly readyAtMs?: number | undefined;
  readonly readBackAtMs?: number | undefined;
  /** The tries in order; the last one that left decided. `unknown`: the process died after it had armed. */
  readonly tries: readonly Try[] | 'unknown';
  /** Gym's clock minus ours, where it was looked at and is believed; without it no lateness is claimed. */
  readonly clockOffsetMs?: number | undefined;
  readonly rttMs?: number | undefined;
  readonly outcome: Outcome;
  /** It was sent only when our own members that asked before had their answers. */
  readonly isBehind?: boolean | undefined;
  /** The code of the obstacle if nothing was tried. */
  readonly why?: string | undefined;
  /** With `too-early`: when the gym opens the class as it says itself, in the box's wall time. */
  readonly gymOpensAt?: string | undefined;
  /** The gym's own words, where it refused with any. */
  readonly gymSaid?: string | undefined;
  /** The hour, as HH:MM, at which the place stands now that the gym has moved the class. */
  readonly movedTo?: string | undefined;
  readonly shotAt?: ShotAt | undefined;
}

/** How to find a place later, whatever the gym does to the class: the class that was shot at last, and the id that the gym gave. */
const shotAtShape = z.object({ classId: z.string(), timeId: z.string(), reservationId: z.string().optional() });
export type ShotAt = Readonly<z.infer<typeof shotAtShape>>;

/** A class with a place, which the member may book by hand while the result of our request is not known. */
export const offerShape = z.object({ classId: z.string(), timeId: z.string() });
export type Offer = Readonly<z.infer<typeof offerShape>>;

/** One try as it goes into JSON. `sentAt` null: it never left. */
export interface ToldTry {
  readonly sentAt: string | null;
  readonly answeredAt: string | null;
  readonly latenessMs: number | null;
  readonly answer: string;
  readonly why?: string;
  readonly said?: string;
}

/** The receipt as JSON: instants ISO 8601 with ms; `null` for what did not happen, and for numbers that are not reliable. */
export interface Receipt {
  readonly opensAt: string;
  readonly wokenAt: string | null;
  readonly readyAt: string | null;
  /** Of the request that decided, as are the next two: the last one that left. */
  readonly sentAt: string | null;
  readonly firstByteAt: string | null;
  readonly answeredAt: string | null;
  readonly readBackAt: string | null;
  readonly latenessMs: number | null;
  readonly firstLatenessMs: number | null;
  readonly clockOffsetMs: number | null;
  readonly rttMs: number | null;
  /** Requests that left, or may have; null where the process died and kept no count. */
  readonly shots: number | null;
  readonly tries: readonly ToldTry[];
  readonly decidedBy: DecidedBy;
  readonly words: string;
  readonly why?: string;
  /** It waited for our own members that had asked before. */
  readonly behind?: true;
  /** The box's wall time of the opening, if the gym named it while refusing as too early. */
  readonly gymOpensAt?: string;
  readonly gymSaid?: string;
  readonly movedTo?: string;
  readonly shotAt?: ShotAt;
}

/** Arranges the facts; `words` are in English by default. */
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
 * How late a request was, by the gym's own clock and at the gym's server: latenessMs = sentAt + clockOffset + rtt/2 − opensAt.
 * It is an estimate of the arrival, since a request that is to arrive at the opening must leave before it; a little below zero means at the
 * opening. undefined when it was not sent, or when the gym's clock is not known or not believed.
 */
export function latenessMs(
  { opensAt, clockOffsetMs, rttMs }: Pick<RaceFacts, 'opensAt' | 'clockOffsetMs' | 'rttMs'>,
  one: Pick<Try, 'sentAtMs'> | undefined,
): number | undefined {
  if (one?.sentAtMs === undefined || clockOffsetMs === undefined) return undefined;
  return one.sentAtMs + clockOffsetMs + (rttMs ?? 0) / 2 - opensAt.getTime();
}

const instant = (atMs: number | undefined): string | null => (atMs === undefined ? null : new Date(atMs).toISOString());

/** Tenths of a millisecond: a network is no more exact. */
const rounded = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms * 10) / 10 + 0);

const told = <T extends z.ZodType>(shape: T) => shape.optional().catch(undefined);
const keptTryShape = z.object({
  sentAt: told(z.string()),
  answeredAt: told(z.string()),
  answer: z.string(),
  why: told(z.string()),
  said: told(z.string()),
});
/** The fields of a stored receipt that later sentences and reads need; absent if it has none, or has something else. */
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

/** The tries of a stored receipt, for a race that goes on where another stopped. The instant of the first byte is not stored. */
export const triesIn = (receipt: Readonly<Record<string, unknown>>): readonly Try[] =>
  (keptShape.parse(receipt).tries ?? []).map(({ sentAt, answeredAt, ...answered }) => ({
    sentAtMs: msOf(sentAt),
    firstByteAtMs: undefined,
    answeredAtMs: msOf(answeredAt),
    ...answered,
  }));

const msOf = (instant: string | undefined): number | undefined =>
  instant === undefined ? undefined : Date.parse(instant);

/** The sentences about an ending, from its stored receipt. */
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
 * A gym that refused one request as too early had not opened when that one came. So the deciding request is late by at most the time between the
 * two, whatever the clocks say.
 */
function lateAtMost(latenessMs: number | undefined, tries: readonly KeptTry[]): number | undefined {
  const early = tries.findLast(({ answer }) => answer === 'too-early')?.sentAt;
  const deciding = tries.findLast(({ answer }) => answer !== 'not-sent')?.sentAt;
  if (early === undefined || deciding === undefined) return latenessMs;
  return Math.min(latenessMs ?? Number.POSITIVE_INFINITY, Date.parse(deciding) - Date.parse(early));
}

/** The same receipt after the gym was asked again; what was measured stays as it was. @param readBackAt undefined: it could not be asked. */
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
