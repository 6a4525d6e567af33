// The database calls of a race: they note the queue's delivery that wakes it, claim its prebookings, and store its results.
import { z } from 'zod';
import type { Life } from '../owner.ts';
import type { TakenClass } from '../prebooking/class-choice.ts';
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
    /** The time of the database's clock when the claim was made. */
    databaseNow: instant,
    /** Prebookings of the same box and opening that another process claimed before this claim was asked for, and still holds. */
    ahead: z.array(z.object({ id: z.string(), day: z.string(), timeId: z.string(), createdAt: instant })),
  }),
]);
/** The answer to a request for a claim: the claimed prebookings, or why there are none; until the claim expires, no other process can take them. */
export type Claim = z.infer<typeof claimRow>;
/** A prebooking that another process has claimed, at the same box and opening as the prebookings of this claim. */
export type Ahead = Extract<Claim, { state: 'claimed' }>['ahead'][number];
const absenceRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('settled') }),
  z.object({ state: z.enum(['absent', 'unknown']), prebooking: prebookingRow }),
]);
/**
 * How many claims and leases of dead processes were released. `unsent` counts armed prebookings whose request was provably not sent; `armed` counts
 * those whose request may have been sent.
 */
const freedRow = z.object({ claims: z.number(), unsent: z.number(), armed: z.number(), leases: z.number() });
const openingRow = z.object({ id: z.string(), inMs: z.number() });
const deliveryRow = z.object({ replayed: z.boolean(), result: text });

/** A result to store for one prebooking. `epoch` is the number of the claim that found the result: after a later claim the result is not stored. */
export interface SettleLine {
  readonly id: string;
  readonly epoch: number;
  readonly status: PrebookingStatus;
  readonly outcome?: string | undefined;
  readonly reason?: string | undefined;
  readonly reservationId?: string | undefined;
  readonly receipt?: object | undefined;
  /** The class of the place, if another choice than the first was won: from then on the prebooking's row names this class. */
  readonly taken?: TakenClass | undefined;
  /**
   * The instant at which the last booking request for the prebooking was sent, rounded up to a whole ms. For an `unknown` prebooking, the quiet
   * period begins at this instant: until that period is over, a gym's list without the member's place does not count.
   */
  readonly lastSentAt?: Date | undefined;
}

/** The database calls for claims, and for deliveries by the queue. */
export const claimStore = (call: Call) => ({
  /** Claims every prebooking of the same box and opening as the prebooking `id`, or says why there is nothing to claim. */
  claimPrebookings: (a: {
    id: string;
    owner: string;
    leadMs: number;
    claimMs: number;
    /**
     * The call marks an unclaimed prebooking as missed if its opening is longer ago than this, in ms. For a prebooking made after its opening, the
     * time since it was made counts instead.
     */
    lateMs: number;
    now: Date;
  }) =>
    call(
      'claim_prebookings',
      { id: a.id, owner: a.owner, lead_ms: a.leadMs, claim_ms: a.claimMs, late_ms: a.lateMs, now: a.now },
      claimRow,
    ),
  /** How long, in ms, the claim of the process that claimed the prebooking still lasts; undefined when the prebooking is not claimed. */
  readClaimLeft: async (id: string): Promise<number | undefined> =>
    (await call('read_claim_left', { id }, z.number().nullable())) ?? undefined,
  /** Extends claims to `claimMs` from now; an expired claim is not extended. Returns the number of claims on `ids` that `owner` still holds. */
  extendClaims: (ids: readonly string[], owner: string, claimMs: number) =>
    call('extend_claims', { ids, owner, claim_ms: claimMs }, z.number()),
  /**
   * Releases the claims and leases of dead processes that ran on the data folder `folder`, which this process has locked. Returns four counts:
   * `unsent` (armed prebookings released for another race), `armed` (armed prebookings that only lost their claim), `claims` (claims that ended
   * before arming), `leases` (leases that ended).
   */
  freeDeadOwners: ({ folder, life }: Life, now: Date) => call('free_dead_owners', { folder, life, now }, freedRow),
  /**
   * Finds the openings between `sinceMs` ago and `withinMs` ahead that have an unarmed prebooking without a claim, or with an expired one. `id` is
   * the oldest such prebooking of the opening. `inMs` is the time left until the opening by the database's clock.
   */
  openingsAhead: (a: { withinMs: number; sinceMs: number }) =>
    call('openings_ahead', { within_ms: a.withinMs, since_ms: a.sinceMs }, z.array(openingRow)),
  /** Marks prebookings as armed. Returns the ids of the prebookings for which a request may be sent. */
  armPrebookings: (a: {
    claims: readonly { id: string; epoch: number }[];
    owner: string;
    sendDeadline: Date;
    /** When the first requests for these prebookings are to be sent, by the database's clock. No request is sent earlier. */
    firesAt?: Date | undefined;
    /** How long the claim lasts from this call on, ms. */
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
  /**
   * Releases prebookings that `owner` has claimed or armed, so that another process can claim them immediately. The caller names only prebookings for
   * which no request was sent. Returns how many prebookings were released.
   */
  disarmPrebookings: (claims: readonly { id: string; epoch: number }[], owner: string, now: Date) =>
    call('disarm_prebookings', { claims, owner, now }, z.number()),
  /** Sets a later send deadline for an armed prebooking. Returns false when `owner` does not hold the claim any more. */
  armAgain: (a: { id: string; epoch: number; owner: string; sendDeadline: Date; claimMs: number; now: Date }) =>
    call(
      'arm_again',
      { id: a.id, epoch: a.epoch, owner: a.owner, send_deadline: a.sendDeadline, claim_ms: a.claimMs, now: a.now },
      z.boolean(),
    ),
  /** Makes an armed prebooking wait for a later opening. Returns null when the claim with this `epoch` does not hold the prebooking any more. */
  postponePrebooking: (a: { id: string; epoch: number; opensAt: Date; startsAt: Date; now: Date }) =>
    call(
      'postpone_prebooking',
      { id: a.id, epoch: a.epoch, opens_at: a.opensAt, starts_at: a.startsAt, now: a.now },
      prebookingRow.nullable(),
    ),
  /** Stores the results of prebookings. Returns the row of each prebooking with a line that took effect, in this call or an identical earlier one. */
  settlePrebookings: (lines: readonly SettleLine[], now: Date) =>
    call('settle_prebookings', { lines, now }, z.array(prebookingRow)),
  /**
   * Counts a read of the gym's list that lacked the booking, if at least `quietMs` have passed since the booking was sent and `apartMs` since the
   * last counted read.
   */
  noteAbsence: (a: { id: string; quietMs: number; apartMs: number; now: Date }) =>
    call('note_absence', { id: a.id, quiet_ms: a.quietMs, apart_ms: a.apartMs, now: a.now }, absenceRow),
  /** The 99th percentile of the time from a race's wake-up until the race is ready, ms; undefined with fewer than five races in thirty days. */
  readPreparation: async (now: Date): Promise<number | undefined> =>
    (await call('read_preparation', { now }, z.number().nullable())) ?? undefined,
  /**
   * Notes a delivery by the queue under the id of the delivery's signature. Returns whether the delivery is a replay, and how the first delivery
   * ended.
   */
  noteDelivery: (jti: string, messageId: string | undefined, now: Date) =>
    call('note_delivery', { jti, message_id: messageId, now }, deliveryRow),
  /** Counts a delivery that was refused only because our clock and the queue's disagree; each signature counts once. */
  noteClockSkew: (jti: string, now: Date) => call('note_clock_skew', { jti, now }, z.number()),
  endDelivery: (jti: string, result: string) => call('end_delivery', { jti, result }, z.number()),
});
