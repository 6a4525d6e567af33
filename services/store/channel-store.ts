// Members' addresses for notices, sealed, and the state of each delivery of a notice at a channel.
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant, text } from './column.ts';

/** The kinds and states of a channel; services/notify/channel.ts says what each means. */
const kinds = ['telegram', 'web-push', 'webhook', 'email'] as const;
const states = ['unconfirmed', 'live', 'failing', 'gone'] as const;

/** A channel with its sealed address and secret. */
export const sealedChannelRow = z.object({
  id: z.string(),
  kind: z.enum(kinds),
  state: z.enum(states),
  createdAt: instant,
  addressSealed: z.string(),
  secretSealed: z.string(),
});
const ownChannelRow = sealedChannelRow.extend({ wrapped: z.string() });
/** A member's channel, sealed, and the member's wrapped data key, which decrypts it. */
export type OwnChannel = z.infer<typeof ownChannelRow>;

/** The channel that an unexpired confirmation code would confirm. */
const codeRow = z.object({
  id: z.string(),
  kind: z.enum(kinds),
  userId: z.string(),
  wrapped: z.string(),
  language: text,
});
/**
 * `begun`: this process may send the notice to the channel. Each value but `begun` is the state of an earlier delivery of the notice at the channel.
 */
const begunRow = z.enum(['begun', 'sending', 'taken', 'failed', 'unclear']);

/** What identifies one delivery of a notice at a channel. */
export interface TellingKey {
  readonly noticeId: number;
  readonly channelId: string;
  readonly tryId: string;
}

/** The database calls for channels and deliveries. */
export const channelStore = (call: Call) => ({
  /**
   * Stores a channel in place of the member's earlier channel of the same kind (for Web Push: of the same browser). An earlier channel that is `live`
   * or `failing` stays beside a new `unconfirmed` one until `confirmChannel` confirms the new one. Returns 1, or 0 if the channel is not stored
   * because the member has `max` channels beside those that it replaces.
   */
  keepNoticeChannel: (a: {
    id: string;
    userId: string;
    kind: OwnChannel['kind'];
    state: OwnChannel['state'];
    addressSealed: string;
    secretSealed: string;
    lookup?: string | undefined;
    code?: { readonly hash: string; readonly expiresAt: Date } | undefined;
    max: number;
    now: Date;
  }) =>
    call(
      'keep_notice_channel',
      {
        id: a.id,
        user_id: a.userId,
        kind: a.kind,
        state: a.state,
        address_sealed: a.addressSealed,
        secret_sealed: a.secretSealed,
        lookup: a.lookup,
        code_hash: a.code?.hash,
        code_expires_at: a.code?.expiresAt,
        max: a.max,
        now: a.now,
      },
      z.number(),
    ),
  /** The member's channels, the oldest first. */
  readNoticeChannels: (userId: string) => call('read_notice_channels', { user_id: userId }, z.array(ownChannelRow)),
  removeNoticeChannel: (userId: string, kind: OwnChannel['kind']) =>
    call('remove_notice_channel', { user_id: userId, kind }, z.number()),
  removeOwnChannel: (id: string, userId: string) => call('remove_own_channel', { id, user_id: userId }, z.number()),
  /** Reads, without using the code up, the channel that a confirmation code would confirm; null if the code is used, expired or unknown. */
  readChannelOfCode: (codeHash: string, now: Date) =>
    call('read_channel_of_code', { code_hash: codeHash, now }, codeRow.nullable()),
  /**
   * Confirms the channel for which this confirmation code was made, and uses the code up; returns 0 if the code is used, expired or unknown, else 1.
   * `chat` is the address of the Telegram chat that sent the confirmation code; undefined for a channel of another kind.
   */
  confirmChannel: (codeHash: string, chat: { addressSealed: string; lookup: string } | undefined, now: Date) =>
    call(
      'confirm_channel',
      { code_hash: codeHash, address_sealed: chat?.addressSealed, lookup: chat && `telegram:${chat.lookup}`, now },
      z.number(),
    ),
  isChatOf: (lookup: string, userId: string) =>
    call('is_chat_of', { lookup: `telegram:${lookup}`, user_id: userId }, z.boolean()),
  /** @param dropMs a channel that has failed for this long, in ms, gets the state `gone`. */
  noteChannel: (id: string, state: 'live' | 'failing' | 'gone', dropMs: number, now: Date) =>
    call('note_channel', { id, state, drop_ms: dropMs, now }, z.number()),
  beginTelling: (key: TellingKey, isRepeatable: boolean, now: Date) =>
    call(
      'begin_telling',
      { notice_id: key.noticeId, channel_id: key.channelId, try_id: key.tryId, repeatable: isRepeatable, now },
      begunRow,
    ),
  endTelling: (key: TellingKey, state: 'taken' | 'failed' | 'unclear', now: Date) =>
    call(
      'end_telling',
      { notice_id: key.noticeId, channel_id: key.channelId, try_id: key.tryId, state, now },
      z.number(),
    ),
});
