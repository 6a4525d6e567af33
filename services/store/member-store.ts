// Members and their wrapped data keys. It wraps nothing itself (seal.ts does).
import { z } from 'zod';
import type { Call } from './call.ts';
import { text } from './column.ts';

/** A member as the database returns it. */
export const memberRow = z.object({ id: z.string(), email: text, name: z.string() });
/** A member, without keys. */
export type Member = z.infer<typeof memberRow>;

/** A data key wrapped anew, and the wrapping it replaces. */
export interface RewrapLine {
  readonly userId: string;
  readonly from: string;
  readonly kid: string;
  readonly wrapped: string;
}

/** The verbs of members and their keys. */
export const memberStore = (call: Call) => ({
  /** Offers a wrapped data key; returns the stored one, which is the first ever offered. */
  keepMemberKey: (userId: string, key: { kid: string; wrapped: string }) =>
    call('keep_member_key', { user_id: userId, kid: key.kid, wrapped: key.wrapped }, z.string()),
  /** The member's wrapped data key. */
  readMemberKey: async (userId: string): Promise<string | undefined> =>
    (await call('read_member_key', { user_id: userId }, z.string().nullable())) ?? undefined,
  /** Members with a key wrapped by another key than `kid`, by id, after `after`. */
  readKeysToRewrap: (kid: string, after: string | undefined, limit: number) =>
    call('read_keys_to_rewrap', { kid, after, limit }, z.array(z.object({ userId: z.string(), wrapped: z.string() }))),
  /** Changes a key only while it is wrapped as it was read. Returns how many were changed. */
  rewrapKeys: (lines: readonly RewrapLine[]) => call('rewrap_keys', { lines }, z.number()),
  /** Members for each keyring key in use. */
  countKeys: () => call('count_keys', {}, z.array(z.object({ kid: z.string(), members: z.number() }))),
  readSealCanaries: () =>
    call('read_seal_canaries', {}, z.array(z.object({ kid: z.string(), userId: z.string(), wrapped: z.string() }))),
});
