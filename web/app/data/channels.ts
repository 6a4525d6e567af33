// The member's channels for notices: the list, and adding, testing and removing a channel. Each change is sent once; then the list of channels is
// read again.
import { useQuery } from '@tanstack/react-query';
import type { Answer, Body } from '../../client/contract.ts';
import { client } from './member.ts';
import { giveUp, ownPushChannel, rememberPushChannel, subscribe } from './push.ts';
import { queries } from './queries.ts';
import { lastMember } from './shelf.ts';

const PATH = '/api/notifications/channels';
const KEY = ['channels'] as const;

export type Channel = Answer<typeof PATH, 'get'>['channels'][number];
export type Kind = Channel['kind'];
export type Added = Answer<typeof PATH, 'post'>;
export type Wish = Body<typeof PATH, 'post'>;
export type Trial = Answer<`${typeof PATH}/{id}/test`, 'post'>['outcome'];

/**
 * The member's channels; they are read again whenever the page gets focus, since the member may have confirmed a channel in a mail or a chat
 * meanwhile.
 */
export const useChannels = () => useQuery({ queryKey: KEY, staleTime: 0, queryFn: () => client.call('get', PATH, {}) });

const reread = () => queries.invalidateQueries({ queryKey: KEY });

/** Adds a channel. Throws ClientError. */
export async function addChannel(wish: Wish): Promise<Added> {
  try {
    return await client.call('post', PATH, { body: wish });
  } finally {
    await reread();
  }
}

/** Adds this browser as a channel for pushes. Throws PushError, ClientError. */
export async function addThisBrowser(vapidPublicKey: string): Promise<Added> {
  const added = await addChannel({ kind: 'web-push', subscription: await subscribe(vapidPublicKey) });
  rememberPushChannel(added.channel.id, lastMember());
  return added;
}

/** Removes a channel. Throws ClientError. */
export async function removeChannel(id: string): Promise<void> {
  try {
    await client.call('delete', `${PATH}/{id}`, { path: { id } });
    if (id === ownPushChannel()) await giveUp();
  } finally {
    await reread();
  }
}

/** Sends a test notice to a channel, and returns the outcome. Throws ClientError. */
export async function tryChannel(id: string): Promise<Trial> {
  try {
    return (await client.call('post', `${PATH}/{id}/test`, { path: { id } })).outcome;
  } finally {
    await reread();
  }
}
