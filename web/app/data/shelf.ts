// What the page keeps in the browser across reloads, to show it without a network: boxes, agenda, prebookings and the id of the conversation that
// the screen /chat shows, but no receipt and no token. Data kept in the browser belongs to one member and is deleted when the member signs out.
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

/** The id of the member that last signed in on this browser; known even before the service has answered. */
export const lastMember = (): string => localStorage.getItem(OWNER) ?? '';
export const rememberMember = (userId: string): void => localStorage.setItem(OWNER, userId);

/** A kept value with the time at which the service gave it; undefined if nothing was kept for this member. */
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

/** The prebookings to keep in the browser, sixty at most, without their receipts, which only the screen of one prebooking shows. */
export const forShelf = (prebookings: readonly Prebooking[]): Prebooking[] =>
  prebookings.slice(0, 60).map(({ receipt: _, ...rest }) => rest);
