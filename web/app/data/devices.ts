// The devices on which the member is signed in, and a call that ends another device's session at puntual.
import { useQuery } from '@tanstack/react-query';
import { client } from './member.ts';
import { queries } from './queries.ts';

const PATH = '/api/auth/sessions';
const KEY = ['sessions'] as const;

export const useDevices = () =>
  useQuery({ queryKey: KEY, queryFn: async () => (await client.call('get', PATH, {})).sessions });

/** Ends the member's puntual session with this id. Throws ClientError. */
export async function endSession(id: string): Promise<void> {
  await client.call('delete', `${PATH}/{id}`, { path: { id } });
  await queries.invalidateQueries({ queryKey: KEY });
}
