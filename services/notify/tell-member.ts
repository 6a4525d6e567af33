// Tells one notice to its member: by the first of their channels that takes it, and never twice by one that may have taken it. A channel that is
// gone is dropped and the next one tried; what no channel took stays in the feed as unread.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure, Failure, type FailureCode } from '../failures.ts';
import { DEFAULT_LANGUAGE, LANGUAGES, type Language } from '../prebooking/words/words.ts';
import type { Seal } from '../seal/seal.ts';
import type { TellingKey } from '../store/channel-store.ts';
import type { LeasedNotice, NoticeLine } from '../store/notice-store.ts';
import type { Store } from '../store/store.ts';
import { cannotWait, isMuted } from './category.ts';
import { CHANNEL_KINDS, type Channel, type Channels, IS_REPEATABLE, type Target } from './channel.ts';
import { type Message, messageOf } from './messages.ts';
import { openChannel } from './own-channels.ts';
import { quietUntil } from './quiet-hours.ts';

export interface TellServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly seal: Seal;
  readonly logger: Logger;
}

export interface TellOptions {
  readonly channels: Channels;
  /** Hears of every member, so that the operator may pass the word on. */
  readonly operator?: Target | undefined;
  readonly publicUrl?: string | undefined;
}

const DEFAULT_ZONE = 'Europe/Madrid';
/** A channel that has taken nothing for so long is dropped. */
export const DROP_MS = 14 * 24 * 60 * 60_000;
const SECOND_MS = 1_000;
/** After so many tries in vain it is given up, a day and a half later, and stays visible. */
const WAITS_MS = [5, 20, 60, 300, 1_800, 7_200, 28_800, 86_400].map((seconds) => seconds * SECOND_MS);

const NO_CHANNEL = 'channel/unreachable: The member has no channel.';
/** Another try there cannot help, or could tell it twice. */
const FINAL: readonly FailureCode[] = ['notice/gone', 'notice/unclear'];

/** One place where the notice may be told. */
interface Way {
  readonly id: string;
  readonly channel: Channel;
  readonly isRepeatable: boolean;
  /** Opened when its turn comes. Throws seal/…. */
  readonly target: () => Target;
  /** The member's own channel: its state is kept. */
  readonly isOwn: boolean;
}

/** Throws database/… alone: how a channel fares is in the line. */
export async function tellMember(
  services: TellServices,
  options: TellOptions,
  notice: LeasedNotice,
): Promise<NoticeLine> {
  const { id } = notice;
  const now = services.clock.now();
  if (isMuted(notice, notice.tell)) return { id, sent: false, error: 'muted' };
  const heldUntil = notice.quietHours && !cannotWait(notice, notice.nextOpeningAt, now) && quietEnd(notice, now);
  if (heldUntil) return { id, sent: false, isHeld: true, nextAttemptAt: heldUntil };
  const own = waysOf(services, options, notice);
  const operator = operatorWay(options);
  // Another try would find no channel either: given up at once, and counted. The feed shows what happened all the same.
  if (own.length === 0 && !operator) return { id, sent: false, error: NO_CHANNEL };
  const message = messageOf(notice, now, options.publicUrl);
  const told = await tellFirst(services, notice, message, own);
  const passedOn = operator && (await tellBy(services, notice, message, operator));
  return lineOf(services, notice, [told, passedOn], own.length > 0);
}

const quietEnd = ({ quietHours, zone }: LeasedNotice, now: Date): Date | undefined =>
  quietHours && quietUntil(quietHours, zone ?? DEFAULT_ZONE, now);

/** Undefined: a channel took it. */
type Trouble = Failure | undefined;

async function tellFirst(
  services: TellServices,
  notice: LeasedNotice,
  message: Message,
  ways: readonly (readonly Way[])[],
): Promise<Trouble> {
  let trouble: Trouble = new Failure('channel/unreachable', 'The member has no channel.');
  for (const group of ways) {
    // A member's browsers are one channel: all of them show it.
    const ends = await Promise.all(group.map((way) => tellBy(services, notice, message, way)));
    if (ends.some((end) => end === undefined)) return undefined;
    trouble = worthMost([trouble, ...ends]);
  }
  return trouble;
}

/** The one of several troubles that says most of what to do: a channel that may take it later. */
const worthMost = (all: readonly Trouble[]): Trouble =>
  all.findLast((one) => one && !FINAL.includes(one.code) && one.code !== 'channel/unreachable') ??
  all.findLast((one) => one !== undefined);

async function tellBy(services: TellServices, notice: LeasedNotice, message: Message, way: Way): Promise<Trouble> {
  const { store, clock } = services;
  const key: TellingKey = { noticeId: notice.id, channelId: way.id, tryId: randomUUID() };
  let hasBegun = false;
  const begin = async () => {
    const stands = await store.beginTelling(key, way.isRepeatable, clock.now());
    if (stands === 'taken') throw new AlreadyTaken();
    if (stands !== 'begun') throw new Failure('notice/unclear', 'An earlier telling there may have arrived.');
    hasBegun = true;
  };
  try {
    await way.channel(message, way.target(), { language: languageOf(notice), begin });
  } catch (error) {
    if (error instanceof AlreadyTaken) return undefined;
    return await failed(services, { notice, way, key: hasBegun ? key : undefined }, asFailure(error));
  }
  await store.endTelling(key, 'taken', clock.now());
  if (way.isOwn) await store.noteChannel(way.id, 'live', DROP_MS, clock.now());
  return undefined;
}

/** A process that died before it settled had told it there. */
class AlreadyTaken extends Error {}

async function failed(
  { store, clock, logger }: TellServices,
  { notice, way, key }: { notice: LeasedNotice; way: Way; key: TellingKey | undefined },
  failure: Failure,
): Promise<Failure> {
  const { code } = failure;
  logger.warn(
    { noticeId: notice.id, kind: notice.kind, channelId: way.id, attempts: notice.attempts, code },
    'notice: not taken',
  );
  if (key) await store.endTelling(key, code === 'notice/unclear' ? 'unclear' : 'failed', clock.now());
  // A telling of a dead process, a database that is away, or a seal that another process can open, says nothing about the channel.
  const isNews = key !== undefined || !/^(database|seal)\//.test(code);
  if (way.isOwn && isNews && !(code === 'notice/unclear' && !key))
    await store.noteChannel(way.id, code === 'notice/gone' ? 'gone' : 'failing', DROP_MS, clock.now());
  return failure;
}

/** Kind by kind, the quickest to be seen first. A kind that this installation has no settings for is left out. */
function waysOf({ seal }: TellServices, { channels }: TellOptions, notice: LeasedNotice): Way[][] {
  const ways = CHANNEL_KINDS.map((kind) => {
    const channel = channels[kind];
    if (!channel) return [];
    return notice.channels
      .filter((row) => row.kind === kind)
      .map((row): Way => {
        const target = () => openChannel(seal, notice.userId, notice.wrapped ?? '', row);
        return { id: row.id, channel, isRepeatable: IS_REPEATABLE[kind], target, isOwn: true };
      });
  });
  return ways.filter((group) => group.length > 0);
}

function operatorWay({ operator, channels }: TellOptions): Way | undefined {
  const channel = channels.webhook;
  if (!operator || !channel) return undefined;
  return { id: 'operator', channel, isRepeatable: true, target: () => operator, isOwn: false };
}

/** The member's own language, where there is a file for it. */
export const languageOf = ({ language }: { readonly language?: string | undefined }): Language =>
  LANGUAGES.find((one) => one === language) ?? DEFAULT_LANGUAGE;

const isFinal = ({ code }: Failure): boolean => FINAL.includes(code);

/** Sent when the member's own channels took it, or the operator's where the member has none. @param ends of the own ones, of the operator's. */
function lineOf(
  services: TellServices,
  notice: LeasedNotice,
  [own, operator]: readonly [Trouble, Trouble],
  hasOwn: boolean,
): NoticeLine {
  const { id, kind, attempts } = notice;
  const decisive = hasOwn ? own : operator;
  // The member is told; the operator's copy is tried again as long as that can help.
  const trouble = decisive ?? operator;
  const waitMs = trouble && !isFinal(trouble) ? WAITS_MS[attempts - 1] : undefined;
  if (!trouble || (!decisive && waitMs === undefined)) return { id, sent: true };
  const nextAttemptAt = waitMs === undefined ? undefined : new Date(services.clock.now().getTime() + waitMs);
  if (!nextAttemptAt)
    services.logger.warn({ noticeId: id, kind, code: trouble.code }, 'notice: given up, it stays in the feed');
  return { id, sent: false, error: `${trouble.code}: ${trouble.message}`.slice(0, 200), nextAttemptAt };
}
