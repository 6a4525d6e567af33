// A member's own account: what a page shows of it and what the member sets. The rows behind it belong to other files.
import { z } from 'zod';
import { LANGUAGES, type Language } from '../prebooking/words/words.ts';
import type { Call } from './call.ts';
import { sealedChannelRow } from './channel-store.ts';
import { instant, text } from './column.ts';

/** From when to when a member wants quiet, HH:MM in their day; may pass midnight. */
const quietHours = z.object({ from: z.string(), to: z.string() });
const accountRow = z.object({
  email: text,
  name: z.string(),
  language: z
    .enum(LANGUAGES)
    .nullish()
    .transform((v) => v ?? undefined),
  quietHours: quietHours.nullish().transform((v) => v ?? undefined),
  tell: z.record(z.string(), z.boolean()),
  visibleToFriends: z.boolean(),
  admitted: z.boolean(),
  hasUnplacedBoxes: z.boolean(),
  background: z.array(z.object({ status: z.string(), lastSuccessAt: instant })),
  devices: z.array(z.object({ fingerprint: z.string(), lastSeenAt: instant })),
  channels: z.array(sealedChannelRow.pick({ id: true, kind: true, state: true })),
});
/** One member's account, without a secret. */
export type Account = z.infer<typeof accountRow>;

/** What a member changes; what is absent stays. Null takes the quiet hours away; `tell` is merged kind by kind. */
export interface AccountChanges {
  readonly language?: Language | undefined;
  readonly quietHours?: { readonly from: string; readonly to: string } | null | undefined;
  readonly tell?: Readonly<Record<string, boolean | undefined>> | undefined;
  readonly visibleToFriends?: boolean | undefined;
}

/** The verbs of a member's own account. */
export const profileStore = (call: Call) => ({
  /** Null for a person who has no row here yet. */
  readAccount: (userId: string) => call('read_account', { user_id: userId }, accountRow.nullable()),
  /** Makes the member where there is none yet; answers the account as it then stands. */
  writeAccount: (userId: string, email: string | undefined, changes: AccountChanges, now: Date) =>
    call('write_account', { user_id: userId, email, changes, now }, accountRow),
});
