// What the screens ask the service for, each under one key. Reading may be repeated; nothing here changes anything.
import { QueryClient, useQuery } from '@tanstack/react-query';
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
      retry: (count, error) => (isAway(error) || codeOf(error) === 'request/limited') && count < 2,
      retryDelay: (_count, error) => (error instanceof ClientError ? (error.retryAfterMs ?? 1_500) : 1_500),
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

const prebookingsKey = ['prebookings'] as const;
export const prebookingKey = (id: string) => ['prebooking', id] as const;
const dayKey = (boxId: string, day: string) => ['day', boxId, day] as const;

/** Asked only with a session; before that, and without a network, what was kept last time is shown. */
export const useIsSignedIn = (): boolean => useClientState().session.status === 'signed-in';

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

/** After word of the socket: all of them, or one. */
export const setPrebookings = (prebookings: readonly Prebooking[]): void => {
  queries.setQueryData(prebookingsKey, keepPrebookings(prebookings));
};
export function mergePrebooking(change: Partial<Prebooking> & { id: string }): void {
  queries.setQueryData<Prebooking[]>(prebookingsKey, (all) =>
    all?.map((one) => (one.id === change.id ? { ...one, ...change } : one)),
  );
  queries.setQueryData<Prebooking>(prebookingKey(change.id), (one) => one && { ...one, ...change });
}
/** One that was just made stands first. */
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

export const useDay = (boxId: string, day: string) =>
  useQuery({
    queryKey: dayKey(boxId, day),
    enabled: useIsSignedIn() && boxId !== '',
    queryFn: () => client.call('get', '/api/booking', { query: { boxId, day } }),
    staleTime: MINUTE_MS / 2,
  });

/** After a change: the day's screen reads it anew. */
export const rereadDay = (boxId: string, day: string): Promise<void> =>
  queries.invalidateQueries({ queryKey: dayKey(boxId, day) });

const meKey = ['me'] as const;
const boxesKey = ['boxes'] as const;

/** What a member sets about themselves. */
export type AccountChanges = Body<'/api/me', 'put'>;

/** Sent once; what the service then says of the account is what is known of it. Throws ClientError. */
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

/** The member's boxes: as the sign-in named them, /api/me or the socket tells them. Empty until one of them has spoken. */
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
/** As they are known by now. */
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
  /** Absent where the member keeps none here. */
  readonly keptLogin?: KeptLogin | undefined;
}
const backgroundKey = ['background'] as const;

/** The service's own login at the gym; status `none` where it has none, so that no prebooking can run. */
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

/** Forgets the kept login. Throws ClientError. */
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
