// What the screens read from the service, each under one key. Reads may be repeated; nothing here changes anything.
import { QueryClient, useQueries, useQuery } from '@tanstack/react-query';
import { ClientError } from '../../client/client-error.ts';
import type { Answer, Body, Prebooking } from '../../client/contract.ts';
import { addDays, todayIn } from '../time.ts';
import { type Box, client, codeOf, isAway, type Me, useClientState } from './member.ts';
import { forShelf, type KeptPlaces, lastMember, readShelf, writeShelf } from './shelf.ts';

export type DayList = Answer<'/api/booking', 'get'>;
export type GymClass = DayList['classes'][number];

const MINUTE_MS = 60_000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: MINUTE_MS / 4,
      networkMode: 'always',
      retry: (count, error) => (isAway(error) || codeOf(error) === 'request/limited') && count < 2,
      retryDelay: (_count, error) => (error instanceof ClientError ? (error.retryAfterMs ?? 1_500) : 1_500),
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

const prebookingsKey = ['prebookings'] as const;
export const prebookingKey = (id: string) => ['prebooking', id] as const;
export const dayKey = (boxId: string, day: string) => ['day', boxId, day] as const;

/** Asked only with a session; before that, and without a network, what was kept last time is shown. */
const useIsSignedIn = (): boolean => useClientState().session.status === 'signed-in';

export function usePrebookings() {
  const kept = readShelf('agenda');
  return useQuery({
    queryKey: prebookingsKey,
    enabled: useIsSignedIn(),
    queryFn: async () => keepPrebookings((await client.call('get', '/api/prebookings', {})).prebookings),
    ...(kept && { initialData: [...kept.value], initialDataUpdatedAt: kept.atMs }),
  });
}

function keepPrebookings(prebookings: readonly Prebooking[]): Prebooking[] {
  if (lastMember() !== '') writeShelf('agenda', forShelf(prebookings));
  return [...prebookings];
}

/** After a message of the socket: all of them, or one. */
export const setPrebookings = (prebookings: readonly Prebooking[]): void => {
  queries.setQueryData(prebookingsKey, keepPrebookings(prebookings));
};
export function mergePrebooking(change: Partial<Prebooking> & { id: string }): void {
  queries.setQueryData<Prebooking[]>(prebookingsKey, (all) =>
    all?.map((one) => (one.id === change.id ? { ...one, ...change } : one)),
  );
  queries.setQueryData<Prebooking>(prebookingKey(change.id), (one) => one && { ...one, ...change });
}
/** A new one comes first. */
export function addPrebooking(made: Prebooking): void {
  queries.setQueryData<Prebooking[]>(prebookingsKey, (all) => [
    made,
    ...(all ?? []).filter(({ id }) => id !== made.id),
  ]);
}
export const refreshPrebookings = (): Promise<void> => queries.invalidateQueries({ queryKey: prebookingsKey });

export function usePrebooking(id: string) {
  const known = () => queries.getQueryData<Prebooking[]>(prebookingsKey)?.find((one) => one.id === id);
  return useQuery({
    queryKey: prebookingKey(id),
    enabled: useIsSignedIn(),
    queryFn: async () => (await client.call('get', '/api/prebookings/{id}', { path: { id } })).prebooking,
    placeholderData: known,
  });
}

const dayQuery = (boxId: string, day: string, enabled: boolean) => ({
  queryKey: dayKey(boxId, day),
  enabled,
  queryFn: () => client.call('get', '/api/booking', { query: { boxId, day } }),
  staleTime: MINUTE_MS / 2,
});
export function useDay(boxId: string, day: string) {
  return useQuery(dayQuery(boxId, day, useIsSignedIn() && boxId !== ''));
}

/** How many days of all boxes the app reads for places of the member: the service allows ten days at once. */
const MAX_LOOKS = 5;

export interface Place {
  readonly box: Box;
  readonly day: string;
  readonly lesson: GymClass;
}
const mineKey = (boxId: string, day: string) => ['mine', boxId, day] as const;
const keptPlaces = (): KeptPlaces => readShelf('places')?.value ?? {};

/** Reads a day for places of the member, and keeps them for times without a network. */
async function readMine(boxId: string, day: string): Promise<readonly GymClass[]> {
  const { classes } = await queries.fetchQuery(dayQuery(boxId, day, true));
  const mine = classes.filter((lesson) => lesson.mine !== null);
  const { [`${boxId} ${day}`]: _, ...others } = keptPlaces();
  writeShelf('places', mine.length > 0 ? { ...others, [`${boxId} ${day}`]: mine } : others);
  return mine;
}

/** After a change: the day is read again, for its own screen and for the agenda. */
export async function rereadDay(boxId: string, day: string): Promise<void> {
  await queries.invalidateQueries({ queryKey: dayKey(boxId, day) });
  await queries
    .fetchQuery({ queryKey: mineKey(boxId, day), queryFn: () => readMine(boxId, day) })
    .catch(() => undefined);
}

/** The coming days, and further ones on which a place is known. */
function looksOf(boxes: readonly Box[]): { box: Box; day: string }[] {
  const perBox = Math.max(1, Math.floor(MAX_LOOKS / Math.max(1, boxes.length)));
  return boxes.flatMap((box, at) => {
    const today = todayIn(box.timeZone);
    const near = at < MAX_LOOKS ? Array.from({ length: perBox }, (_, ahead) => addDays(today, ahead)) : [];
    const known = Object.keys(keptPlaces()).flatMap((key) => (key.startsWith(`${box.id} `) ? [key.slice(-8)] : []));
    return [...new Set([...near, ...known.filter((day) => day >= today)])].map((day) => ({ box, day }));
  });
}

/** The member's places in the coming days, by the gym's own lists. `isWhole` is false while one of them could not be read. */
export function usePlaces(boxes: readonly Box[]): { places: Place[]; isWhole: boolean; isLoading: boolean } {
  const enabled = useIsSignedIn();
  const looks = looksOf(boxes);
  const kept = readShelf('places');
  const results = useQueries({
    queries: looks.map(({ box, day }) => {
      const known = kept?.value[`${box.id} ${day}`];
      return {
        queryKey: mineKey(box.id, day),
        enabled,
        staleTime: 5 * MINUTE_MS,
        queryFn: () => readMine(box.id, day),
        ...(known && { initialData: known, initialDataUpdatedAt: 0 }),
      };
    }),
  });
  const places = looks.flatMap(({ box, day }, at) => (results[at]?.data ?? []).map((lesson) => ({ box, day, lesson })));
  const isWhole = !enabled || results.every(({ data, isFetching }) => data !== undefined || isFetching);
  return { places, isWhole, isLoading: enabled && results.some(({ isPending }) => isPending) };
}

const meKey = ['me'] as const;
const boxesKey = ['boxes'] as const;

/** What a member sets about themselves. */
export type AccountChanges = Body<'/api/me', 'put'>;

/** Sent once; the service's answer replaces the cached account. Throws ClientError. */
export async function changeAccount(changes: AccountChanges): Promise<void> {
  const me = await client.call('put', '/api/me', { body: changes });
  queries.setQueryData(meKey, me);
  keepBoxes(me.boxes);
}

/** undefined data: not asked yet. */
export function useMe() {
  return useQuery({
    queryKey: meKey,
    enabled: useIsSignedIn(),
    staleTime: MINUTE_MS,
    queryFn: async () => {
      const found = await client.call('get', '/api/me', {});
      // Notices come in the language that the member reads here.
      const language = document.documentElement.lang === 'en' ? 'en' : 'es';
      const me: Me =
        found.member.language === null ? await client.call('put', '/api/me', { body: { language } }) : found;
      keepBoxes(me.boxes);
      return me;
    },
  });
}

/** The member's boxes, from the sign-in, /api/me or the socket. Empty until one of them has answered. */
export function useBoxes(): readonly Box[] {
  useMe();
  const { data } = useQuery({
    queryKey: boxesKey,
    enabled: false,
    queryFn: () => [] as readonly Box[],
    initialData: () => readShelf('boxes')?.value ?? [],
  });
  return data;
}
export function keepBoxes(boxes: readonly Box[]): void {
  const sorted = [...boxes].sort((a, b) => a.name.localeCompare(b.name));
  queries.setQueryData(boxesKey, sorted);
  writeShelf('boxes', sorted);
}
export function addBox(box: Box): void {
  const known = queries.getQueryData<readonly Box[]>(boxesKey) ?? [];
  keepBoxes([...known.filter(({ id }) => id !== box.id), { ...known.find(({ id }) => id === box.id), ...box }]);
}

type KeptLogin = NonNullable<Answer<'/api/auth/session', 'get'>['keptLogin']>;
interface Background {
  readonly status: string;
  /** Absent if the member keeps none here. */
  readonly keptLogin?: KeptLogin | undefined;
}
const backgroundKey = ['background'] as const;

/** The service's own login at the gym; status `none` if it has none, so that no prebooking can run. */
export function useBackground() {
  return useQuery({
    queryKey: backgroundKey,
    enabled: useIsSignedIn(),
    staleTime: MINUTE_MS,
    queryFn: async (): Promise<Background> => {
      try {
        return await client.call('get', '/api/auth/session', { query: { sessionType: 'background' } });
      } catch (error) {
        if (codeOf(error) === 'session/missing') return { status: 'none' };
        throw error;
      }
    },
  });
}
export const setBackground = (status: string): void => {
  queries.setQueryData<Background>(backgroundKey, (known) => ({ ...known, status }));
};

/** Deletes the kept login. Throws ClientError. */
export async function forgetKeptLogin(): Promise<void> {
  try {
    await client.call('delete', '/api/auth/session/kept-login', {});
  } finally {
    await queries.invalidateQueries({ queryKey: backgroundKey });
  }
}

/** What a sign-in may ask for at this service; asked before there is a session, too. */
export const useOffers = () =>
  useQuery({ queryKey: ['offers'], staleTime: Number.POSITIVE_INFINITY, queryFn: () => client.offers() });

/** These cannot be renewed: only the member can help, by signing in at the gym. */
export const isDeadLogin = (status: string | undefined): boolean =>
  status !== undefined && ['none', 'needs-login', 'revoked', 'quarantined'].includes(status);

export const useUsage = () =>
  useQuery({
    queryKey: ['usage'],
    enabled: useIsSignedIn(),
    queryFn: () => client.call('get', '/api/usage', {}),
  });
