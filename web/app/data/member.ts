// The page's one client of the service, and the hook by which React components read the client's state.
import { useSyncExternalStore } from 'react';
import { type ClientState, createClient } from '../../client/client.ts';
import { ClientError } from '../../client/client-error.ts';
import type { Answer } from '../../client/contract.ts';

export const client = createClient();

/** The member's present puntual session and device, as the page's client knows them; the component is rendered again after each change of them. */
export const useClientState = (): ClientState => useSyncExternalStore(client.subscribe, client.state);

/** The fields of a box that the app's pages use. */
export interface Box {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly zoneAssumed?: boolean;
  readonly opening?: { readonly source: string; readonly words: string };
}
/** The answer of `GET /api/me`: member, boxes and settings. */
export type Me = Answer<'/api/me', 'get'>;

type Loose = (method: string, path: string, ask: { readonly body?: unknown }) => Promise<unknown>;

/** Makes a call to an endpoint that client/openapi.ts lacks; undefined if the service lacks the endpoint, too. Throws ClientError. */
export async function askIfThere<T>(method: string, path: string, body?: unknown): Promise<T | undefined> {
  try {
    const call = client.call as unknown as Loose;
    return (await call(method, path, body === undefined ? {} : { body })) as T;
  } catch (error) {
    if (codeOf(error) === 'route/missing' || codeOf(error) === 'route/method') return undefined;
    throw error;
  }
}

/** The code of an error that puntual's client (web/client) threw; '' for anything else that was thrown. */
export const codeOf = (error: unknown): string => (error instanceof ClientError ? error.code : '');

/**
 * Does the error say that no answer of the service came? True if the network or the service is away, or if something other than the service answered.
 */
export const isAway = (error: unknown): boolean =>
  codeOf(error) === 'client/unreachable' || codeOf(error) === 'client/unreadable';
