// The environment variables for notices: mail, Telegram, web push, the operator's own mailbox and chat, and the address of the dead-man's switch, an
// outside service that alarms the operator when the calls to it stop.
import { z } from 'zod';
import { asFailure } from '../services/failures.ts';
import { parseSmtp } from '../services/notify/channels/email.ts';
import { parseVapidKeys } from '../services/notify/channels/web-push.ts';
import { Secret } from '../services/secret.ts';

export interface NoticeConfig {
  readonly mail: { readonly server: Secret; readonly from: string } | undefined;
  readonly telegram: { readonly token: Secret; readonly apiRoot: string | undefined } | undefined;
  /**
   * The web-push keys as `<public>.<private>`. If VAPID_KEYS is absent, a service with embedded parts makes a pair of keys itself, and a service
   * without embedded parts has no web push.
   */
  readonly vapidKeys: Secret | undefined;
  readonly operator: { readonly mailbox: string | undefined; readonly chat: string | undefined };
  /**
   * The address that is called after each refresh run that did not fail (a dead-man's switch). The address of the dead-man's switch may hold a key,
   * so it is a secret.
   */
  readonly deadman: Secret | undefined;
}

/** The shape of a variable that `judge` checks; if `judge` throws a Failure, its message is reported as the variable's problem. */
const judgedBy = (judge: (value: Secret) => unknown) =>
  z
    .string()
    .transform((text) => new Secret(text))
    .superRefine((value, ctx) => {
      try {
        judge(value);
      } catch (error) {
        ctx.addIssue({ code: 'custom', message: asFailure(error).message.replace(/^[A-Z_]+: /, '') });
      }
    });
const isWeb = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
const mailbox = z.string().regex(/^[^@\s]+@[^@\s]+$/, 'expected an e-mail address');

/** The shapes of the environment variables about notices, by name. */
export const noticeVariables = {
  SMTP_URL: judgedBy(parseSmtp).optional(),
  MAIL_FROM: z
    .string()
    .regex(/^[^@\p{Cc}]+@[^@\p{Cc}]+$/u, 'expected an address, or a name and <address>')
    .optional(),
  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^\d+:[\w-]{20,}$/, 'expected a bot’s token')
    .transform((text) => new Secret(text))
    .optional(),
  TELEGRAM_API_ROOT: z.string().refine(isWeb, 'expected an http or https address').optional(),
  VAPID_KEYS: judgedBy(parseVapidKeys).optional(),
  OPERATOR_EMAIL: mailbox.optional(),
  OPERATOR_TELEGRAM_CHAT: z
    .string()
    .regex(/^-?\d+$/, 'expected a chat’s number')
    .optional(),
  DEADMAN_URL: z
    .string()
    .refine(isWeb, 'expected an http or https address')
    .transform((text) => new Secret(text))
    .optional(),
};
const variables = z.object(noticeVariables);

/** Turns the checked variables into the settings of notices. */
export const toNoticeConfig = (env: z.infer<typeof variables>): NoticeConfig => ({
  mail: env.SMTP_URL && env.MAIL_FROM ? { server: env.SMTP_URL, from: env.MAIL_FROM } : undefined,
  telegram: env.TELEGRAM_BOT_TOKEN && { token: env.TELEGRAM_BOT_TOKEN, apiRoot: env.TELEGRAM_API_ROOT },
  vapidKeys: env.VAPID_KEYS,
  operator: { mailbox: env.OPERATOR_EMAIL, chat: env.OPERATOR_TELEGRAM_CHAT },
  deadman: env.DEADMAN_URL,
});
