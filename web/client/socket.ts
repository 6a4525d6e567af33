// The service's socket as a page uses it: the socket opens as soon as the page has a puntual session, and again after each disconnection. No change
// is lost: before the live feed counts as connected, it fetches all prebookings. A live feed, the stream of changes that `openLiveFeed` gives a page,
// has one socket at a time until the page closes the feed.
import type { Socket } from 'socket.io-client';
import type { Prebooking } from './contract.ts';
import type { AskAsMember } from './device-sync.ts';
import type { OwnSession } from './own-session.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import type { BoxMessage, HealthMessage, PrebookingMessage, ServerEvents } from './socket-messages.ts';
import type { Surroundings } from './surroundings.ts';

/** `waiting`: the page has no puntual session. `connected`: the socket is open, and the member's prebookings were fetched after it opened. */
export type LiveStatus = 'waiting' | 'connecting' | 'connected' | 'closed';

export interface LiveListeners {
  readonly prebooking?: (message: PrebookingMessage) => void;
  readonly sessionHealth?: (message: HealthMessage) => void;
  readonly box?: (message: BoxMessage) => void;
  /** Called after each new connection; its argument holds all the member's prebookings in their current state, finished prebookings too. */
  readonly caughtUp?: (prebookings: readonly Prebooking[]) => void;
  readonly status?: (status: LiveStatus) => void;
}

export interface LiveFeed {
  status(): LiveStatus;
  close(): void;
}

interface Parts {
  readonly baseUrl: string;
  readonly surroundings: Pick<Surroundings, 'random' | 'after' | 'onWake'>;
  readonly session: Pick<OwnSession, 'state' | 'bearer' | 'refused'>;
  readonly ask: AskAsMember;
  /** Calls `listener` whenever the page's puntual session may have changed; returns a function that ends these calls. */
  readonly onChange: (listener: () => void) => () => void;
}
type Line = Socket<ServerEvents, Record<string, never>>;

/**
 * Opens the socket as soon as the page has a puntual session. Throws no errors: after a failed or lost connection the feed tries to connect again,
 * until the feed is closed.
 */
export function openLiveFeed(parts: Parts, heard: LiveListeners): LiveFeed {
  const { surroundings, session, ask } = parts;
  let status: LiveStatus = 'waiting';
  let line: Line | undefined;
  /** The puntual session of the open connection; while no connection is open, the puntual session that the next one will use. */
  let sessionId: string | undefined;
  let token = '';
  let failures = 0;
  let callOff: (() => void) | undefined;

  const say = (next: LiveStatus) => {
    if (status === next || status === 'closed') return;
    status = next;
    heard.status?.(next);
  };
  const isOpen = () => status !== 'closed';
  const currentSession = () => {
    const state = session.state();
    return state.status === 'signed-in' ? state.sessionId : undefined;
  };
  const connect = async () => {
    callOff = undefined;
    if (!isOpen()) return;
    sessionId = currentSession();
    if (sessionId === undefined) return say('waiting');
    say('connecting');
    try {
      token = await session.bearer();
      line ??= await openLine();
    } catch {
      return again();
    }
    if (isOpen()) Object.assign(line, { auth: { token } }).connect();
  };
  const again = () => {
    if (!isOpen()) return;
    say(currentSession() === undefined ? 'waiting' : 'connecting');
    callOff?.();
    callOff = surroundings.after(reconnectDelayMs(failures++, surroundings.random()), connect);
  };
  const catchUp = async (on: Line) => {
    try {
      const { prebookings } = await ask('get', '/api/prebookings', {});
      if (!on.connected) return;
      failures = 0;
      heard.caughtUp?.(prebookings);
      say('connected');
    } catch {
      // The fetch of all prebookings failed: the next connection fetches them again.
      on.disconnect();
      again();
    }
  };
  const openLine = async (): Promise<Line> => {
    const { io } = await import('socket.io-client');
    const opened: Line = io(parts.baseUrl || location.origin, {
      ...{ autoConnect: false, forceNew: true, reconnection: false },
      transports: ['websocket', 'polling'],
    });
    opened.on('prebooking', (message) => heard.prebooking?.(message));
    opened.on('session-health', (message) => heard.sessionHealth?.(message));
    opened.on('box', (message) => heard.box?.(message));
    opened.on('connect', () => void catchUp(opened));
    opened.on('connect_error', (error) => {
      // A connection error with data is the service's answer, not a network error: the connection needs another token.
      if ('data' in error && error.data !== undefined) session.refused(token);
      again();
    });
    // The puntual session has run out or was revoked: the next connection asks for another token, and all tabs are signed out if the service refuses
    // to give one.
    opened.on('ended', () => session.refused(token));
    opened.on('disconnect', (reason) => {
      if (reason !== 'io client disconnect') again();
    });
    return opened;
  };
  const reopen = () => {
    callOff?.();
    line?.disconnect();
    failures = 0;
    void connect();
  };
  const endings = [
    parts.onChange(() => currentSession() !== sessionId && reopen()),
    surroundings.onWake(() => callOff && reopen()),
  ];
  void connect();
  return {
    status: () => status,
    close() {
      say('closed');
      callOff?.();
      line?.disconnect();
      for (const end of endings) end();
    },
  };
}
