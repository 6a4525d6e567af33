// Tells the operator what members cannot mend: by a line in the log, by the operator's webhook, and by each of the operator's own channels. It
// tells once when it begins and once when it is over. A channel that does not take it is tried again with the next pass, under the same id, and
// the others are not told twice by this process. Another one, or this one after a restart, does not know who was told.
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

/** Looks at how things stand and tells what is news. Throws database/…; never for a channel. */
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

/** True when every way has taken it, may have, or can never take it: and so where there is no way but the log. */
async function tell(services: OperatorServices, message: Message): Promise<boolean> {
  const ends = await Promise.all(waysOf(services).map((way) => tellBy(services, message, way)));
  if (!ends.every(Boolean)) return false;
  for (const { name } of waysOf(services)) taken.delete(`${name} ${message.id}`);
  return true;
}

/** Where alerts are told beside the log, as this installation is set up: the webhook that hears of members, too, and the channels for alerts. */
export function waysOf({ notifyOptions }: Pick<OperatorServices, 'notifyOptions'>): readonly OperatorWay[] {
  const { alerts, operator } = notifyOptions ?? {};
  const { webhook } = channelsOf({ notifyOptions });
  const byWebhook = operator && webhook ? [{ name: 'webhook', channel: webhook, target: operator }] : [];
  return [...byWebhook, ...(alerts ?? [])];
}

/** Alerts that one of several ways has taken while another has not. This process's alone, so that it is no promise across processes. */
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
    // An alert that may have arrived is not sent again, and an address that is gone takes nothing tomorrow either.
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
