// What members are to be told, and where. Telling may happen twice under one id, never not at all.
import { z } from 'zod';
import { boxRow } from './box-store.ts';
import type { Call } from './call.ts';
import { instant, text } from './column.ts';
import { prebookingRow } from './prebooking-store.ts';

const noticeRow = z.object({
  id: z.number(),
  userId: z.string(),
  kind: z.string(),
  payload: z.record(z.string(), z.unknown()),
  createdAt: instant,
  attempts: z.number(),
  wrapped: text,
  channels: z.array(
    z.object({ id: z.string(), kind: z.literal('webhook'), addressSealed: z.string(), secretSealed: z.string() }),
  ),
  prebooking: prebookingRow.nullish().transform((v) => v ?? undefined),
  box: boxRow.nullish().transform((v) => v ?? undefined),
});
/** Something a member is to be told, leased to us. */
export type LeasedNotice = z.infer<typeof noticeRow>;
/** Where one member wants to be told, sealed, and the key that opens it. */
const noticeChannelRow = z.object({
  id: z.string(),
  addressSealed: z.string(),
  secretSealed: z.string(),
  createdAt: instant,
  wrapped: z.string(),
});

const unreachableRow = z.object({ notices: z.number(), members: z.number() });
/** Who could not be told. */
export type Unreachable = Readonly<z.infer<typeof unreachableRow>>;

/** How telling went. Not sent and no next attempt: given up. */
export interface NoticeLine {
  readonly id: number;
  readonly sent: boolean;
  readonly error?: string | undefined;
  readonly nextAttemptAt?: Date | undefined;
}

/** The verbs of notices. */
export const noticeStore = (call: Call) => ({
  leaseNotices: (a: { limit: number; leaseMs: number; now: Date }) =>
    call('lease_notices', { limit: a.limit, lease_ms: a.leaseMs, now: a.now }, z.array(noticeRow)),
  /** Notices given up within thirty days, and how many members they were for. */
  countUnreachable: (now: Date) => call('count_unreachable', { now }, unreachableRow),
  settleNotices: (lines: readonly NoticeLine[], now: Date) => call('settle_notices', { lines, now }, z.number()),
  /** One of a kind for a member: a new one takes the old one's place. */
  keepNoticeChannel: (a: {
    id: string;
    userId: string;
    kind: 'webhook';
    addressSealed: string;
    secretSealed: string;
    now: Date;
  }) =>
    call(
      'keep_notice_channel',
      {
        id: a.id,
        user_id: a.userId,
        kind: a.kind,
        address_sealed: a.addressSealed,
        secret_sealed: a.secretSealed,
        now: a.now,
      },
      z.number(),
    ),
  readNoticeChannel: (userId: string, kind: 'webhook') =>
    call('read_notice_channel', { user_id: userId, kind }, noticeChannelRow.nullable()),
  removeNoticeChannel: (userId: string, kind: 'webhook') =>
    call('remove_notice_channel', { user_id: userId, kind }, z.number()),
});
