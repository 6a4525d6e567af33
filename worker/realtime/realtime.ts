// Tells members, over Socket.IO, of changes to their prebookings, their gym sessions and their boxes. Only the Node process serves sockets, because
// a serverless function cannot hold a connection. A client cannot change data through a socket.
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { Server } from 'socket.io';
import { adviceFor, asFailure, Failure } from '../../services/failures.ts';
import { createLiveSessions } from '../../services/identity/live-session.ts';
import type { AppContext } from '../app-context.ts';
import type { Services } from '../services.ts';
import { createFeed } from './feed.ts';
import { endFloods } from './flood.ts';
import { mayEnter } from './gate.ts';
import { admit } from './handshake.ts';
import { type EndedMessage, eventMessage } from './message.ts';
import { createRooms, memberRoom, type RealtimeServer, type RealtimeSocket } from './rooms.ts';
import { SOCKET_PATH } from './upgrade.ts';

export interface Realtime {
  /** Reads the database at once instead of within a second; called after the database has signalled a change. */
  hurry(): void;
  /** Ends every socket; the caller closes the HTTP server. */
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
/** The shortest time between two reads of the database, in ms, however many changes are signalled. */
const REST_MS = 100;
/** Session states and boxes change seldom, so only every third look at the database reads them. */
const MEMBERS_EVERY = 3;
const MAX_SOCKETS_A_MEMBER = 100;

const OPTIONS = {
  path: SOCKET_PATH,
  serveClient: false,
  allowEIO3: false,
  maxHttpBufferSize: 8 * 1024,
  // How long, in ms, a client may take to identify itself before it is disconnected.
  connectTimeout: 5_000,
  perMessageDeflate: false,
  httpCompression: false,
} as const;

/** Serves Socket.IO on a server that listens already. While no socket is connected, the database is not read for changes. */
export function serveRealtime(services: Services, context: AppContext, server: HttpServer): Realtime {
  const { store, clock, logger } = services;
  const stopping = new AbortController();
  // A stopping process refuses connections, because a client that reconnects would keep the listener open.
  const isOpenTo = (request: IncomingMessage) => !stopping.signal.aborted && mayEnter(request, context);
  const io: RealtimeServer = new Server(server, {
    ...OPTIONS,
    ...(context.allowedOrigins.length > 0 && { cors: { origin: [...context.allowedOrigins], credentials: true } }),
    allowRequest: (request, decide) => decide(undefined, isOpenTo(request)),
  });
  const feed = createFeed(services);
  const rooms = createRooms(services, io);
  const live = createLiveSessions(services);

  // Engine.IO calls `allowRequest` only for the first request of a connection. Here `isOpenTo` checks the upgrade and each later poll, too.
  io.engine.use((request: IncomingMessage, _response: unknown, next: (error?: Error) => void) =>
    next(isOpenTo(request) ? undefined : new Error('refused')),
  );
  io.engine.on('headers', (headers: Record<string, string>) => {
    // Engine.IO itself sends Cache-Control: no-store, so it is not set here.
    Object.assign(headers, { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' });
  });
  io.engine.on('connection', (line) => endFloods(line, clock));

  io.use(async (socket, next) => {
    try {
      const guest = await admit(services, context, { auth: socket.handshake.auth, request: socket.request });
      if (countOf(io, guest.userId) >= MAX_SOCKETS_A_MEMBER)
        throw new Failure('request/limited', 'Too many connections of one member.');
      socket.data = guest;
      next();
    } catch (error) {
      const { code } = asFailure(error);
      if (adviceFor(code).status >= 500) logger.warn({ code, err: error }, 'realtime: nobody can be let in');
      next(Object.assign(new Error(code), { data: { code } }));
    }
  });

  const welcome = async (socket: RealtimeSocket) => {
    await feed.begin();
    await rooms.welcome(socket);
  };
  io.on('connection', (socket) => {
    socket.join(memberRoom(socket.data.userId));
    endAt(socket, socket.data.expiresAt.getTime() - clock.now().getTime());
    const say = async (work: () => Promise<void>) => {
      await work().catch((err) => {
        logger.warn({ err }, 'realtime: could not say how all stands');
        socket.disconnect(true);
      });
    };
    socket.on('tell-all', (done) =>
      say(async () => {
        const session = await live.read(socket.data.sessionId);
        if (!session) return end(socket, 'revoked');
        await rooms.welcome(socket);
        if (typeof done === 'function') done();
      }),
    );
    return say(() => welcome(socket));
  });

  /** Closes the sockets of ended puntual sessions, before anything is sent, and returns the other sockets. */
  const dropEnded = async (): Promise<RealtimeSocket[]> => {
    const sockets = [...io.sockets.sockets.values()];
    const sessions = [...new Set(sockets.map((socket) => socket.data.sessionId))];
    const ended = new Set(await store.readEndedSessions(sessions, clock.now()));
    for (const socket of sockets) if (ended.has(socket.data.sessionId)) end(socket, 'revoked');
    if (ended.size > 0) live.forget();
    return sockets.filter((socket) => !ended.has(socket.data.sessionId));
  };
  const look = async (turn: number) => {
    if (io.sockets.sockets.size === 0) return feed.reset();
    const sockets = await dropEnded();
    for (const event of await feed.next())
      io.to(memberRoom(event.userId)).emit('prebooking', eventMessage(event, clock.now()));
    if (turn % MEMBERS_EVERY === 0 && sockets.length > 0) await rooms.catchUp(sockets);
  };

  let hurried = Promise.withResolvers<void>();
  const pause = () =>
    Promise.race([clock.sleep(LOOK_EVERY_MS - REST_MS, stopping.signal).catch(() => {}), hurried.promise]);
  const watch = async () => {
    for (let turn = 0; !stopping.signal.aborted; turn++) {
      await clock.sleep(REST_MS);
      await pause();
      hurried = Promise.withResolvers<void>();
      await look(turn).catch((err) => logger.warn({ err }, 'realtime: could not look'));
    }
  };
  const watching = watch();
  return {
    hurry: () => hurried.resolve(),
    async stop() {
      stopping.abort();
      await watching;
      // Sockets are closed without a message, and each client reconnects when it chooses to. io.close() is not used, because it would close the HTTP
      // server under requests that are still being answered.
      io.engine.close();
    },
  };
}

const countOf = (io: RealtimeServer, userId: string): number =>
  io.sockets.adapter.rooms.get(memberRoom(userId))?.size ?? 0;

function end(socket: RealtimeSocket, reason: EndedMessage['reason']): void {
  socket.emit('ended', { reason });
  socket.disconnect(true);
}

function endAt(socket: RealtimeSocket, inMs: number): void {
  const timer = setTimeout(() => end(socket, 'expired'), Math.max(0, inMs)).unref();
  socket.once('disconnect', () => clearTimeout(timer));
}
