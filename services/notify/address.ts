// Where a member wants to be told, kept sealed: an address may hold a key of its own. It sends nothing.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import { Secret } from '../secret.ts';
import type { Seal, SealedPlace } from '../store/seal.ts';
import type { Store } from '../store/store.ts';
import { checkAddress } from './public-address.ts';

export const addressPlace = (userId: string, channelId: string, column: 'address' | 'secret'): SealedPlace => ({
  table: 'notice_channels',
  column,
  userId,
  chain: '',
  sessionType: '',
  attemptId: channelId,
  generation: 0,
});

/**
 * Keeps a member's webhook, in place of the one before; undefined takes it away. Answers the secret that signs what is sent there, which
 * is shown this once. Throws request/invalid for an address that may not be called.
 */
export async function keepWebhook(
  { store, seal, clock }: { store: Store; seal: Seal; clock: Clock },
  userId: string,
  address: Secret | undefined,
): Promise<Secret | undefined> {
  if (!address) {
    await store.removeNoticeChannel(userId, 'webhook');
    return undefined;
  }
  checkAddress(address.reveal());
  const wrapped = await store.readMemberKey(userId);
  if (wrapped === undefined) throw new Failure('session/missing', 'Expected a member who has signed in at the gym.');
  const member = seal.openMember(userId, wrapped);
  const id = randomUUID();
  const secret = new Secret(randomBytes(32).toString('base64url'));
  await store.keepNoticeChannel({
    id,
    userId,
    kind: 'webhook',
    addressSealed: member.seal(addressPlace(userId, id, 'address'), address),
    secretSealed: member.seal(addressPlace(userId, id, 'secret'), secret),
    now: clock.now(),
  });
  return secret;
}
