// The interface of the notice channels. A channel is a function that delivers a message to a target: an address with its signing secret.
// tell-member.ts chooses the order in which a member's channels are tried.
import type { Language } from '../prebooking/words/words.ts';
import type { Secret } from '../secret.ts';
import type { Message } from './messages.ts';

/** The kinds of channels, in the order in which they are tried: a member's notice goes to the first channel that accepts it. */
export const CHANNEL_KINDS = ['telegram', 'web-push', 'webhook', 'email'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/**
 * - `unconfirmed`: the address is not yet proven to be the member's, so no notice is sent to it;
 * - `live`: the channel is used and has no failure since its last accepted notice;
 * - `failing`: the channel did not accept the last notice and is tried again;
 * - `gone`: the receiving server said that the address is gone, or the channel failed for two weeks; the channel is not tried again.
 */
export const CHANNEL_STATES = ['unconfirmed', 'live', 'failing', 'gone'] as const;
export type ChannelState = (typeof CHANNEL_STATES)[number];

/** Where a channel delivers to: the address, and the secret with which messages to the address are signed, known to the receiver, too. */
export interface Target {
  readonly address: Secret;
  readonly signingSecret: Secret;
}

/** What one delivery of a message needs beside the message and the target. */
export interface Telling {
  readonly language: Language;
  /**
   * Records that the delivery of the message begins. A channel calls `begin` right before the request that may deliver the message. If `begin`
   * rejects, the channel sends nothing, and the promise that the channel returned rejects, too.
   */
  readonly begin: () => Promise<void>;
}

/**
 * Delivers one message to one target. Throws unless the message was accepted:
 * - notice/gone: the address is gone for good;
 * - notice/refused, notice/unreachable, channel/unreachable: the message was not accepted, and trying again may help;
 * - notice/unclear: the message may have arrived, so it is not sent to that address again.
 */
export type Channel = (message: Message, target: Target, telling?: Telling) => Promise<void>;

/** The channels that this installation has; a kind without its settings is absent. */
export type Channels = Readonly<Partial<Record<ChannelKind, Channel>>>;

/** True for a kind of channel with a receiver that recognises a repeated message by its id; an unclear delivery is then tried again. */
export const IS_REPEATABLE: Readonly<Record<ChannelKind, boolean>> = {
  telegram: false,
  'web-push': true,
  webhook: true,
  email: false,
};
