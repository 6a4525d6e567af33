// Keeps puntual's own session in this browser. A sign-in or a Supabase token begins the puntual session, the httpOnly refresh cookie keeps it alive,
// and only a sign-out or the service's refusal ends it. All tabs share the refresh cookie, so every change to it runs under one lock; a fresh access
// token is broadcast to the other tabs.
import type { Call } from './caller.ts';
import { ClientError, isRefusedIdentity } from './client-error.ts';
import { type HeldToken, has, holdToken, isHeldToken } from './held-token.ts';
import type { Surroundings } from './surroundings.ts';

/** The puntual session as this tab knows it; `unknown` until the service has said whether there is one. */
export type SessionState =
  | { readonly status: 'unknown' }
  | { readonly status: 'signed-in'; readonly userId: string; readonly sessionId: string }
  /** `proof` is the error code with which the service refused the session, or `left` if the member signed out on this browser. */
  | { readonly status: 'signed-out'; readonly proof: string };

export interface OwnSession {
  state(): SessionState;
  /**
   * An access token that is valid for at least another minute, fetched from the service if this tab holds none. Throws client/signed-out,
   * client/unreachable, ….
   */
  bearer(): Promise<string>;
  /** Marks a token that the service has refused: the next `bearer` returns another token. */
  refused(token: string): void;
  /** Begins a puntual session under the lock that all tabs share; `work` signs in and gives the access token to `receive`. */
  begin<T>(work: (receive: (accessToken: string) => void) => Promise<T>): Promise<T>;
  /** Asks the service, with the refresh cookie, whether this browser has a puntual session. */
  restore(): Promise<void>;
  /** Ends the puntual session for all tabs; `work` ends it at the service. */
  end(work: () => Promise<unknown>): Promise<void>;
  /** Runs `work`, a call that exchanges the refresh cookie, under the lock that all tabs share. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

const LOCK = 'session';

export interface OwnSessionParts {
  readonly surroundings: Pick<Surroundings, 'channel' | 'exclusively' | 'now'>;
  readonly call: Call;
  readonly changed: () => void;
  /**
   * Called in the tab that learnt from the service, or by its own sign-out, that the puntual session has ended; other tabs get a message instead. The
   * call of `ended` runs under the lock that all tabs share.
   */
  readonly ended: () => void;
}

export function createOwnSession({ surroundings, call, changed, ended }: OwnSessionParts): OwnSession {
  const { channel, exclusively, now } = surroundings;
  let state: SessionState = { status: 'unknown' };
  let held: HeldToken | undefined;
  let rotation: Promise<HeldToken> | undefined;

  const adopt = (token: HeldToken) => {
    held = token;
    const { userId, sessionId } = token;
    if (state.status === 'signed-in' && state.sessionId === sessionId) return;
    state = { status: 'signed-in', userId, sessionId };
    changed();
  };
  const leave = (proof: string) => {
    held = undefined;
    if (state.status === 'signed-out') return;
    state = { status: 'signed-out', proof };
    changed();
  };
  const leaveAll = (proof: string) => {
    const sessionId = state.status === 'signed-in' ? state.sessionId : undefined;
    leave(proof);
    ended();
    if (sessionId !== undefined) channel.post({ kind: 'signed-out', sessionId, proof });
  };
  const receive = (accessToken: string) => {
    const token = holdToken(accessToken, now());
    adopt(token);
    channel.post({ ...token, kind: 'token' });
    return token;
  };
  /** Gives a fresh token that is not `stale`; a token that another tab broadcast while this tab waited for the tabs' common lock is good enough. */
  const rotate = (stale: HeldToken | undefined): Promise<HeldToken> => {
    const ask = async () => {
      if (held && held !== stale && now() < held.freshUntilMs) return held;
      try {
        return receive((await call('post', '/api/auth/session/refresh', {}, { cookies: true })).accessToken);
      } catch (error) {
        // The puntual session is proven to have ended only if the service refuses the request because the refresh cookie is missing or not valid.
        if (isRefusedIdentity(error)) leaveAll(error.code);
        throw error;
      }
    };
    const running = rotation ?? exclusively(LOCK, ask);
    rotation = running;
    return running.finally(() => {
      if (rotation === running) rotation = undefined;
    });
  };
  channel.listen((message) => {
    if (isHeldToken(message)) {
      const isNews = state.status !== 'signed-in' || state.sessionId !== message.sessionId;
      if (isNews || !held || held.freshUntilMs < message.freshUntilMs) adopt(message);
    }
    // A sign-out message from another tab must name this tab's session: a tab that has signed in to another session stays signed in.
    if (isFarewell(message) && state.status === 'signed-in' && state.sessionId === message.sessionId)
      leave(message.proof);
  });
  return {
    state: () => state,
    async bearer() {
      if (state.status === 'signed-out')
        throw new ClientError('client/signed-out', 'Expected a session: sign in first.');
      const token = held && now() < held.freshUntilMs ? held : await rotate(held);
      return token.token;
    },
    refused(token) {
      if (held?.token === token) held = { ...held, freshUntilMs: 0 };
    },
    begin: (work) => exclusively(LOCK, () => work(receive)),
    async restore() {
      await rotate(held);
    },
    end: (work) =>
      exclusively(LOCK, async () => {
        await work().catch((error) => {
          if (!isRefusedIdentity(error)) throw error;
        });
        leaveAll('left');
      }),
    alone: (work) => exclusively(LOCK, work),
  };
}

const isFarewell = (value: unknown): value is { sessionId: string; proof: string } =>
  has(value, { kind: 'string', sessionId: 'string', proof: 'string' });
