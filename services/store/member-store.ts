// Members and their data keys, stored wrapped (encrypted under the service's key). seal.ts wraps and unwraps the keys.
import { z } from 'zod';
import type { Call } from './call.ts';
import { text } from './column.ts';

/** A member as the database returns it. */
export const memberRow = z.object({ id: z.string(), email: text, name: z.string() });
/** A member's id, e-mail and name. */
export type Member = z.infer<typeof memberRow>;

/** A data key wrapped again under the key `kid`, and the wrapped form `from` that it replaces. */
export interface RewrapLine {
  readonly userId: string;
  readonly from: string;
  readonly kid: string;
  readonly wrapped: string;
}

/** The database calls for members and their keys. */
export const memberStore = (call: Call) => ({
  /** Stores a wrapped data key for the member if the member has none; returns the wrapped key that is stored afterwards. */
  keepMemberKey: (userId: string, key: { kid: string; wrapped: string }) =>
    call('keep_member_key', { user_id: userId, kid: key.kid, wrapped: key.wrapped }, z.string()),
  /** Gives the member's wrapped data key; undefined if there is none. */
  readMemberKey: async (userId: string): Promise<string | undefined> =>
    (await call('read_member_key', { user_id: userId }, z.string().nullable())) ?? undefined,
  /** Lists wrapped data keys that were wrapped by another key than `kid`, in order of the members' ids, beginning after the id `after`. */
  readKeysToRewrap: (kid: string, after: string | undefined, limit: number) =>
    call('read_keys_to_rewrap', { kid, after, limit }, z.array(z.object({ userId: z.string(), wrapped: z.string() }))),
  /**
   * For each line, replaces the member's wrapped data key, if the stored wrapped key still equals the line's `from`. Returns how many wrapped keys
   * were replaced.
   */
  rewrapKeys: (lines: readonly RewrapLine[]) => call('rewrap_keys', { lines }, z.number()),
  /** The number of members whose data key is wrapped by each key of the keyring. */
  countKeys: () => call('count_keys', {}, z.array(z.object({ kid: z.string(), members: z.number() }))),
  readSealCanaries: () =>
    call('read_seal_canaries', {}, z.array(z.object({ kid: z.string(), userId: z.string(), wrapped: z.string() }))),
});
