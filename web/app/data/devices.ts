// Where the member is signed in, and the end of a session elsewhere.
import { useQuery } from '@tanstack/react-query';
import type { Answer } from '../../client/contract.ts';
import { client } from './member.ts';
import { queries } from './queries.ts';

const PATH = '/api/auth/sessions';
const KEY = ['sessions'] as const;

export type Device = Answer<typeof PATH, 'get'>['sessions'][number];

export const useDevices = () =>
  useQuery({ queryKey: KEY, queryFn: async () => (await client.call('get', PATH, {})).sessions });

/** Throws ClientError. */
export async function endSession(id: string): Promise<void> {
  await client.call('delete', `${PATH}/{id}`, { path: { id } });
  await queries.invalidateQueries({ queryKey: KEY });
}
