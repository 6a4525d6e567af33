// Makes from the Config one notice channel for each configured kind. Also makes the function that calls the operator's dead-man's switch, an outside
// service that alarms the operator when the calls stop.
import { Failure } from '../services/failures.ts';
import type { Http } from '../services/http.ts';
import type { Channels } from '../services/notify/channel.ts';
import { createEmailChannel } from '../services/notify/channels/email.ts';
import { createWebPushChannel, parseVapidKeys } from '../services/notify/channels/web-push.ts';
import type { NotifyOptions, OperatorWay } from '../services/notify/notify.ts';
import { Secret } from '../services/secret.ts';
import type { AppContext, Probes } from './app-context.ts';
import type { NoticeConfig } from './config-notices.ts';
import type { Services } from './services.ts';
import { createTelegramBot, type TelegramBot } from './telegram.ts';

export interface Notices {
  readonly options: Pick<NotifyOptions, 'channels' | 'alerts'>;
  readonly telegram: TelegramBot | undefined;
  readonly vapidPublicKey: string | undefined;
}

/**
 * Makes a notice channel of each configured kind, and the channels for alerts to the operator. @param madeVapidKeys the web-push keys made with the
 * embedded parts, used if none are configured.
 */
export function createNotices(
  config: NoticeConfig,
  { publicUrl, madeVapidKeys }: { publicUrl: string; madeVapidKeys: Secret | undefined },
): Notices {
  const pair = config.vapidKeys ?? madeVapidKeys;
  const keys = pair && parseVapidKeys(pair);
  const telegram = config.telegram && createTelegramBot(config.telegram);
  const subject = subjectOf(config, publicUrl);
  const channels: Channels = {
    ...(telegram && { telegram: telegram.channel }),
    ...(keys && { 'web-push': createWebPushChannel({ keys, subject }) }),
    ...(config.mail && { email: createEmailChannel(config.mail) }),
  };
  return { options: { channels, alerts: alertsOf(config, channels) }, telegram, vapidPublicKey: keys?.publicKey };
}

/** The operator's contact address, which each web-push request names to the push service of a member's browser. */
function subjectOf({ operator, mail }: NoticeConfig, publicUrl: string): string {
  const mailbox = operator.mailbox ?? /[^\s<>]+@[^\s<>]+/.exec(mail?.from ?? '')?.[0];
  if (mailbox !== undefined) return `mailto:${mailbox}`;
  return publicUrl.startsWith('https:') ? publicUrl : 'mailto:operator@puntual.invalid';
}

const none = new Secret('');

function alertsOf({ operator }: NoticeConfig, { email, telegram }: Channels): OperatorWay[] {
  const to = (address: string) => ({ address: new Secret(address), signingSecret: none });
  return [
    ...(operator.mailbox !== undefined && email
      ? [{ name: 'email', channel: email, target: to(operator.mailbox) }]
      : []),
    ...(operator.chat !== undefined && telegram
      ? [{ name: 'telegram', channel: telegram, target: to(operator.chat) }]
      : []),
  ];
}

const LIMIT_MS = 5_000;

/**
 * Makes the function that calls, by one GET, the operator's dead-man's switch: a monitoring service that alarms the operator when the calls stop. The
 * returned function throws notice/refused if the answer's status is above 299, and any error of the connection.
 */
export function deadmanBy(http: Http, address: Secret): () => Promise<void> {
  return async () => {
    const { status } = await http.send({ method: 'GET', url: new URL(address.reveal()), totalMs: LIMIT_MS });
    if (status > 299) throw new Failure('notice/refused', `The dead-man address answered ${status}.`);
  };
}

/** Makes a check that gives `{ disk: 1 }` if received answers cannot be written to the disk, else `{}`; the operator gets the result as news. */
export const seenBy = (probes: Pick<Probes, 'disk'>) => async (): Promise<Readonly<Record<string, number>>> =>
  probes.disk().then(
    () => ({}),
    () => ({ disk: 1 }),
  );

/** Starts the Telegram bot: Telegram posts its updates to us if PUBLIC_URL is https; otherwise this process polls Telegram for them. */
export function openBot(
  services: Services,
  { telegram, publicUrl }: AppContext,
): { stop(): Promise<void> } | undefined {
  if (!telegram) return undefined;
  if (!publicUrl.startsWith('https:')) return telegram.poll(services);
  const announced = telegram
    .announce(publicUrl)
    .catch(() => services.logger.warn('telegram: the webhook could not be set, the next start tries again'));
  return { stop: () => announced };
}
