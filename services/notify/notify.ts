// Tells members what happened: takes due notices from the outbox, tells each (tell-member.ts), and writes down how it went.
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

/** One channel of the operator's own, for alerts. */
export interface OperatorWay {
  readonly name: string;
  readonly channel: Channel;
  readonly target: Target;
}

export interface NotifyOptions {
  /** The operator's webhook: hears each notice that its member has not muted, so that the operator may pass the word on, and each alert. */
  readonly operator?: Target | undefined;
  /** Further channels by which the operator hears of alerts, beside `operator`. */
  readonly alerts?: readonly OperatorWay[] | undefined;
  /** The origin of the pages that notices lead to. */
  readonly publicUrl?: string | undefined;
  /** The channels that this installation has beside webhooks. */
  readonly channels?: Channels | undefined;
  /** News for the operator that this process sees itself, by kind with a count: a disk that takes nothing. */
  readonly seenHere?: (() => Promise<Readonly<Record<string, number>>>) | undefined;
  /** Stands in for the webhook channel; a test's lets it reach this machine. */
  readonly webhook?: Channel | undefined;
}

const MAX_AT_ONCE = 50;
/** A thousand members of one opening; what is left waits for the next minute. */
const MAX_PASSES = 20;
/** Longer than any telling through every channel: a process that dies gives its notices back after it. */
const LEASE_MS = 30_000;
const RETRY_MS = 5_000;

const publicWebhook = createWebhookChannel();

/** The channels of this installation; webhooks are always there. */
export const channelsOf = ({ notifyOptions }: Pick<NotifyServices, 'notifyOptions'>): Channels => ({
  ...notifyOptions?.channels,
  webhook: notifyOptions?.webhook ?? publicWebhook,
});

/** Tells all that is due, an opening of hundreds too, as long as there is time: some always. Answers how many were told. Throws database/…. */
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

/** One notice's trouble keeps no other waiting. */
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
