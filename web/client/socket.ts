// The service's socket as a page uses it: opened once there is a session of ours (a bridge comes first), and again after each break. No event is
// lost: what happened while it was closed is fetched before it counts as connected. One socket at a time, while it is asked for.
import type { Socket } from 'socket.io-client';
import type { Prebooking } from './contract.ts';
import type { AskAsMember } from './device-sync.ts';
import type { OwnSession } from './own-session.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';
import type { BoxMessage, HealthMessage, PrebookingMessage, ServerEvents } from './socket-messages.ts';
import type { Surroundings } from './surroundings.ts';

/** `waiting`: there is no session yet, or no longer. `connected`: nothing was missed. */
export type LiveStatus = 'waiting' | 'connecting' | 'connected' | 'closed';

export interface LiveListeners {
  readonly prebooking?: (message: PrebookingMessage) => void;
  readonly sessionHealth?: (message: HealthMessage) => void;
  readonly box?: (message: BoxMessage) => void;
  /** After each connection: all prebookings in their current state, finished ones too. */
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
  /** Calls back whenever the session may have changed; returns a function that stops it. */
  readonly onChange: (listener: () => void) => () => void;
}
type Line = Socket<ServerEvents, Record<string, never>>;

/** Opens as soon as there is a session. Errors are not thrown: it tries again until it is closed. */
export function openLiveFeed(parts: Parts, heard: LiveListeners): LiveFeed {
  const { surroundings, session, ask } = parts;
  let status: LiveStatus = 'waiting';
  let line: Line | undefined;
  /** The session of this connection, or of the one to come. */
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
      // The connection broke during the fetch: the next one fetches again.
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
      // An answer of the service, not a network error: another token is needed.
      if ('data' in error && error.data !== undefined) session.refused(token);
      again();
    });
    // Run out or revoked: the next connection asks for another token with the refresh cookie, and a refusal is the proof, for all tabs.
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
