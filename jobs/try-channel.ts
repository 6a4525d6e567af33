// Tells a member's own channel something harmless now, so that they see whether notices arrive.
import { randomUUID } from 'node:crypto';
import { asFailure, Failure } from '../services/failures.ts';
import { trialMessage } from '../services/notify/messages.ts';
import { channelsOf, type NotifyServices } from '../services/notify/notify.ts';
import { type OpenedChannel, readChannels } from '../services/notify/own-channels.ts';
import { DROP_MS, languageOf } from '../services/notify/tell-member.ts';

/** Why it did not arrive; no more is said, for an address may be anybody's. */
export type TrialVerdict = 'delivered' | 'refused' | 'unreachable' | 'not-public' | 'gone' | 'unclear';

const VERDICTS: Readonly<Record<string, TrialVerdict>> = {
  'notice/refused': 'refused',
  'notice/gone': 'gone',
  'notice/unclear': 'unclear',
  'request/invalid': 'not-public',
};

/** Throws notice/no-channel where there is none such, or it is not confirmed. */
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
    const verdict = VERDICTS[asFailure(error).code] ?? 'unreachable';
    if (verdict === 'gone') await store.noteChannel(found.id, 'gone', DROP_MS, clock.now());
    return verdict;
  }
}
