// Members' wrapped data keys: what the rotation of the keyring reads and writes. It wraps nothing itself (seal.ts does).
import { z } from 'zod';
import type { Call } from './call.ts';

/** A data key wrapped anew, and the wrapping it replaces. */
export interface RewrapLine {
  readonly userId: string;
  readonly from: string;
  readonly kid: string;
  readonly wrapped: string;
}

export const keyStore = (call: Call) => ({
  /** Members whose key is wrapped by another key than `kid`, by id, after `after`. */
  readKeysToRewrap: (kid: string, after: string | undefined, limit: number) =>
    call('read_keys_to_rewrap', { kid, after, limit }, z.array(z.object({ userId: z.string(), wrapped: z.string() }))),
  /** Changes a key only while it is wrapped as it was read. Answers how many were changed. */
  rewrapKeys: (lines: readonly RewrapLine[]) => call('rewrap_keys', { lines }, z.number()),
  /** Members for each keyring key in use. */
  countKeys: () => call('count_keys', {}, z.array(z.object({ kid: z.string(), members: z.number() }))),
});
