// Tells a member's own webhook something harmless now, so that they see whether notices arrive and can try their check of the signature.
import { randomUUID } from 'node:crypto';
import { asFailure, Failure } from '../services/failures.ts';
import { trialMessage } from '../services/notify/messages.ts';
import { channelOf, type NotifyServices } from '../services/notify/notify.ts';
import { readWebhook } from '../services/notify/own-webhook.ts';

/** Why it did not arrive; no more is said, for an address may be anybody's. */
export type TrialVerdict = 'delivered' | 'refused' | 'unreachable' | 'not-public';

/** Throws notice/no-channel where there is none. */
export async function tryWebhook(services: NotifyServices, { userId }: { userId: string }): Promise<TrialVerdict> {
  const webhook = await readWebhook(services, userId);
  if (!webhook) throw new Failure('notice/no-channel', 'Expected a webhook: set one first.');
  try {
    await channelOf(services)(trialMessage(randomUUID(), services.clock.now()), webhook.target);
    return 'delivered';
  } catch (error) {
    const { code } = asFailure(error);
    if (code === 'notice/refused') return 'refused';
    return code === 'request/invalid' ? 'not-public' : 'unreachable';
  }
}
