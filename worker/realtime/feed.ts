// Reads what has happened to prebookings since the last read, each change exactly once. It remembers its position, and sends nothing.
import type { Clock } from '../../services/clock.ts';
import type { RealtimeEvent } from '../../services/store/realtime-store.ts';
import type { Store } from '../../services/store/store.ts';

export interface Feed {
  /** From now on; resolves when nothing that happens later can be missed. */
  begin(): Promise<void>;
  next(): Promise<readonly RealtimeEvent[]>;
  /** Without sockets: forget the position. */
  reset(): void;
}

const MAX_AT_ONCE = 500;
/** A transaction that took an id and has not shown its row by then was rolled back. */
const GAP_LIFE_MS = 60_000;
const MAX_GAPS = 5_000;

export function createFeed({ store, clock }: { store: Pick<Store, 'readRealtimeEvents'>; clock: Clock }): Feed {
  let beginning: Promise<number> | undefined;
  let place: number | undefined;
  const gaps = new Map<number, { readonly sinceMs: number }>();

  /** Ids are given out in order and become visible in any order: skipped ones are asked for again. */
  const noteGaps = (from: number, to: number, seen: ReadonlySet<number>) => {
    for (const id of seen) gaps.delete(id);
    for (let id = Math.max(from + 1, to - MAX_GAPS); id < to; id++)
      if (!seen.has(id) && gaps.size < MAX_GAPS) gaps.set(id, { sinceMs: clock.monotonicMs() });
    for (const [id, { sinceMs }] of gaps) if (clock.monotonicMs() - sinceMs > GAP_LIFE_MS) gaps.delete(id);
  };
  const start = async () => {
    const { latest } = await store.readRealtimeEvents({ after: undefined, gaps: [], limit: 0 });
    return latest;
  };
  return {
    async begin() {
      beginning ??= start();
      const mine = beginning;
      try {
        const latest = await mine;
        if (beginning === mine) place ??= latest;
      } catch (error) {
        if (beginning === mine) beginning = undefined;
        throw error;
      }
    },
    async next() {
      if (place === undefined) return [];
      const from = place;
      const asked = [...gaps.keys()];
      const { latest, events } = await store.readRealtimeEvents({ after: from, gaps: asked, limit: MAX_AT_ONCE });
      // All sockets left, or left and came back, during the read.
      if (place !== from) return [];
      noteGaps(from, latest, new Set(events.map(({ id }) => id)));
      place = latest;
      return events;
    },
    reset() {
      beginning = undefined;
      place = undefined;
      gaps.clear();
    },
  };
}
