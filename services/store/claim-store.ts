// A race's claim on prebookings, from the delivery that woke it to the settled rows.
import { z } from 'zod';
import type { Life } from '../owner.ts';
import type { PrebookingStatus } from '../prebooking/prebooking.ts';
import type { Call } from './call.ts';
import { instant, text } from './column.ts';
import { prebookingRow } from './prebooking-store.ts';

const claimRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('missing') }),
  z.object({ state: z.enum(['settled', 'too-soon', 'in-progress']), prebooking: prebookingRow }),
  z.object({
    state: z.literal('claimed'),
    prebookings: z.array(prebookingRow),
    /** The database's time when the claim was made. */
    databaseNow: instant,
    /** Live prebookings of the same box and instant that another process holds: they asked before. */
    ahead: z.array(z.object({ id: z.string(), day: z.string(), timeId: z.string(), createdAt: instant })),
  }),
]);
/** What became of a claim; each claimed prebooking is ours alone until the claim runs out. */
export type Claim = z.infer<typeof claimRow>;
/** A prebooking that another process holds. */
export type Ahead = Extract<Claim, { state: 'claimed' }>['ahead'][number];
const absenceRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('settled') }),
  z.object({ state: z.enum(['absent', 'unknown']), prebooking: prebookingRow }),
]);
/** `unsent`: armed, and proven not to have been sent; `armed`: to be looked for at the gym. */
const freedRow = z.object({ claims: z.number(), unsent: z.number(), armed: z.number(), leases: z.number() });
const openingRow = z.object({ id: z.string(), inMs: z.number() });
const deliveryRow = z.object({ replayed: z.boolean(), result: text });

/** One line of settling. `epoch` is the claim's: a line of an older claim takes no effect. */
export interface SettleLine {
  readonly id: string;
  readonly epoch: number;
  readonly status: PrebookingStatus;
  readonly outcome?: string | undefined;
  readonly reason?: string | undefined;
  readonly reservationId?: string | undefined;
  readonly receipt?: object | undefined;
  /** Nothing was written after it; of an unknown one the quiet period begins here. */
  readonly lastSentAt?: Date | undefined;
}

/** The verbs of claims and deliveries. */
export const claimStore = (call: Call) => ({
  /** Takes every prebooking of this one's box and opening instant, or says why there is nothing to take. */
  claimPrebookings: (a: {
    id: string;
    owner: string;
    leadMs: number;
    claimMs: number;
    /** Open for longer than this: missed. */
    lateMs: number;
    now: Date;
  }) =>
    call(
      'claim_prebookings',
      { id: a.id, owner: a.owner, lead_ms: a.leadMs, claim_ms: a.claimMs, late_ms: a.lateMs, now: a.now },
      claimRow,
    ),
  /** How long the claim of another still lasts, ms; undefined when no process holds one. */
  readClaimLeft: async (id: string): Promise<number | undefined> =>
    (await call('read_claim_left', { id }, z.number().nullable())) ?? undefined,
  /** Returns how many are still held; one that expired is not renewed. */
  extendClaims: (ids: readonly string[], owner: string, claimMs: number) =>
    call('extend_claims', { ids, owner, claim_ms: claimMs }, z.number()),
  /** Releases what dead processes of a data folder held, once this process has its lock. Returns how many of each. */
  freeDeadOwners: ({ folder, life }: Life, now: Date) => call('free_dead_owners', { folder, life, now }, freedRow),
  /** Openings that no living process holds, from `sinceMs` ago until `withinMs` from now, with the time left by the database's clock. */
  openingsAhead: (a: { withinMs: number; sinceMs: number }) =>
    call('openings_ahead', { within_ms: a.withinMs, since_ms: a.sinceMs }, z.array(openingRow)),
  /** Returns the ids that may be sent. */
  armPrebookings: (a: {
    claims: readonly { id: string; epoch: number }[];
    owner: string;
    sendDeadline: Date;
    /** When it is to be sent, by the database's clock, or a little before; never after. */
    firesAt?: Date | undefined;
    /** From here on the claim lasts this long. */
    claimMs: number;
    now: Date;
  }) =>
    call(
      'arm_prebookings',
      {
        claims: a.claims,
        owner: a.owner,
        send_deadline: a.sendDeadline,
        claim_ms: a.claimMs,
        now: a.now,
        fires_at: a.firesAt,
      },
      z.array(z.string()),
    ),
  /** Undoes an arming of which nothing was sent, and releases its rows. Returns how many are free. */
  disarmPrebookings: (claims: readonly { id: string; epoch: number }[], owner: string, now: Date) =>
    call('disarm_prebookings', { claims, owner, now }, z.number()),
  /** Armed already: until when something may now be sent. Returns false when the claim is no longer the owner's. */
  armAgain: (a: { id: string; epoch: number; owner: string; sendDeadline: Date; claimMs: number; now: Date }) =>
    call(
      'arm_again',
      { id: a.id, epoch: a.epoch, owner: a.owner, send_deadline: a.sendDeadline, claim_ms: a.claimMs, now: a.now },
      z.boolean(),
    ),
  /** An armed one waits for a later opening. Returns null when the claim is no longer the owner's. */
  postponePrebooking: (a: { id: string; epoch: number; opensAt: Date; startsAt: Date; now: Date }) =>
    call(
      'postpone_prebooking',
      { id: a.id, epoch: a.epoch, opens_at: a.opensAt, starts_at: a.startsAt, now: a.now },
      prebookingRow.nullable(),
    ),
  /** Returns a card for each line that took effect (now, or the very same before). */
  settlePrebookings: (lines: readonly SettleLine[], now: Date) =>
    call('settle_prebookings', { lines, now }, z.array(prebookingRow)),
  /** Counts a read only after the quiet period and `apartMs` from the last one that counted. */
  noteAbsence: (a: { id: string; quietMs: number; apartMs: number; now: Date }) =>
    call('note_absence', { id: a.id, quiet_ms: a.quietMs, apart_ms: a.apartMs, now: a.now }, absenceRow),
  /** The 99th percentile of the time that preparing takes, ms; undefined until there are some races. */
  readPreparation: async (now: Date): Promise<number | undefined> =>
    (await call('read_preparation', { now }, z.number().nullable())) ?? undefined,
  /** A delivery by its signature's id: the first, or a replay, and how the first one ended. */
  noteDelivery: (jti: string, messageId: string | undefined, now: Date) =>
    call('note_delivery', { jti, message_id: messageId, now }, deliveryRow),
  /** A delivery refused for a wrong clock alone; each signature counts once. */
  noteClockSkew: (jti: string, now: Date) => call('note_clock_skew', { jti, now }, z.number()),
  endDelivery: (jti: string, result: string) => call('end_delivery', { jti, result }, z.number()),
});
