// The port to a notice channel: a channel is a function, and a target is an address. tell-member.ts chooses which of a member's channels is tried
// when.
import type { Language } from '../prebooking/words/words.ts';
import type { Secret } from '../secret.ts';
import type { Message } from './messages.ts';

/** The kinds of channels, the quickest to be seen first: a member's notice goes to the first that accepts it. */
export const CHANNEL_KINDS = ['telegram', 'web-push', 'webhook', 'email'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/**
 * - `unconfirmed`: not yet shown to be the member's address: no notice is sent there;
 * - `live`: used, and it accepted the last notice;
 * - `failing`: it did not accept the last notice; it is tried again;
 * - `gone`: the other end said that it is gone, or it has failed for days: tried no more.
 */
export const CHANNEL_STATES = ['unconfirmed', 'live', 'failing', 'gone'] as const;
export type ChannelState = (typeof CHANNEL_STATES)[number];

/** The address, and the secret both sides know. */
export interface Target {
  readonly address: Secret;
  readonly signingSecret: Secret;
}

/** How one message is delivered. */
export interface Telling {
  readonly language: Language;
  /**
   * Records that this delivery begins. A channel calls it right before the request that may take effect, and passes its rejection on: then
   * nothing was sent.
   */
  readonly begin: () => Promise<void>;
}

/**
 * Delivers one message. Throws when it was not accepted:
 * - notice/gone: the other end is gone for good;
 * - notice/refused, notice/unreachable, channel/unreachable: not accepted, another try may help;
 * - notice/unclear: it may have arrived, so it is not sent there again.
 */
export type Channel = (message: Message, target: Target, telling?: Telling) => Promise<void>;

/** The channels that this installation has; a kind without its settings is absent. */
export type Channels = Readonly<Partial<Record<ChannelKind, Channel>>>;

/** The other end recognises a second delivery by its id, so that one that may have been lost is sent again. */
export const IS_REPEATABLE: Readonly<Record<ChannelKind, boolean>> = {
  telegram: false,
  'web-push': true,
  webhook: true,
  email: false,
};
