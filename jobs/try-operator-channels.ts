// Sends a test message to each of the operator's own channels, so that the operator sees whether alerts arrive.
import { randomUUID } from 'node:crypto';
import { Failure } from '../services/failures.ts';
import { trialMessage } from '../services/notify/messages.ts';
import type { NotifyServices } from '../services/notify/notify.ts';
import { waysOf } from '../services/notify/tell-operator.ts';
import { type TrialVerdict, verdictOf } from '../services/notify/trial.ts';
import { DEFAULT_LANGUAGE } from '../services/prebooking/words/words.ts';

export interface TriedChannel {
  readonly name: string;
  readonly outcome: TrialVerdict;
}

/** Sends one test message to each channel, all at the same time. Throws notice/no-channel if the operator has no channel. */
export async function tryOperatorChannels(
  services: Pick<NotifyServices, 'clock' | 'notifyOptions'>,
): Promise<readonly TriedChannel[]> {
  const ways = waysOf(services);
  if (ways.length === 0)
    throw new Failure(
      'notice/no-channel',
      'The operator has no channel: set NOTICE_WEBHOOK_URL, OPERATOR_EMAIL or OPERATOR_TELEGRAM.',
    );
  const message = trialMessage(randomUUID(), services.clock.now());
  const telling = { language: DEFAULT_LANGUAGE, begin: async () => undefined };
  return Promise.all(
    ways.map(async ({ name, channel, target }): Promise<TriedChannel> => {
      try {
        await channel(message, target, telling);
        return { name, outcome: 'delivered' };
      } catch (error) {
        return { name, outcome: verdictOf(error) };
      }
    }),
  );
}
