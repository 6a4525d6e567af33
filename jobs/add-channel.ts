// Adds an address for a member's notices. An e-mail or Telegram channel has to be confirmed with a one-time code, by mail or by a link to the bot.
import { randomUUID } from 'node:crypto';
import { Failure } from '../services/failures.ts';
import type { ChannelKind, ChannelState } from '../services/notify/channel.ts';
import { checkMailbox } from '../services/notify/channels/email.ts';
import { type PushSubscription, subscriptionAddress } from '../services/notify/channels/web-push.ts';
import { inLanguages, plainMessage } from '../services/notify/messages.ts';
import { channelsOf, type NotifyServices } from '../services/notify/notify.ts';
import { digestFor, keepChannel, newCode } from '../services/notify/own-channels.ts';
import { checkAddress } from '../services/notify/public-address.ts';
import { languageOf } from '../services/notify/tell-member.ts';
import { Secret } from '../services/secret.ts';

export type ChannelWish =
  | { readonly kind: 'email'; readonly address: string }
  | { readonly kind: 'telegram' }
  | { readonly kind: 'web-push'; readonly subscription: PushSubscription }
  | { readonly kind: 'webhook'; readonly url: string };

export interface AddedChannel {
  readonly id: string;
  readonly kind: ChannelKind;
  readonly state: ChannelState;
  /** The key that signs notices to a webhook; the member is shown the key only once, in this result. */
  readonly secret?: Secret | undefined;
  /** The address that opens the Telegram bot with the one-time code. */
  readonly link?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

export interface AddServices extends NotifyServices {
  /** Gives the Telegram bot's address with a one-time code in it; absent where the service has no bot. */
  readonly telegramLink?: ((code: Secret) => Promise<string>) | undefined;
  readonly publicUrl: string;
}

const MAIL_CODE_MS = 24 * 60 * 60_000;
const CHAT_CODE_MS = 15 * 60_000;
/** The path of the page that the confirming mail links to; a button on that page confirms the channel. */
export const CONFIRM_PATH = '/confirm/';

/**
 * Throws notice/not-offered if this installation lacks the settings for that kind of channel, and request/invalid for an address that may not be
 * used. Throws session/missing and request/limited as `keepChannel` does. Throws notice/… if the confirming mail could not be sent; the channel is
 * then not stored.
 */
export async function addChannel(
  services: AddServices,
  { userId, wish }: { userId: string; wish: ChannelWish },
): Promise<AddedChannel> {
  if (!channelsOf(services)[wish.kind])
    throw new Failure('notice/not-offered', 'This installation is not set up for channels of that kind.');
  switch (wish.kind) {
    case 'email':
      return addEmail(services, userId, checkMailbox(wish.address));
    case 'telegram':
      return addTelegram(services, userId);
    case 'web-push':
      return addPush(services, userId, wish.subscription);
    case 'webhook': {
      const address = new Secret(checkAddress(wish.url).href);
      const { id, secret } = await keepChannel(services, userId, { kind: 'webhook', address, state: 'live' });
      return { id, kind: 'webhook', state: 'live', secret };
    }
  }
}

async function addEmail(services: AddServices, userId: string, mailbox: string): Promise<AddedChannel> {
  const { store, clock, publicUrl } = services;
  const { code, hash } = newCode();
  const expiresAt = new Date(clock.now().getTime() + MAIL_CODE_MS);
  const address = new Secret(mailbox);
  const added = { kind: 'email', state: 'unconfirmed' } as const;
  const { id, secret } = await keepChannel(services, userId, { ...added, address, code: { hash, expiresAt } });
  const text = inLanguages((words) => words.confirm.mail);
  const mail = {
    ...plainMessage(`confirm-${randomUUID()}`, 'confirm', clock.now(), text),
    link: `${publicUrl}${CONFIRM_PATH}${code.reveal()}`,
  };
  const language = languageOf((await store.readAccount(userId)) ?? {});
  try {
    await channelsOf(services).email?.(
      mail,
      { address, signingSecret: secret },
      { language, begin: async () => undefined },
    );
  } catch (error) {
    await store.removeOwnChannel(id, userId);
    throw error;
  }
  return { id, ...added, expiresAt };
}

async function addTelegram(services: AddServices, userId: string): Promise<AddedChannel> {
  const { code, hash } = newCode();
  const expiresAt = new Date(services.clock.now().getTime() + CHAT_CODE_MS);
  const link = await services.telegramLink?.(code).catch(() => {
    // The failure leaves out its cause, because the cause quotes the bot's token.
    throw new Failure('notice/unreachable', 'Telegram could not be reached.');
  });
  const added = { kind: 'telegram', state: 'unconfirmed' } as const;
  const { id } = await keepChannel(services, userId, { ...added, address: new Secret(''), code: { hash, expiresAt } });
  return { id, ...added, link, expiresAt };
}

/** Adds a browser's push channel; a second request from the same browser replaces its earlier channel. */
async function addPush(services: AddServices, userId: string, subscription: PushSubscription): Promise<AddedChannel> {
  const address = subscriptionAddress(subscription);
  const lookup = await digestFor(services, userId, new Secret(subscription.endpoint));
  const { id } = await keepChannel(services, userId, { kind: 'web-push', state: 'live', address, lookup });
  return { id, kind: 'web-push', state: 'live' };
}
