// What this page keeps across reloads, so that it has something to show where there is no network: the boxes and the last agenda, no
// receipt and no token. Each thing is kept for one member and goes when they sign out.
import type { Answer, Prebooking } from '../../client/contract.ts';
import type { Box } from './member.ts';

interface Kept {
  boxes: readonly Box[];
  agenda: Answer<'/api/agenda', 'get'>;
  prebookings: readonly Prebooking[];
  chat: string;
}
interface Entry<T> {
  readonly userId: string;
  readonly atMs: number;
  readonly value: T;
}

const keyOf = (name: keyof Kept): string => `puntual.${name}`;
const OWNER = 'puntual.member';

/** The member this browser last belonged to; known before the service can be asked. */
export const lastMember = (): string => localStorage.getItem(OWNER) ?? '';
export const rememberMember = (userId: string): void => localStorage.setItem(OWNER, userId);

/** undefined: nothing was kept for this member. */
export function readShelf<N extends keyof Kept>(name: N): Entry<Kept[N]> | undefined {
  try {
    const entry: unknown = JSON.parse(localStorage.getItem(keyOf(name)) ?? 'null');
    if (typeof entry !== 'object' || entry === null || Reflect.get(entry, 'userId') !== lastMember()) return undefined;
    return entry as Entry<Kept[N]>;
  } catch {
    return undefined;
  }
}

export const writeShelf = <N extends keyof Kept>(name: N, value: Kept[N], atMs = Date.now()): void =>
  localStorage.setItem(keyOf(name), JSON.stringify({ userId: lastMember(), atMs, value }));

export function clearShelf(): void {
  for (const name of ['boxes', 'agenda', 'prebookings', 'chat'] as const) localStorage.removeItem(keyOf(name));
  localStorage.removeItem(OWNER);
}

/** Without what only the receipt's own screen shows. */
export const forShelf = (prebookings: readonly Prebooking[]): Prebooking[] =>
  prebookings.slice(0, 60).map(({ receipt: _, ...rest }) => rest);
