// The queries of the screens, each under one cache key, and the few functions that change an answer in the cache. A query is repeated when the
// service cannot be reached or asks the page to wait. A failed request that changes something at the service is not sent again by itself.
import { QueryClient, type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query';
import { ClientError } from '../../client/client-error.ts';
import type { Answer, Body, Prebooking } from '../../client/contract.ts';
import { type Box, client, codeOf, isAway, type Me, useClientState } from './member.ts';
import { forShelf, lastMember, readShelf, writeShelf } from './shelf.ts';

export type DayList = Answer<'/api/booking', 'get'>;
export type GymClass = DayList['classes'][number];

const MINUTE_MS = 60_000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: MINUTE_MS / 4,
      networkMode: 'always',
      // Without this option, a query of the mode `always` is not read again when the network is back.
      refetchOnReconnect: true,
      retry: (count, error) => (isAway(error) || codeOf(error) === 'request/limited') && count < 2,
      retryDelay: (_count, error) => (error instanceof ClientError ? (error.retryAfterMs ?? 1_500) : 1_500),
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

const prebookingsKey = ['prebookings'] as const;
export const prebookingKey = (id: string) => ['prebooking', id] as const;
const dayKey = (boxId: string, day: string) => ['day', boxId, day] as const;

/** Is the member signed in? Queries of a member's data run only while the member is signed in; otherwise a screen shows what the browser kept. */
export const useIsSignedIn = (): boolean => useClientState().session.status === 'signed-in';

/** True while the first answer or first error of a query is still to come. */
export const isAwaited = ({ data, error }: Pick<UseQueryResult, 'data' | 'error'>): boolean =>
  data === undefined && error === null;

export function usePrebookings() {
  const kept = readShelf('prebookings');
  return useQuery({
    queryKey: prebookingsKey,
    enabled: useIsSignedIn(),
    queryFn: async () => keepPrebookings((await client.call('get', '/api/prebookings', {})).prebookings),
    ...(kept && { initialData: [...kept.value], initialDataUpdatedAt: kept.atMs }),
  });
}

function keepPrebookings(prebookings: readonly Prebooking[]): Prebooking[] {
  if (lastMember() !== '') writeShelf('prebookings', forShelf(prebookings));
  return [...prebookings];
}

/** Replaces all cached prebookings by `prebookings`, after the socket has connected again. */
export const setPrebookings = (prebookings: readonly Prebooking[]): void => {
  queries.setQueryData(prebookingsKey, keepPrebookings(prebookings));
};
export function mergePrebooking(change: Partial<Prebooking> & { id: string }): void {
  queries.setQueryData<Prebooking[]>(prebookingsKey, (all) =>
    all?.map((one) => (one.id === change.id ? { ...one, ...change } : one)),
  );
  queries.setQueryData<Prebooking>(prebookingKey(change.id), (one) => one && { ...one, ...change });
}
/** Puts a prebooking at the head of the cached list of prebookings. */
export function addPrebooking(made: Prebooking): void {
  queries.setQueryData<Prebooking[]>(prebookingsKey, (all) => [
    made,
    ...(all ?? []).filter(({ id }) => id !== made.id),
  ]);
}
export const refreshPrebookings = (): Promise<void> => queries.invalidateQueries({ queryKey: prebookingsKey });

const prebookingQuery = (id: string, enabled: boolean) => ({
  queryKey: prebookingKey(id),
  enabled,
  queryFn: async () => (await client.call('get', '/api/prebookings/{id}', { path: { id } })).prebooking,
  placeholderData: () => queries.getQueryData<Prebooking[]>(prebookingsKey)?.find((one) => one.id === id),
});
export const usePrebooking = (id: string) => useQuery(prebookingQuery(id, useIsSignedIn()));

/**
 * The given prebookings with their present readiness. In the list of prebookings, the readiness comes from the service's last check; reading a single
 * prebooking gives the present readiness.
 */
export function useLatest(prebookings: readonly Prebooking[]): readonly Prebooking[] {
  const enabled = useIsSignedIn();
  const answers = useQueries({ queries: prebookings.map(({ id }) => prebookingQuery(id, enabled)) });
  return prebookings.map((one, at) => {
    const readiness = answers[at]?.data?.readiness;
    return readiness ? { ...one, readiness } : one;
  });
}

export const useDay = (boxId: string, day: string) =>
  useQuery({
    queryKey: dayKey(boxId, day),
    enabled: useIsSignedIn() && boxId !== '',
    queryFn: () => client.call('get', '/api/booking', { query: { boxId, day } }),
    staleTime: MINUTE_MS / 2,
  });

/** Changes the cached classes of a day, each by `work`, until the day is read again. */
export const changeDay = (boxId: string, day: string, work: (one: GymClass) => GymClass): void =>
  void queries.setQueryData<DayList>(
    dayKey(boxId, day),
    (list) => list && { ...list, classes: list.classes.map(work) },
  );

/** Makes the screen of this day read its classes again, after a change. */
export const rereadDay = (boxId: string, day: string): Promise<void> =>
  queries.invalidateQueries({ queryKey: dayKey(boxId, day) });

const meKey = ['me'] as const;
const boxesKey = ['boxes'] as const;

/** The account settings that a member may change. */
export type AccountChanges = Body<'/api/me', 'put'>;

/** Sends the changes once; the service's answer replaces the cached account. Throws ClientError. */
export async function changeAccount(changes: AccountChanges): Promise<void> {
  const me = await client.call('put', '/api/me', { body: changes });
  queries.setQueryData(meKey, me);
  keepBoxes(me.boxes);
}

/** The member's account; `data` is undefined until the service has answered. */
export function useMe() {
  return useQuery({
    queryKey: meKey,
    enabled: useIsSignedIn(),
    staleTime: MINUTE_MS,
    queryFn: async () => {
      const found = await client.call('get', '/api/me', {});
      // An account without a language gets the page's language, so that its notices come in that language.
      const language = document.documentElement.lang === 'en' ? 'en' : 'es';
      const me: Me =
        found.member.language === null ? await client.call('put', '/api/me', { body: { language } }) : found;
      keepBoxes(me.boxes);
      return me;
    },
  });
}

/**
 * The member's boxes, from the sign-in, /api/me or the socket. The list of boxes is empty until the sign-in, /api/me or the socket has named the
 * boxes.
 */
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
/** The member's boxes in the cache; empty until the service has named them. */
export const knownBoxes = (): readonly Box[] => queries.getQueryData<readonly Box[]>(boxesKey) ?? [];
export function keepBoxes(boxes: readonly Box[]): void {
  const sorted = [...boxes].sort((a, b) => a.name.localeCompare(b.name));
  queries.setQueryData(boxesKey, sorted);
  writeShelf('boxes', sorted);
}
export function addBox(box: Box): void {
  const known = knownBoxes();
  keepBoxes([...known.filter(({ id }) => id !== box.id), { ...known.find(({ id }) => id === box.id), ...box }]);
}

type KeptLogin = NonNullable<Answer<'/api/auth/session', 'get'>['keptLogin']>;
interface Background {
  readonly status: string;
  /** Absent if the member has no kept login. */
  readonly keptLogin?: KeptLogin | undefined;
}
const backgroundKey = ['background'] as const;

/** The member's background session; with status `none` there is no session, and no prebooking can run. */
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

/** Which options this service offers at a sign-in, such as a kept login; this request is answered without a sign-in. */
export const useOffers = () =>
  useQuery({ queryKey: ['offers'], staleTime: Number.POSITIVE_INFINITY, queryFn: () => client.offers() });

/** Is this the status of a background session that cannot be renewed? The app then asks the member to sign in with the gym's password again. */
export const isDeadLogin = (status: string | undefined): boolean =>
  status !== undefined && ['none', 'needs-login', 'revoked', 'quarantined'].includes(status);

export const useUsage = () =>
  useQuery({
    queryKey: ['usage'],
    enabled: useIsSignedIn(),
    queryFn: () => client.call('get', '/api/usage', {}),
  });
