// The port to a notice channel: a channel is a function, and a target is where it leads. Which of a member's channels is tried when is
// tell-member.ts's choice.
import type { Language } from '../prebooking/words/words.ts';
import type { Secret } from '../secret.ts';
import type { Message } from './messages.ts';

/** The kinds of channels, the quickest to be seen first: a member's notice goes to the first that takes it. */
export const CHANNEL_KINDS = ['telegram', 'web-push', 'webhook', 'email'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/**
 * - `unconfirmed`: the address is not shown yet to be the member's: nothing is told there;
 * - `live`: told there, and taken;
 * - `failing`: the last telling was not taken; it is tried again;
 * - `gone`: the other end said that it is gone, or it has failed for days: tried no more.
 */
export const CHANNEL_STATES = ['unconfirmed', 'live', 'failing', 'gone'] as const;
export type ChannelState = (typeof CHANNEL_STATES)[number];

/** The address, and the secret both sides know. */
export interface Target {
  readonly address: Secret;
  readonly signingSecret: Secret;
}

/** How one message is told. */
export interface Telling {
  readonly language: Language;
  /**
   * Writes down that this telling begins. A channel calls it right before the request that may take effect, and lets its rejection pass
   * through: then nothing was sent.
   */
  readonly begin: () => Promise<void>;
}

/**
 * Tells one message. Throws when it was not taken:
 * - notice/gone: the other end is gone for good;
 * - notice/refused, notice/unreachable, channel/unreachable: not taken, another try may help;
 * - notice/unclear: it may have arrived, so it is not sent there again.
 */
export type Channel = (message: Message, target: Target, telling?: Telling) => Promise<void>;

/** The channels that this installation has; a kind without its settings is absent. */
export type Channels = Readonly<Partial<Record<ChannelKind, Channel>>>;

/** A second telling under the same id is recognised at the other end, so that one that may have been lost is sent again. */
export const IS_REPEATABLE: Readonly<Record<ChannelKind, boolean>> = {
  telegram: false,
  'web-push': true,
  webhook: true,
  email: false,
};
