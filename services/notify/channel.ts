// The port to a notice channel: a channel is a function, and a target is where it leads.
import type { Secret } from '../secret.ts';
import type { Message } from './messages.ts';

/** Where to, and the secret both sides know. */
export interface Target {
  readonly address: Secret;
  readonly signingSecret: Secret;
}

/** Tells one message. Throws when it was not taken; it may be called again with the same message. */
export type Channel = (message: Message, target: Target) => Promise<void>;
