// Delivers notices to members: leases the due notices from the outbox, delivers each notice (tell-member.ts), and records the result.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { Seal } from '../seal/seal.ts';
import type { LeasedNotice, NoticeLine } from '../store/notice-store.ts';
import type { Store } from '../store/store.ts';
import type { Channel, Channels, Target } from './channel.ts';
import { createWebhookChannel } from './channels/webhook.ts';
import { tellMember } from './tell-member.ts';

export interface NotifyServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly seal: Seal;
  readonly logger: Logger;
  readonly notifyOptions?: NotifyOptions | undefined;
}

/** One channel for alerts to the operator. */
export interface OperatorWay {
  readonly name: string;
  readonly channel: Channel;
  readonly target: Target;
}

export interface NotifyOptions {
  /**
   * The operator's webhook: receives each alert, and a copy of each notice to a member. A notice that the member has muted is not copied. The
   * operator can pass the copies on to the members.
   */
  readonly operator?: Target | undefined;
  /** Further channels that receive the operator's alerts, beside the operator's webhook. */
  readonly alerts?: readonly OperatorWay[] | undefined;
  /** puntual's own origin: notices link to pages at this address. */
  readonly publicUrl?: string | undefined;
  /** This installation's notice channels other than webhooks. */
  readonly channels?: Channels | undefined;
  /** Counts, by kind of alert, what only this process can see and the operator should know, such as a full disk. */
  readonly seenHere?: (() => Promise<Readonly<Record<string, number>>>) | undefined;
  /** Replaces the webhook channel in tests, where a webhook may call this machine. */
  readonly webhook?: Channel | undefined;
}

const MAX_AT_ONCE = 50;
/**
 * How often one call of `deliverNotices` leases up to fifty notices, at most. Twenty times suffice for a thousand notices; further notices wait
 * for the next minute.
 */
const MAX_PASSES = 20;
/**
 * The lease of a notice lasts longer than its delivery through all channels; after the lease another process may deliver a dead process's notices.
 */
const LEASE_MS = 30_000;
const RETRY_MS = 5_000;

const publicWebhook = createWebhookChannel();

/** The notice channels of this installation; the webhook channel is always included. */
export const channelsOf = ({ notifyOptions }: Pick<NotifyServices, 'notifyOptions'>): Channels => ({
  ...notifyOptions?.channels,
  webhook: notifyOptions?.webhook ?? publicWebhook,
});

/**
 * Delivers the due notices, fifty at a time, until the instant `until`; the first fifty in any case. Returns how many notices were delivered.
 * Throws database/….
 */
export async function deliverNotices(services: NotifyServices, until?: Date): Promise<number> {
  let told = 0;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const one = await deliverSome(services);
    told += one.told;
    if (one.leased < MAX_AT_ONCE || (until && services.clock.now() >= until)) break;
  }
  return told;
}

async function deliverSome(services: NotifyServices): Promise<{ leased: number; told: number }> {
  const { store, clock } = services;
  const due = await store.leaseNotices({ limit: MAX_AT_ONCE, leaseMs: LEASE_MS, now: clock.now() });
  if (due.length === 0) return { leased: 0, told: 0 };
  const lines = await Promise.all(due.map((notice) => tell(services, notice)));
  await store.settleNotices(lines, clock.now());
  return { leased: due.length, told: lines.filter((line) => line.sent).length };
}

/** Delivers one notice; an error is recorded and the notice is delivered again later, so that one notice does not delay the other notices. */
async function tell(services: NotifyServices, notice: LeasedNotice): Promise<NoticeLine> {
  const { notifyOptions, clock, logger } = services;
  const { operator, publicUrl } = notifyOptions ?? {};
  try {
    return await tellMember(services, { channels: channelsOf(services), operator, publicUrl }, notice);
  } catch (error) {
    const { code, message } = asFailure(error);
    logger.error({ noticeId: notice.id, kind: notice.kind, code, err: error }, 'notice: could not be told');
    const nextAttemptAt = new Date(clock.now().getTime() + RETRY_MS);
    return { id: notice.id, sent: false, error: `${code}: ${message}`.slice(0, 200), nextAttemptAt };
  }
}
