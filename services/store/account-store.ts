// A member's plan tokens at puntual, the tries of a gym password, the rate limits of requests, and the answers stored under an idempotency key.
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant, maybeInstant } from './column.ts';

const usageRow = z.object({
  plan: z.enum(['free', 'pro']),
  tokens: z.number(),
  status: z.string(),
  unlimited: z.boolean(),
  /** When the count of plan tokens (`tokens`) starts anew, for a member whose plan is limited. */
  periodEndsAt: instant,
});

const beginningRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('begun'), sentAt: maybeInstant }),
  z.object({ state: z.enum(['running', 'mismatch']) }),
  z.object({ state: z.literal('done'), status: z.number(), answer: z.unknown() }),
]);

/** The database calls for plan tokens, password tries, rate limits and stored answers. */
export const accountStore = (call: Call) => ({
  readUsage: (userId: string, now: Date) => call('read_usage', { user_id: userId, now }, usageRow.nullable()),
  /**
   * Asks whether a gym password may be tried now, and counts the try if it may. Returns how many ms to wait before the password may be tried; 0: it
   * may be tried now.
   */
  beginLogin: (a: {
    id: string;
    account: string;
    address: string;
    mostAnAccount: number;
    mostAnAddress: number;
    windowMs: number;
    lockedMs: number;
    mostRight: number;
    /** How many unsuccessful password tries all accounts together may have within `windowMs`; undefined: no such limit. */
    mostInAll: number | undefined;
    /**
     * The fingerprint of the device that signs in, if it has one. The limit `mostInAll` does not apply to a device on which the account has signed in
     * before.
     */
    fingerprint: string | undefined;
    now: Date;
  }) =>
    call(
      'begin_login',
      {
        id: a.id,
        account: a.account,
        address: a.address,
        most_an_account: a.mostAnAccount,
        most_an_address: a.mostAnAddress,
        window_ms: a.windowMs,
        locked_ms: a.lockedMs,
        most_right: a.mostRight,
        most_in_all: a.mostInAll,
        fingerprint: a.fingerprint,
        now: a.now,
      },
      z.number(),
    ),
  endLogin: (id: string, verdict: 'fine' | 'wrong' | 'locked' | 'right' | 'unread', now: Date) =>
    call('end_login', { id, verdict, now }, z.number()),
  /**
   * Takes a token from each given rate-limit bucket if every bucket has one, else none. Returns the ms to wait; 0: one token was taken from each
   * bucket.
   */
  takeFromBuckets: (buckets: readonly { name: string; perSecond: number; burst: number }[], now: Date) =>
    call('take_from_buckets', { buckets, now }, z.number()),
  beginRequest: (a: {
    userId: string;
    key: string;
    requestHash: string;
    owner: string;
    runningMs: number;
    now: Date;
  }) =>
    call(
      'begin_request',
      {
        user_id: a.userId,
        key: a.key,
        request_hash: a.requestHash,
        owner: a.owner,
        running_ms: a.runningMs,
        now: a.now,
      },
      beginningRow,
    ),
  /**
   * Records that the request to the gym is about to be sent for the member's request with the idempotency key `key`. Returns 1, or 0 when another
   * process has taken over the member's request to puntual.
   */
  noteRequestSent: (a: { userId: string; key: string; owner: string; now: Date }) =>
    call('note_request_sent', { user_id: a.userId, key: a.key, owner: a.owner, now: a.now }, z.number()),
  /**
   * Stores a request's answer under the request's idempotency key. Without an answer (`kept` is undefined) the idempotency key is free for another
   * request, unless the request to the gym was sent (`sent`). Returns 1, or 0 when another process has taken over the member's request to puntual.
   */
  endRequest: (a: {
    userId: string;
    key: string;
    owner: string;
    kept: { status: number; answer: unknown } | undefined;
    sent: boolean;
  }) =>
    call(
      'end_request',
      {
        user_id: a.userId,
        key: a.key,
        owner: a.owner,
        status: a.kept?.status,
        answer: a.kept?.answer,
        sent: a.sent,
      },
      z.number(),
    ),
});
