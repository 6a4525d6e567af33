// Stores and reads a member's channels for notices. A channel's address is sealed, because it may contain a key. This file sends no message itself.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Seal, SealedPlace } from '../seal/seal.ts';
import { Secret } from '../secret.ts';
import type { OwnChannel } from '../store/channel-store.ts';
import type { Store } from '../store/store.ts';
import type { ChannelKind, ChannelState, Target } from './channel.ts';
import { checkAddress } from './public-address.ts';

export interface ChannelServices {
  readonly store: Store;
  readonly seal: Seal;
  readonly clock: Clock;
}

const placeOf = (userId: string, channelId: string, column: 'address' | 'secret'): SealedPlace => ({
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

/** Decrypts a stored channel: its address, and the secret that signs messages to it. @param wrapped the member's wrapped data key. Throws seal/…. */
export function openChannel(seal: Seal, userId: string, wrapped: string, channel: SealedChannel): Target {
  const member = seal.openMember(userId, wrapped);
  return {
    address: member.open(placeOf(userId, channel.id, 'address'), channel.addressSealed),
    signingSecret: member.open(placeOf(userId, channel.id, 'secret'), channel.secretSealed),
  };
}

/** Makes a one-time code that confirms a member's channel; returns the code and the digest that is stored in its place. */
export function newCode(): { readonly code: Secret; readonly hash: string } {
  const code = new Secret(randomBytes(24).toString('base64url'));
  return { code, hash: codeHash(code) };
}
/** The digest that is stored in place of the one-time code that confirms a member's channel. */
export const codeHash = (code: Secret): string => createHash('sha256').update(code.reveal()).digest('base64url');

export interface NewChannel {
  readonly kind: ChannelKind;
  readonly address: Secret;
  readonly state: ChannelState;
  /** The keyed digest of the channel's address, by which the stored channel is found. */
  readonly lookup?: string | undefined;
  /** The digest of the one-time code that confirms the channel, and the instant until which the code is valid. */
  readonly code?: { readonly hash: string; readonly expiresAt: Date } | undefined;
}

const MAX_CHANNELS = 12;

/**
 * Stores a member's channel in place of the member's channel of the same kind. A web push channel replaces only the member's web push channel with
 * the same address, found by `lookup`. An unconfirmed channel is stored beside the channel in use until the member confirms the unconfirmed one.
 * Returns the channel's id, and the secret that signs messages to the channel. Throws session/missing for a member that has not signed in at the gym,
 * and request/limited for a member that has twelve channels already.
 */
export async function keepChannel(
  { store, seal, clock }: ChannelServices,
  userId: string,
  { kind, address, state, lookup, code }: NewChannel,
): Promise<{ readonly id: string; readonly secret: Secret }> {
  const wrapped = await store.readMemberKey(userId);
  if (wrapped === undefined) throw new Failure('session/missing', 'Expected a member who has signed in at the gym.');
  const member = seal.openMember(userId, wrapped);
  const id = randomUUID();
  const secret = new Secret(randomBytes(32).toString('base64url'));
  const kept = await store.keepNoticeChannel({
    id,
    userId,
    kind,
    state,
    addressSealed: member.seal(placeOf(userId, id, 'address'), address),
    secretSealed: member.seal(placeOf(userId, id, 'secret'), secret),
    lookup: lookup && `${kind}:${lookup}`,
    code,
    max: MAX_CHANNELS,
    now: clock.now(),
  });
  if (kept === 0) throw new Failure('request/limited', `Expected at most ${MAX_CHANNELS} channels: remove one first.`);
  return { id, secret };
}

/** Stores a member's webhook; returns its signing secret. Throws request/invalid for a forbidden address, and what `keepChannel` throws. */
export async function keepWebhook(services: ChannelServices, userId: string, address: Secret): Promise<Secret> {
  checkAddress(address.reveal());
  return (await keepChannel(services, userId, { kind: 'webhook', address, state: 'live' })).secret;
}

/** A keyed digest of a web push endpoint. The channel is found by this digest, which reveals nothing without the member's key. */
export async function digestFor({ store, seal }: ChannelServices, userId: string, value: Secret): Promise<string> {
  const wrapped = await store.readMemberKey(userId);
  if (wrapped === undefined) throw new Failure('session/missing', 'Expected a member who has signed in at the gym.');
  return seal.openMember(userId, wrapped).digest(value);
}

export type OpenedChannel = Pick<OwnChannel, 'id' | 'kind' | 'state' | 'createdAt'> & { readonly target: Target };

/** A member's channels with their addresses decrypted, the oldest first. Throws seal/unreadable. */
export async function readChannels(
  { store, seal }: Pick<ChannelServices, 'store' | 'seal'>,
  userId: string,
): Promise<OpenedChannel[]> {
  const rows = await store.readNoticeChannels(userId);
  return rows.map(({ wrapped, ...row }) => ({
    id: row.id,
    kind: row.kind,
    state: row.state,
    createdAt: row.createdAt,
    target: openChannel(seal, userId, wrapped, row),
  }));
}

/** Seals an address, such as a Telegram chat's id, as the address of the channel `channelId`. */
export function sealAddress(seal: Seal, userId: string, wrapped: string, channelId: string, address: Secret): string {
  return seal.openMember(userId, wrapped).seal(placeOf(userId, channelId, 'address'), address);
}
