// Tells the operator what members cannot mend: by a line in the log, and by the operator's own channel where there is one. Once for as
// long as it lasts; a channel that does not take it is tried again with the next pass, under the same id.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import { AGED_MS } from '../session/freshness.ts';
import type { OperatorAlert } from '../store/run-store.ts';
import type { Store } from '../store/store.ts';
import type { Message } from './messages.ts';
import { channelOf, type NotifyOptions } from './notify.ts';

export interface OperatorServices {
  readonly clock: Clock;
  readonly store: Pick<Store, 'raiseAlerts' | 'noteAlertsTold'>;
  readonly logger: Logger;
  readonly notifyOptions?: NotifyOptions | undefined;
}

const WORDS: Readonly<Record<OperatorAlert['kind'], Message['text']>> = {
  aged: {
    en: 'background sessions have not been renewed for more than 40 minutes.',
    es: 'sesiones de fondo no se renuevan desde hace más de 40 minutos.',
  },
  'put-aside': {
    en: 'sessions cannot be opened and were put aside: look at SEAL_KEYS.',
    es: 'sesiones no se pueden abrir y están apartadas: revisa SEAL_KEYS.',
  },
  'all-need-login': {
    en: 'background sessions, all there are, need a new login at the gym.',
    es: 'sesiones de fondo, todas las que hay, necesitan un nuevo acceso al gimnasio.',
  },
  'token-update-gone': {
    en: 'background sessions can be renewed no more: the gym refuses tokens and knows the cookies. They are used for as long as it does; see docs/gym-facts.md.',
    es: 'sesiones de fondo ya no se pueden renovar: el gimnasio rechaza los tokens y reconoce las cookies. Se usan mientras sea así; véase docs/gym-facts.md.',
  },
  'cookies-die': {
    en: 'background sessions are renewed while the gym does not know their cookies any more; see docs/gym-facts.md.',
    es: 'sesiones de fondo se renuevan, pero el gimnasio ya no reconoce sus cookies; véase docs/gym-facts.md.',
  },
};

/** Looks at how the background sessions stand and tells what is news. Throws database/…; never for a channel. */
export async function tellOperator(services: OperatorServices): Promise<void> {
  const { clock, store, logger } = services;
  const now = clock.now();
  const news = await store.raiseAlerts(new Date(now.getTime() - AGED_MS), now);
  const told: string[] = [];
  for (const alert of news) {
    logger.error({ ...alert }, `alert: ${WORDS[alert.kind].en}`);
    if (await tell(services, alert, now)) told.push(alert.kind);
  }
  if (told.length > 0) await store.noteAlertsTold(told, now);
}

async function tell(services: OperatorServices, alert: OperatorAlert, now: Date): Promise<boolean> {
  const operator = services.notifyOptions?.operator;
  if (!operator) return true;
  try {
    await channelOf(services)(messageOf(alert, now), operator);
    return true;
  } catch (error) {
    services.logger.warn({ kind: alert.kind, code: asFailure(error).code }, 'alert: the operator is not told yet');
    return false;
  }
}

const messageOf = ({ kind, since, count }: OperatorAlert, now: Date): Message => ({
  id: `alert-${kind}-${since.getTime()}`,
  kind: `alert-${kind}`,
  happenedAt: since.toISOString(),
  sentAt: now.toISOString(),
  prebooking: undefined,
  text: { en: `${count} ${WORDS[kind].en}`, es: `${count} ${WORDS[kind].es}` },
});
