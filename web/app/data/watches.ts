// Full classes that are watched for a place that comes free. Each change is sent once; the list is read again afterwards.
import { useQuery } from '@tanstack/react-query';
import type { Answer, Body } from '../../client/contract.ts';
import type { ClassAt } from './booking.ts';
import { client, useClientState } from './member.ts';
import { queries } from './queries.ts';

const PATH = '/api/watches';
const KEY = ['watches'] as const;

export type Watch = Answer<typeof PATH, 'get'>['watches'][number];
export type Watched = Answer<typeof PATH, 'post'>;
type Wish = Body<typeof PATH, 'post'>;

const REREAD_MS = 60_000;

/** Newest first; a change appears within a minute. */
export const useWatches = () =>
  useQuery({
    queryKey: KEY,
    enabled: useClientState().session.status === 'signed-in',
    refetchInterval: ({ state }) => (state.data?.some(isActive) ? REREAD_MS : false),
    queryFn: async () => (await client.call('get', PATH, {})).watches,
  });

export const isActive = ({ status }: Watch): boolean => ['watching', 'taking', 'swapping'].includes(status);

/** The member's own watch of a class, while it goes on. */
export const watchOf = (watches: readonly Watch[], { box, day, lesson }: ClassAt): Watch | undefined =>
  watches.find(
    (one) =>
      isActive(one) &&
      one.boxId === box.id &&
      one.day === day &&
      (one.classId === lesson.id || (one.timeId === lesson.timeId && one.className === lesson.name)),
  );

async function thenReread<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await queries.invalidateQueries({ queryKey: KEY });
  }
}

/** @param instead the reservation to give back once the place stands. Throws ClientError. */
export function watch({ box, day, lesson }: ClassAt, then: Wish['then'], instead: string): Promise<Watched> {
  const body: Wish = { boxId: box.id, day, classId: lesson.id, then, ...(instead !== '' && { instead }) };
  return thenReread(client.call('post', PATH, { body, idempotencyKey: crypto.randomUUID() }));
}

/** Throws ClientError. */
export const stopWatching = (id: string): Promise<unknown> =>
  thenReread(client.call('delete', `${PATH}/{id}`, { path: { id } }));
