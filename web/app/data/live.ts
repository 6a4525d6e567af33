// The socket's news goes into the same places that the queries fill. The socket itself is loaded after the first screen stands.
import { useEffect, useState } from 'react';
import type { LiveStatus } from '../../client/socket.ts';
import { noteAll, notePrebooking } from './agenda.ts';
import { followClock } from './clock.ts';
import { client } from './member.ts';
import {
  addBox,
  mergePrebooking,
  prebookingKey,
  queries,
  refreshPrebookings,
  setBackground,
  setPrebookings,
} from './queries.ts';

const ENDED = new Set(['booked', 'waitlisted', 'refused', 'unconfirmed', 'withdrawn', 'missed']);

/** Listens for as long as the component stands; says how the line is. */
export function useLive(): LiveStatus {
  const [status, setStatus] = useState<LiveStatus>('waiting');
  useEffect(() => {
    const feed = client.listen({
      status: setStatus,
      caughtUp(prebookings) {
        setPrebookings(prebookings);
        noteAll(prebookings);
      },
      sessionHealth: ({ sessionType, status: health }) => sessionType === 'background' && setBackground(health),
      box: ({ id, name, timeZone }) => addBox({ id, name, timeZone }),
      prebooking({ opensInMs, ...change }) {
        followClock(Date.parse(change.opensAt) - opensInMs);
        mergePrebooking(change);
        notePrebooking(change);
        // The receipt comes with the row, not with the word.
        if (ENDED.has(change.status)) void queries.invalidateQueries({ queryKey: prebookingKey(change.id) });
        const known = queries.getQueryData<{ id: string }[]>(['prebookings'])?.some(({ id }) => id === change.id);
        if (ENDED.has(change.status) || !known) void refreshPrebookings();
      },
    });
    return () => feed.close();
  }, []);
  return status;
}
