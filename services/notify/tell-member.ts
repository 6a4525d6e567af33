// Delivers one notice to its member by the first channel that accepts the notice. A delivery by Telegram or e-mail that may have arrived is not
// repeated by that channel, because its receiver would not recognise the repetition. A channel that reports its address as gone is marked `gone` and
// used no more, and the next channel is tried. A notice that no channel accepted stays unread in the app's list of notices.
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
  /** The operator's webhook, which gets each notice that its member has not muted; the operator can then pass the notice on. */
  readonly operator?: Target | undefined;
  readonly publicUrl?: string | undefined;
}

const DEFAULT_ZONE = 'Europe/Madrid';
/** How long a channel may fail before it is marked `gone` and used no more, ms. */
export const DROP_MS = 14 * 24 * 60 * 60_000;
const SECOND_MS = 1_000;
/**
 * The waits after each failed delivery of a notice, ms, a day and a half in all; then the notice is given up, and stays visible in the app's list of
 * notices.
 */
const WAITS_MS = [5, 20, 60, 300, 1_800, 7_200, 28_800, 86_400].map((seconds) => seconds * SECOND_MS);

const NO_CHANNEL = 'channel/unreachable: The member has no channel.';
/** The errors after which a notice is not sent again by the same channel: trying again cannot help, or could deliver the notice twice. */
const FINAL: readonly FailureCode[] = ['notice/gone', 'notice/unclear'];

/** One channel with one address, by which the notice may be delivered. */
interface Way {
  readonly id: string;
  readonly channel: Channel;
  readonly isRepeatable: boolean;
  /** Decrypts the address; called only when this channel is tried. Throws seal/…. */
  readonly target: () => Target;
  /** True for a channel of the member; the database stores the channel's state, such as `failing`. False for the operator's webhook. */
  readonly isOwn: boolean;
}

/** Delivers a notice and returns the result to record for it. Throws database/… only: a channel's failure is in the returned `NoticeLine`. */
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
  // Without any channel the notice is given up at once, because trying again cannot help. The app's list of notices shows a notice even if there is
  // no channel for it.
  if (own.length === 0 && !operator) return { id, sent: false, error: NO_CHANNEL };
  const message = messageOf(notice, now, options.publicUrl);
  const told = await tellFirst(services, notice, message, own);
  const passedOn = operator && (await tellBy(services, notice, message, operator));
  return lineOf(services, notice, [told, passedOn], own.length > 0);
}

const quietEnd = ({ quietHours, zone }: LeasedNotice, now: Date): Date | undefined =>
  quietHours && quietUntil(quietHours, zone ?? DEFAULT_ZONE, now);

/** Why no channel accepted the notice; undefined if a channel accepted it. */
type Trouble = Failure | undefined;

async function tellFirst(
  services: TellServices,
  notice: LeasedNotice,
  message: Message,
  ways: readonly (readonly Way[])[],
): Promise<Trouble> {
  let trouble: Trouble = new Failure('channel/unreachable', 'The member has no channel.');
  for (const group of ways) {
    // A member's browsers count as one channel: the notice is sent to all of them.
    const ends = await Promise.all(group.map((way) => tellBy(services, notice, message, way)));
    if (ends.some((end) => end === undefined)) return undefined;
    trouble = worthMost([trouble, ...ends]);
  }
  return trouble;
}

/**
 * Chooses, from the errors of several channels, the one that decides whether the notice is sent again. The error of a channel that may accept the
 * notice later is preferred.
 */
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
    if (stands !== 'begun') throw new Failure('notice/unclear', 'An earlier delivery there may have arrived.');
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

/** An earlier process delivered the notice by this channel and died before it recorded the result. */
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
  // An unreachable database, a failed decryption, or a dead process's unclear delivery proves no fault of the channel.
  const isNews = key !== undefined || !/^(database|seal)\//.test(code);
  if (way.isOwn && isNews && !(code === 'notice/unclear' && !key))
    await store.noteChannel(way.id, code === 'notice/gone' ? 'gone' : 'failing', DROP_MS, clock.now());
  return failure;
}

/** The member's channels, grouped by kind in the order of `CHANNEL_KINDS`. A kind of channel without settings in this installation is left out. */
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

/** The member's language if puntual has words in it, otherwise the default language. */
export const languageOf = ({ language }: { readonly language?: string | undefined }): Language =>
  LANGUAGES.find((one) => one === language) ?? DEFAULT_LANGUAGE;

const isFinal = ({ code }: Failure): boolean => FINAL.includes(code);

/**
 * Makes the `NoticeLine` with which the database records the result of delivering the notice. The notice counts as sent when a channel of the member
 * accepted it; if the member has no channel, when the operator's webhook accepted it.
 */
function lineOf(
  services: TellServices,
  notice: LeasedNotice,
  [own, operator]: readonly [Trouble, Trouble],
  hasOwn: boolean,
): NoticeLine {
  const { id, kind, attempts } = notice;
  const decisive = hasOwn ? own : operator;
  // If a channel of the member accepted the notice and the operator's webhook did not, the operator's copy is sent again later, as long as another
  // try can help.
  const trouble = decisive ?? operator;
  const waitMs = trouble && !isFinal(trouble) ? WAITS_MS[attempts - 1] : undefined;
  if (!trouble || (!decisive && waitMs === undefined)) return { id, sent: true };
  const nextAttemptAt = waitMs === undefined ? undefined : new Date(services.clock.now().getTime() + waitMs);
  if (!nextAttemptAt)
    services.logger.warn({ noticeId: id, kind, code: trouble.code }, 'notice: given up, it stays in the feed');
  return { id, sent: false, error: `${trouble.code}: ${trouble.message}`.slice(0, 200), nextAttemptAt };
}
