// The member's watches: full classes that are watched for a place that comes free. Each change of a watch is sent to the service once; then the list
// of watches is read again.
import { useQuery } from '@tanstack/react-query';
import type { Answer, Body } from '../../client/contract.ts';
import { noteWatch } from './agenda.ts';
import { type AgendaItem, isWatching, type Watch } from './agenda-items.ts';
import type { ClassAt } from './booking.ts';
import { client, useClientState } from './member.ts';
import { queries } from './queries.ts';

const PATH = '/api/watches';
const KEY = ['watches'] as const;

export type Watched = Answer<typeof PATH, 'post'>;
type Wish = Body<typeof PATH, 'post'>;

const REREAD_MS = 60_000;

/** The member's watches, newest first; a change at the service appears within a minute. */
export const useWatches = () =>
  useQuery({
    queryKey: KEY,
    enabled: useClientState().session.status === 'signed-in',
    refetchInterval: ({ state }) => (state.data?.some(isActive) ? REREAD_MS : false),
    queryFn: async () => (await client.call('get', PATH, {})).watches,
  });

const isActive = ({ status }: Watch): boolean => isWatching(status);

/** The member's watch of a class, while the watch goes on; undefined if there is none. */
export const watchOf = (watches: readonly Watch[], { box, day, lesson }: ClassAt): Watch | undefined =>
  watches.find(
    (one) =>
      isActive(one) &&
      one.boxId === box.id &&
      one.day === day &&
      (one.classId === lesson.id || (one.timeId === lesson.timeId && one.className === lesson.name)),
  );

async function thenReread(work: Promise<Watched>): Promise<Watched> {
  try {
    const answer = await work;
    noteWatch(answer.watch);
    return answer;
  } finally {
    await queries.invalidateQueries({ queryKey: KEY });
  }
}

const send = (body: Wish) => thenReread(client.call('post', PATH, { body, idempotencyKey: crypto.randomUUID() }));

/** Begins a watch. @param more.instead the reservation to give back once the class is booked; '' for none. Throws ClientError. */
export const watch = (
  { box, day, lesson }: ClassAt,
  { instead, ...more }: Pick<Wish, 'then' | 'notAfter'> & { readonly instead: string },
): Promise<Watched> => send({ boxId: box.id, day, classId: lesson.id, ...more, ...(instead !== '' && { instead }) });

/** Begins a stopped watch again, with the same end and the same booking to give back: the undo of stopping. Throws ClientError. */
export async function watchAgain({ id, boxId, day, timeId, className, then = 'book' }: AgendaItem): Promise<Watched> {
  const before = (await client.call('get', PATH, {})).watches.find((one) => one.id === id);
  const { notAfter, instead } = before ?? {};
  return send({
    ...{ boxId, day, then },
    ...(timeId !== null && { timeId }),
    ...(className !== null && { className }),
    ...(notAfter !== undefined && { notAfter }),
    ...(instead !== undefined && { instead }),
  });
}

/** Stops a watch. Throws ClientError. */
export const stopWatching = (id: string): Promise<Watched> =>
  thenReread(client.call('delete', `${PATH}/{id}`, { path: { id } }));
