// Reads the events of prebookings since the last read, each event exactly once. The feed remembers the latest event that it has read (its position);
// its caller, realtime.ts, sends the events to the sockets.
import type { Clock } from '../../services/clock.ts';
import type { RealtimeEvent } from '../../services/store/realtime-store.ts';
import type { Store } from '../../services/store/store.ts';

export interface Feed {
  /** Sets the feed's position to the latest event; once the promise resolves, no later event can be missed. */
  begin(): Promise<void>;
  next(): Promise<readonly RealtimeEvent[]>;
  /** Forgets the feed's position among the events; called when no socket is connected. */
  reset(): void;
}

const MAX_AT_ONCE = 500;
/** For how many ms a skipped event id is asked for again; after that the transaction that took the id was surely rolled back. */
const GAP_LIFE_MS = 60_000;
const MAX_GAPS = 5_000;

export function createFeed({ store, clock }: { store: Pick<Store, 'readRealtimeEvents'>; clock: Clock }): Feed {
  let beginning: Promise<number> | undefined;
  let place: number | undefined;
  const gaps = new Map<number, { readonly sinceMs: number }>();

  /** Notes skipped event ids, to ask for them again: ids are assigned in order, but their rows become visible in any order. */
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
      // If all sockets left while the events were read, the feed's position was reset, and the events that were read are dropped.
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
