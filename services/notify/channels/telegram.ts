// The Telegram channel: one message to one private chat by grammY, with buttons for what a member may do about it. worker/telegram.ts links the
// chat to its member. Telegram does not recognise a repeated message by an id, so one that may have arrived is not sent again.
import { type Api, GrammyError, HttpError, InlineKeyboard } from 'grammy';
import { Failure } from '../../failures.ts';
import type { Language } from '../../prebooking/words/words.ts';
import type { Channel } from '../channel.ts';
import type { Button } from '../messages.ts';

const TIMEOUT_MS = 6_000;
/** Blocked, deactivated, kicked, no such chat: no message will ever arrive there. */
const GONE = /blocked|deactivated|kicked|chat not found|user not found|PEER_ID_INVALID/i;
/** Reached no server: refused, no such name, no route. */
const NOT_SENT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/;

/** @param api of a grammY bot; its `sendMessage` is all that is called. */
export const createTelegramChannel =
  (api: Pick<Api, 'sendMessage'>): Channel =>
  async (message, { address }, telling) => {
    const language = telling?.language ?? 'en';
    const keyboard = keyboardOf(message.buttons ?? [], language);
    const text = message.link === undefined ? message.text[language] : `${message.text[language]}\n${message.link}`;
    await telling?.begin();
    try {
      const options = { link_preview_options: { is_disabled: true }, ...(keyboard && { reply_markup: keyboard }) };
      await api.sendMessage(address.reveal(), text, options, AbortSignal.timeout(TIMEOUT_MS) as TelegramSignal);
    } catch (error) {
      throw judge(error);
    }
  };

/** GrammY's types name the signal of a polyfill. */
type TelegramSignal = NonNullable<Parameters<Api['sendMessage']>[3]>;

function keyboardOf(buttons: readonly Button[], language: Language): InlineKeyboard | undefined {
  if (buttons.length === 0) return undefined;
  const keyboard = new InlineKeyboard();
  for (const { label, data, url } of buttons) {
    if (url !== undefined) keyboard.url(label[language], url);
    else if (data !== undefined) keyboard.text(label[language], data);
    keyboard.row();
  }
  return keyboard;
}

function judge(error: unknown): Failure {
  if (error instanceof GrammyError) {
    const details = { status: error.error_code };
    const isGone = (error.error_code === 403 || error.error_code === 400) && GONE.test(error.description);
    const [code, words] = isGone
      ? (['notice/gone', 'The chat is gone, or has blocked the bot.'] as const)
      : (['notice/refused', `Telegram answered ${error.error_code}.`] as const);
    const wait = error.parameters.retry_after;
    return new Failure(code, words, { details, ...(wait !== undefined && { retryAfterMs: wait * 1_000 }) });
  }
  // Its cause quotes the address that was called, which holds the bot's token: it is dropped.
  const why = error instanceof HttpError ? String((error.error as { code?: unknown })?.code ?? '') : '';
  return NOT_SENT.test(why)
    ? new Failure('notice/unreachable', 'Telegram could not be reached.')
    : new Failure('notice/unclear', 'Telegram did not say whether it took the message.');
}
