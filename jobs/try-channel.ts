// Sends a test message to a member's own channel, so that the member sees whether notices arrive.
import { randomUUID } from 'node:crypto';
import { Failure } from '../services/failures.ts';
import { trialMessage } from '../services/notify/messages.ts';
import { channelsOf, type NotifyServices } from '../services/notify/notify.ts';
import { type OpenedChannel, readChannels } from '../services/notify/own-channels.ts';
import { DROP_MS, languageOf } from '../services/notify/tell-member.ts';
import { type TrialVerdict, verdictOf } from '../services/notify/trial.ts';

/** Throws notice/no-channel if the channel does not exist or is not confirmed. */
export async function tryChannel(
  services: NotifyServices,
  { userId, is }: { userId: string; is: (channel: OpenedChannel) => boolean },
): Promise<TrialVerdict> {
  const { store, clock } = services;
  const found = (await readChannels(services, userId)).find((one) => is(one) && one.state !== 'unconfirmed');
  const channel = found && channelsOf(services)[found.kind];
  if (!found || !channel) throw new Failure('notice/no-channel', 'Expected a confirmed channel: set one first.');
  const language = languageOf((await store.readAccount(userId)) ?? {});
  const begin = async () => undefined;
  try {
    await channel(trialMessage(randomUUID(), clock.now()), found.target, { language, begin });
    await store.noteChannel(found.id, 'live', DROP_MS, clock.now());
    return 'delivered';
  } catch (error) {
    const verdict = verdictOf(error);
    if (verdict === 'gone') await store.noteChannel(found.id, 'gone', DROP_MS, clock.now());
    return verdict;
  }
}
