// Where a member wants to be told, kept sealed: an address may hold a key of its own. It sends nothing.
import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Seal, SealedPlace } from '../seal/seal.ts';
import { Secret } from '../secret.ts';
import type { Store } from '../store/store.ts';
import type { Target } from './channel.ts';
import { checkAddress } from './public-address.ts';

const addressPlace = (userId: string, channelId: string, column: 'address' | 'secret'): SealedPlace => ({
  table: 'notice_channels',
  column,
  userId,
  chain: '',
  sessionType: '',
  attemptId: channelId,
  generation: 0,
});

interface SealedChannel {
  readonly id: string;
  readonly addressSealed: string;
  readonly secretSealed: string;
}

/** Where a sealed channel leads, and what signs what is sent there. @param wrapped the member's wrapped data key. */
export function openChannel(seal: Seal, userId: string, wrapped: string, channel: SealedChannel): Target {
  const member = seal.openMember(userId, wrapped);
  return {
    address: member.open(addressPlace(userId, channel.id, 'address'), channel.addressSealed),
    signingSecret: member.open(addressPlace(userId, channel.id, 'secret'), channel.secretSealed),
  };
}

/**
 * Keeps a member's webhook, in place of the one before. Answers the secret that signs what is sent there, which is shown this once.
 * Throws request/invalid for an address that may not be called, session/missing for a member the gym has never seen.
 */
export async function keepWebhook(
  { store, seal, clock }: { store: Store; seal: Seal; clock: Clock },
  userId: string,
  address: Secret,
): Promise<Secret> {
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

/** The member's own webhook, where there is one. Throws seal/unreadable. */
export async function readWebhook(
  { store, seal }: { store: Store; seal: Seal },
  userId: string,
): Promise<{ readonly target: Target; readonly createdAt: Date } | undefined> {
  const row = await store.readNoticeChannel(userId, 'webhook');
  if (!row) return undefined;
  return { target: openChannel(seal, userId, row.wrapped, row), createdAt: row.createdAt };
}
