// The Telegram bot: links a private chat to the member that got the one-time code, and reacts when a button under a notice is pressed. Updates come
// by Telegram's webhook, or by this process's polling. The bot only answers chats; services/notify sends notices.
import { createHmac } from 'node:crypto';
import { Bot } from 'grammy';
import { z } from 'zod';
import { withdrawPrebooking } from '../jobs/withdraw-prebooking.ts';
import { asFailure } from '../services/failures.ts';
import type { Channel } from '../services/notify/channel.ts';
import { createTelegramChannel } from '../services/notify/channels/telegram.ts';
import { codeHash, sealAddress } from '../services/notify/own-channels.ts';
import { languageOf } from '../services/notify/tell-member.ts';
import { isTerminal } from '../services/prebooking/prebooking.ts';
import { WORDS } from '../services/prebooking/words/languages.ts';
import type { Words } from '../services/prebooking/words/words.ts';
import { Secret } from '../services/secret.ts';
import type { Services } from './services.ts';

const chatShape = z.object({ id: z.number(), type: z.string() });
/** The parts of a Telegram update that the bot uses. */
const updateShape = z.object({
  message: z.object({ chat: chatShape, text: z.string().optional() }).optional(),
  callback_query: z
    .object({ id: z.string(), data: z.string().optional(), message: z.object({ chat: chatShape }).optional() })
    .optional(),
});
type Update = z.infer<typeof updateShape>;

export interface TelegramBot {
  readonly channel: Channel;
  /** The secret that Telegram sends with each update, in the header X-Telegram-Bot-Api-Secret-Token. */
  readonly webhookSecret: Secret;
  /** The t.me address that opens a chat with the bot and hands the bot the one-time code. Throws when Telegram cannot be asked for the bot's name. */
  linkFor(code: Secret): Promise<string>;
  /** Handles one update; an update of a form that the bot does not know is ignored. Never throws; an error is logged. */
  answer(services: Services, update: unknown): Promise<void>;
  /** Asks Telegram to post all further updates to TELEGRAM_PATH at `publicUrl`. */
  announce(publicUrl: string): Promise<void>;
  /** Polls Telegram for updates until stopped. */
  poll(services: Services): { stop(): Promise<void> };
}

/** The path to which Telegram posts updates for the bot. */
export const TELEGRAM_PATH = '/api/telegram';

/** Makes the bot. @param apiRoot the address of a Bot API server other than Telegram's own. */
export function createTelegramBot({ token, apiRoot }: { token: Secret; apiRoot?: string | undefined }): TelegramBot {
  const bot = new Bot(token.reveal(), { ...(apiRoot && { client: { apiRoot } }) });
  const keyed = (text: string) => createHmac('sha256', token.reveal()).update(text).digest('base64url');
  const webhookSecret = new Secret(keyed('webhook'));
  const lookupOf = (chatId: number) => keyed(`chat ${chatId}`);
  let name: Promise<string> | undefined;
  const answer: TelegramBot['answer'] = async (services, given) => {
    const update = updateShape.safeParse(given).data;
    if (!update) return;
    try {
      await answerUpdate({ ...services, bot, lookupOf }, update);
    } catch (error) {
      // Only the failure's code is logged, because its cause may quote the called address with the bot's token in it.
      services.logger.warn({ code: asFailure(error).code }, 'telegram: an update was not answered');
    }
  };
  return {
    channel: createTelegramChannel(bot.api),
    webhookSecret,
    async linkFor(code) {
      name ??= bot.api.getMe().then(({ username }) => username);
      // If Telegram does not give the bot's name, the next call of `linkFor` asks Telegram for it again.
      const known = await name.catch((error: unknown) => {
        name = undefined;
        throw error;
      });
      return `https://t.me/${known}?start=${code.reveal()}`;
    },
    answer,
    async announce(publicUrl) {
      const options = { secret_token: webhookSecret.reveal(), allowed_updates: ['message', 'callback_query'] as const };
      await bot.api.setWebhook(`${publicUrl}${TELEGRAM_PATH}`, options);
    },
    poll(services) {
      bot.use((context) => answer(services, context.update));
      const polling = bot.start({ allowed_updates: ['message', 'callback_query'] }).catch((error: unknown) => {
        services.logger.warn({ code: asFailure(error).code }, 'telegram: no longer asked for updates');
      });
      return {
        async stop() {
          await bot.stop().catch(() => undefined);
          await polling;
        },
      };
    },
  };
}

type Desk = Services & { readonly bot: Bot; readonly lookupOf: (chatId: number) => string };

async function answerUpdate(desk: Desk, { message, callback_query: pressed }: Update): Promise<void> {
  if (pressed?.message) return press(desk, pressed.id, pressed.message.chat.id, pressed.data ?? '');
  const code = /^\/start (\S{1,64})$/.exec(message?.text ?? '')?.[1];
  if (message && code !== undefined) await bind(desk, message.chat, new Secret(code));
}

/** Links a chat to the member that got this one-time code. The one-time code works once, and links only a private chat. */
async function bind(desk: Desk, chat: z.infer<typeof chatShape>, code: Secret): Promise<void> {
  const { store, clock, seal, bot, lookupOf } = desk;
  const hash = codeHash(code);
  const found = await store.readChannelOfCode(hash, clock.now());
  const words = WORDS[languageOf(found ?? {})].chat;
  const say = (text: string) => bot.api.sendMessage(chat.id, text);
  if (chat.type !== 'private') return void (await say(words.privateOnly));
  if (found?.kind !== 'telegram') return void (await say(words.refused));
  const addressSealed = sealAddress(seal, found.userId, found.wrapped, found.id, new Secret(String(chat.id)));
  const bound = await store.confirmChannel(hash, { addressSealed, lookup: lookupOf(chat.id) }, clock.now());
  await say(bound === 1 ? words.bound : words.refused);
}

/**
 * Answers the press of a button under a notice; the button's data is `verb:prebooking`. A pressed button acts only for the member linked to this
 * chat.
 */
async function press(desk: Desk, queryId: string, chatId: number, data: string): Promise<void> {
  const { store, bot, lookupOf } = desk;
  const [, verb, id = ''] = /^(readiness|withdraw):([0-9a-f-]{36})$/.exec(data) ?? [];
  const prebooking = verb === undefined ? null : await store.readPrebooking(id);
  const isTheirs = prebooking !== null && (await store.isChatOf(lookupOf(chatId), prebooking.userId));
  const account = isTheirs ? await store.readAccount(prebooking.userId) : null;
  const words = WORDS[languageOf(account ?? {})].chat;
  const text = isTheirs
    ? await answerTo(desk, verb === 'withdraw', { id, userId: prebooking.userId }, words)
    : words.notYours;
  await bot.api.answerCallbackQuery(queryId, { text, show_alert: true });
}

async function answerTo(
  desk: Desk,
  isWithdrawal: boolean,
  { id, userId }: { id: string; userId: string },
  words: Words['chat'],
): Promise<string> {
  if (isWithdrawal) {
    const tooLate = (error: unknown) => {
      if (asFailure(error).code === 'prebooking/too-late') return words.tooLate;
      throw error;
    };
    return withdrawPrebooking(desk, { id, userId }).then(() => words.withdrawn, tooLate);
  }
  const prebooking = await desk.store.readPrebooking(id);
  if (!prebooking || isTerminal(prebooking.status)) return words.over;
  return words[prebooking.readiness?.level ?? 'amber'];
}
