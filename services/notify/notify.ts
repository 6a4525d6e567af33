// Tells members what happened: takes due notices from the outbox, gives each to its member's channels, and writes down how it went.
// A channel is a function. A notice may be told twice, always under the same id; one that cannot be told is given up, and counted.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { Seal } from '../seal/seal.ts';
import type { LeasedNotice, NoticeLine } from '../store/notice-store.ts';
import type { Store } from '../store/store.ts';
import type { Channel, Target } from './channel.ts';
import { createWebhookChannel } from './channels/webhook.ts';
import { messageOf } from './messages.ts';
import { openChannel } from './own-webhook.ts';

export interface NotifyServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly seal: Seal;
  readonly logger: Logger;
  readonly notifyOptions?: NotifyOptions | undefined;
}

export interface NotifyOptions {
  /** Hears of every member: for an operator who passes the word on. */
  readonly operator?: Target | undefined;
  /** Where /login is, for notices that ask for it. */
  readonly publicUrl?: string | undefined;
  /** Stands in for the webhook channel; a test's lets it reach this machine. */
  readonly webhook?: Channel | undefined;
}

const MAX_AT_ONCE = 50;
/** A thousand members of one opening; what is left waits for the next minute. */
const MAX_PASSES = 20;
/** Longer than any telling: a process that dies gives its notices back after it. */
const LEASE_MS = 30_000;
const SECOND_MS = 1_000;
/** After so many tries in vain it is given up, a day and a half later, and stays visible. */
const WAITS_MS = [5, 20, 60, 300, 1_800, 7_200, 28_800, 86_400].map((seconds) => seconds * SECOND_MS);

const NO_CHANNEL = 'channel/unreachable: The member has no channel.';
const publicWebhook = createWebhookChannel();
/** What tells a webhook. */
export const channelOf = ({ notifyOptions }: Pick<NotifyServices, 'notifyOptions'>): Channel =>
  notifyOptions?.webhook ?? publicWebhook;

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

async function tell(services: NotifyServices, notice: LeasedNotice): Promise<NoticeLine> {
  const { logger, clock } = services;
  try {
    const targets = targetsOf(services, notice);
    // Another try would find no channel either: given up at once, and counted. The app shows what happened all the same.
    if (targets.length === 0) return { id: notice.id, sent: false, error: NO_CHANNEL };
    const message = messageOf(notice, clock.now(), services.notifyOptions?.publicUrl);
    await Promise.all(targets.map((target) => channelOf(services)(message, target)));
    return { id: notice.id, sent: true };
  } catch (error) {
    const { code, message } = asFailure(error);
    logger.warn({ noticeId: notice.id, kind: notice.kind, attempts: notice.attempts, code }, 'notice: not told yet');
    const waitMs = WAITS_MS[notice.attempts - 1];
    const nextAttemptAt = waitMs === undefined ? undefined : new Date(clock.now().getTime() + waitMs);
    return { id: notice.id, sent: false, error: `${code}: ${message}`.slice(0, 200), nextAttemptAt };
  }
}

function targetsOf({ seal, notifyOptions }: NotifyServices, notice: LeasedNotice): Target[] {
  const own = notice.channels.map((channel): Target => {
    if (notice.wrapped === undefined) throw new Error('Expected a member with a channel to have a key.');
    return openChannel(seal, notice.userId, notice.wrapped, channel);
  });
  return notifyOptions?.operator ? [...own, notifyOptions.operator] : own;
}
