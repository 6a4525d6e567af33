// The Telegram channel: sends one message to one private chat through grammY, with buttons for what the member can do. worker/telegram.ts links the
// chat to its member. Telegram cannot recognise a repeated message, so a message that may have arrived is not sent again.
import { type Api, GrammyError, HttpError, InlineKeyboard } from 'grammy';
import { Failure } from '../../failures.ts';
import type { Language } from '../../prebooking/words/words.ts';
import type { Channel } from '../channel.ts';
import type { Button } from '../messages.ts';

const TIMEOUT_MS = 6_000;
/** Telegram's descriptions of a chat that no message can reach: the bot is blocked or removed, or the user or chat does not exist. */
const GONE = /blocked|deactivated|kicked|chat not found|user not found|PEER_ID_INVALID/i;
/** Error codes that prove that no server was reached: connection refused, unknown name, no route. */
const NOT_SENT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/;

/** Makes the Telegram channel of this installation. @param api the API of a grammY bot; only `sendMessage` is called. */
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

/** The type of the abort signal in grammY's types, which comes from a polyfill. */
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
  // The cause of an `HttpError` quotes the called URL, which contains the bot's token, so the cause is not passed on.
  const why = error instanceof HttpError ? String((error.error as { code?: unknown })?.code ?? '') : '';
  return NOT_SENT.test(why)
    ? new Failure('notice/unreachable', 'Telegram could not be reached.')
    : new Failure('notice/unclear', 'Telegram did not say whether it took the message.');
}
