// puntual's client for a web page: the client signs in, and lets all tabs use the same puntual session and the same gym token of this device. The
// client calls the contract's endpoints, receives live messages, and needs no framework. README.md beside this file says how a page uses the client.
import { createCall } from './caller.ts';
import { ClientError, isRefusedIdentity } from './client-error.ts';
import type { Answer, Ask, Body, Method, Path, SignedIn } from './contract.ts';
import type { DeviceRecord, DeviceStatus } from './device-record.ts';
import { type AskAsMember, createDeviceSync } from './device-sync.ts';
import { subjectOf } from './held-token.ts';
import { createOwnSession, type SessionState } from './own-session.ts';
import { type LiveFeed, type LiveListeners, openLiveFeed } from './socket.ts';
import { browserSurroundings, type Surroundings } from './surroundings.ts';

export { ClientError } from './client-error.ts';
export { DEVICE_KEY } from './device-record.ts';

/** The state of this browser's login at the gym, a device session. `none`: the member has not signed in at the gym on this browser. */
export interface DeviceState {
  readonly status: DeviceStatus | 'none';
  readonly fingerprint?: string;
  /** When the service last changed the gym token, ISO 8601; '' if unknown. */
  readonly refreshedAt?: string;
}

/** The client's state; `state()` returns the same object until a part of it changes. */
export interface ClientState {
  readonly session: SessionState;
  readonly device: DeviceState;
}

/** The fields of a sign-in as the contract defines them, without the fingerprint, which the client adds. */
export type SignIn = Omit<Body<'/api/auth/login', 'post'>, 'fingerprint'> & {
  /** True to link the gym account to the member that is signed in already, for example by a Supabase token. */
  readonly link?: boolean;
};

export interface Client {
  state(): ClientState;
  /** Calls `listener` after each change of the state; returns a function that ends these calls. */
  subscribe(listener: () => void): () => void;
  /**
   * Asks the service whether the member has a puntual session, and then keeps the device's gym token current. One call of `start` is enough for a
   * page; a further call only waits for the first.
   */
  start(): Promise<void>;
  /** Removes all listeners and closes the channel to other tabs; the member stays signed in. */
  stop(): void;
  /**
   * Whether this service can keep a member's gym login, and the terms that a member accepts by signing in with `keepLogin`. `offers` may be called
   * before the member is signed in. Throws ClientError.
   */
  offers(): Promise<Answer<'/api/auth/login', 'get'>>;
  /**
   * Signs the member in at puntual with the e-mail and password of the gym account. Throws ClientError: gym/wrong-credentials, gym/account-locked,
   * request/limited, gym/unreachable, ….
   */
  signIn(credentials: SignIn): Promise<SignedIn>;
  /**
   * Begins a puntual session with an access token of Supabase; does nothing if that user has a puntual session in this browser already. Throws
   * ClientError.
   */
  bridge(supabaseToken: string): Promise<void>;
  /** Ends the puntual session for all tabs. Throws ClientError if the call got no answer; the member then stays signed in at puntual. */
  signOut(): Promise<void>;
  /**
   * Makes a call as the signed-in member. Throws ClientError: client/signed-out if no member is signed in, or if the member signs out before a GET is
   * answered. The request is sent a second time only if the service refused the first one's access token.
   */
  call<P extends Path, M extends Method<P>>(method: M, path: P, ask: Ask<P, M>): Promise<Answer<P, M>>;
  /** Asks the service at once whether this device's gym token has changed, and keeps the valid token. Never throws. */
  syncSession(): Promise<DeviceState>;
  /** Makes the service renew this device's gym token at once. Throws ClientError. */
  renewDevice(): Promise<DeviceState>;
  /** Once the member has a puntual session, calls the listeners on each change of the member's prebookings, gym sessions and boxes. */
  listen(listeners: LiveListeners): LiveFeed;
}

export interface ClientOptions {
  /** The service's origin; if left out, the page's own. */
  readonly baseUrl?: string;
  /** Replacements for the browser's storage, network, clock and locks; tests use them. */
  readonly surroundings?: Surroundings;
}

/** A page without a puntual session asks the service at most this often (ms) whether there is a puntual session. */
const ASK_EVERY_MS = 30_000;

/** Creates the client of a page; a page needs only one client. */
export function createClient({ baseUrl = '', surroundings = browserSurroundings() }: ClientOptions = {}): Client {
  const listeners = new Set<() => void>();
  const call = createCall(baseUrl, surroundings);
  const session = createOwnSession({ surroundings, call, changed, ended: () => device.forget() });
  const userId = () => {
    const state = session.state();
    return state.status === 'signed-in' ? state.userId : undefined;
  };
  const askOnce: AskAsMember = async (method, path, what) => {
    const bearer = await session.bearer();
    try {
      return await call(method, path, what, { bearer });
    } catch (error) {
      if (!isRefusedIdentity(error)) throw error;
      session.refused(bearer);
      return call(method, path, what, { bearer: await session.bearer() });
    }
  };
  const ask: AskAsMember = async (method, path, what) => {
    await session.bearer();
    const asker = userId();
    const answer = await askOnce(method, path, what);
    // If another member has signed in on this browser during the call, the answer belongs to the former member and must not be shown.
    if (method === 'get' && userId() !== asker)
      throw new ClientError('client/signed-out', 'Expected the member who asked to be signed in still.');
    return answer;
  };
  const device = createDeviceSync({
    ...{ surroundings, ask, userId, changed },
    prove: (fingerprint) =>
      session.alone(() => call('post', '/api/auth/device-proof', { body: { fingerprint } }, { cookies: true })),
  });
  let state = readState();
  let starting: Promise<void> | undefined;
  let stopWaking: (() => void) | undefined;

  function readState(): ClientState {
    const kept = device.record();
    return {
      session: session.state(),
      device: kept ? deviceStateOf(kept) : { status: 'none' },
    };
  }
  function changed(): void {
    state = readState();
    for (const listener of listeners) listener();
  }
  surroundings.channel.listen((message) => {
    if (typeof message === 'object' && message !== null && Reflect.get(message, 'kind') === 'device') changed();
  });
  let restoredAtMs = Number.NEGATIVE_INFINITY;
  const lookAround = async () => {
    const { status } = session.state();
    // While the browser froze this page, a member may have signed in from another tab, and the page got no message of that sign-in.
    const isWorthAsking = status === 'unknown' || surroundings.now() - restoredAtMs >= ASK_EVERY_MS;
    if (status !== 'signed-in' && isWorthAsking) {
      restoredAtMs = surroundings.now();
      await session.restore().catch(() => {});
    }
    await device.look(false).catch(() => {});
  };
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  };
  const start = () => {
    stopWaking ??= surroundings.onWake(() => void lookAround());
    starting ??= lookAround();
    return starting;
  };
  return {
    state: () => state,
    subscribe,
    start,
    stop() {
      stopWaking?.();
      surroundings.channel.close();
      listeners.clear();
    },
    async signIn({ link = false, ...credentials }) {
      const bearer = link ? await session.bearer() : undefined;
      return session.begin(async (receive) => {
        const fingerprint = device.fingerprint();
        const body = { ...credentials, ...(fingerprint !== undefined && { fingerprint }) };
        const answer = await call('post', '/api/auth/login', { body }, { bearer, cookies: true });
        const { accessToken, device: opened, expiresAt: _, ...signedIn } = answer;
        device.keep({ userId: signedIn.member.id, ...opened });
        receive(accessToken);
        return signedIn;
      });
    },
    async bridge(supabaseToken) {
      await start();
      await session.begin(async (receive) => {
        // Another tab may have begun this user's puntual session already.
        const subject = subjectOf(supabaseToken);
        if (subject !== undefined && userId() === subject) return;
        const credentials = { bearer: supabaseToken, cookies: true };
        receive((await call('post', '/api/auth/session/bridge', {}, credentials)).accessToken);
      });
      await device.look(false).catch(() => {});
    },
    offers: () => call('get', '/api/auth/login', {}),
    signOut: () => session.end(() => call('post', '/api/auth/logout', {}, { cookies: true })),
    call: ask,
    async syncSession() {
      await device.look(true);
      return state.device;
    },
    async renewDevice() {
      await device.renew();
      return state.device;
    },
    listen: (heard) => openLiveFeed({ baseUrl, surroundings, session, ask, onChange: subscribe }, heard),
  };
}

const deviceStateOf = ({ status, fingerprint, refreshedAt }: DeviceRecord): DeviceState => ({
  status,
  fingerprint,
  refreshedAt,
});
