// The one client of this page, and what React components read of it.
import { useSyncExternalStore } from 'react';
import { type ClientState, createClient } from '../../client/client.ts';
import { ClientError } from '../../client/client-error.ts';
import type { Answer } from '../../client/contract.ts';

export const client = createClient();

/** The current session and device; the component is rendered again after each change. */
export const useClientState = (): ClientState => useSyncExternalStore(client.subscribe, client.state);

/** A box as this page needs it. */
export interface Box {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly zoneAssumed?: boolean;
  readonly opening?: { readonly source: string; readonly words: string };
}
/** `GET /api/me`: what a page needs after a reload. */
export type Me = Answer<'/api/me', 'get'>;

type Loose = (method: string, path: string, ask: { readonly body?: unknown }) => Promise<unknown>;

/** A call that client/openapi.ts does not contain yet; undefined if the service does not have it. Throws ClientError. */
export async function askIfThere<T>(method: string, path: string, body?: unknown): Promise<T | undefined> {
  try {
    const call = client.call as unknown as Loose;
    return (await call(method, path, body === undefined ? {} : { body })) as T;
  } catch (error) {
    if (codeOf(error) === 'route/missing' || codeOf(error) === 'route/method') return undefined;
    throw error;
  }
}

/** The code of a service's error; '' for anything else that was thrown. */
export const codeOf = (error: unknown): string => (error instanceof ClientError ? error.code : '');

/** No answer came: the network or the service cannot be reached. */
export const isAway = (error: unknown): boolean =>
  codeOf(error) === 'client/unreachable' || codeOf(error) === 'client/unreadable';
