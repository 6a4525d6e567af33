// Sends alerts to the operator: to the log, to the operator's webhook, and to each alert channel. An alert is sent when its condition begins and
// again when that condition ends. A channel that did not accept an alert is tried again in the next pass, with the same alert id. This process sends
// no alert twice to a channel that accepted it; another process, or a restarted one, may send an accepted alert again.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import { ALERTS, DEFAULT_LANGUAGE } from '../prebooking/words/words.ts';
import { AGED_MS } from '../session/freshness.ts';
import type { News } from '../store/news-store.ts';
import type { Store } from '../store/store.ts';
import { inLanguages, type Message, plainMessage } from './messages.ts';
import { channelsOf, type NotifyOptions, type OperatorWay } from './notify.ts';

export interface OperatorServices {
  readonly clock: Clock;
  readonly store: Pick<Store, 'raiseNews' | 'noteNewsTold'>;
  readonly logger: Logger;
  readonly notifyOptions?: NotifyOptions | undefined;
}

/** Checks the state of the service, and sends the alerts for conditions that began or ended. Throws database/…; a channel's error is not thrown. */
export async function tellOperator(services: OperatorServices): Promise<void> {
  const { clock, store, logger } = services;
  const seen = (await services.notifyOptions?.seenHere?.()) ?? {};
  const now = clock.now();
  const news = await store.raiseNews(new Date(now.getTime() - AGED_MS), seen, now);
  const told: News[] = [];
  for (const one of news) {
    const message = messageOf(one, now);
    const line = { kind: one.kind, since: one.since, count: one.count };
    if (one.isOver) logger.warn(line, `alert: ${message.text.en}`);
    else logger.error(line, `alert: ${message.text.en}`);
    if (await tell(services, message)) told.push(one);
  }
  if (told.length > 0) await store.noteNewsTold(told, now);
}

/** Sends one alert by every channel of `waysOf`. Returns false if a channel is to be tried again, with the same alert, in the next pass. */
async function tell(services: OperatorServices, message: Message): Promise<boolean> {
  const ends = await Promise.all(waysOf(services).map((way) => tellBy(services, message, way)));
  if (!ends.every(Boolean)) return false;
  for (const { name } of waysOf(services)) taken.delete(`${name} ${message.id}`);
  return true;
}

/** The operator's channels for alerts, beside the log: the operator's webhook, if there is one, and the channels in `notifyOptions.alerts`. */
export function waysOf({ notifyOptions }: Pick<OperatorServices, 'notifyOptions'>): readonly OperatorWay[] {
  const { alerts, operator } = notifyOptions ?? {};
  const { webhook } = channelsOf({ notifyOptions });
  const byWebhook = operator && webhook ? [{ name: 'webhook', channel: webhook, target: operator }] : [];
  return [...byWebhook, ...(alerts ?? [])];
}

/** Alerts that one channel accepted while another did not, as `channel-name alert-id`. Another process does not see the set `taken`. */
const taken = new Set<string>();

async function tellBy(
  services: OperatorServices,
  message: Message,
  { name, channel, target }: OperatorWay,
): Promise<boolean> {
  const key = `${name} ${message.id}`;
  if (taken.has(key)) return true;
  try {
    await channel(message, target, { language: DEFAULT_LANGUAGE, begin: async () => undefined });
    taken.add(key);
    return true;
  } catch (error) {
    const { code } = asFailure(error);
    services.logger.warn({ kind: message.kind, channel: name, code }, 'alert: the operator is not told yet');
    // No later try: after `notice/unclear` the alert may have arrived, and after `notice/gone` any later try by this channel would fail.
    return code === 'notice/unclear' || code === 'notice/gone';
  }
}

function messageOf({ kind, since, count, isOver }: News, now: Date): Message {
  const alert = ALERTS.find((one) => one === kind);
  const text = inLanguages((words) => {
    const said = alert ? words.alerts[alert](count) : `${kind}: ${count}`;
    return isOver ? words.alertOver(said) : said;
  });
  const id = `alert-${kind}-${since.getTime()}${isOver ? '-over' : ''}`;
  return { ...plainMessage(id, `alert-${kind}${isOver ? '-over' : ''}`, now, text), happenedAt: since.toISOString() };
}
