// Messages of the socket update the same cache that the queries fill. The socket's code is loaded after the first screen is shown.
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

/** Listens to the socket while the component is mounted; returns the state of the connection. */
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
        // The socket's message has no receipt, so the prebooking is read from the service again.
        if (ENDED.has(change.status)) void queries.invalidateQueries({ queryKey: prebookingKey(change.id) });
        const known = queries.getQueryData<{ id: string }[]>(['prebookings'])?.some(({ id }) => id === change.id);
        if (ENDED.has(change.status) || !known) void refreshPrebookings();
      },
    });
    return () => feed.close();
  }, []);
  return status;
}
