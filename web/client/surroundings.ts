// What the client needs of its environment: storage, network, clock, locks. A browser has storage, network, clock and locks; tests in Node supply
// replacements for them.

/** Keeps texts across reloads, for all tabs; in a browser, localStorage. */
export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Sends messages to the other tabs of this browser; the sender does not receive its own messages. */
export interface Channel {
  post(message: unknown): void;
  listen(listener: (message: unknown) => void): void;
  close(): void;
}

export interface Surroundings {
  readonly fetch: (address: string, request: RequestInit) => Promise<Response>;
  readonly shelf: Shelf;
  readonly channel: Channel;
  /** Milliseconds by this machine's clock; the client compares such times only with each other. */
  readonly now: () => number;
  /** A random number from 0 up to 1. */
  readonly random: () => number;
  /** Runs `work` under a lock: in this browser no two calls with the same `name` run their work at once. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Calls `listener` when the page gets focus or is shown again, or the network is back; returns a function that ends these calls. */
  onWake(listener: () => void): () => void;
  /** Calls `work` after `ms`; returns a function that cancels the call. */
  after(ms: number, work: () => void): () => void;
}

const CHANNEL = 'puntual';

/** Gives the client's `Surroundings` in a browser's page. All tabs of one origin share the storage, the message channel and the locks. */
export function browserSurroundings(): Surroundings {
  return {
    fetch: (address, request) => fetch(address, request),
    shelf: localStorage,
    channel: openChannel(),
    now: () => Date.now(),
    random: () => Math.random(),
    exclusively: (name, work) => navigator.locks.request(`puntual:${name}`, work),
    onWake,
    after(ms, work) {
      const timer = setTimeout(work, ms);
      return () => clearTimeout(timer);
    },
  };
}

/** Opens a BroadcastChannel of the browser or of Node. */
export function openChannel(name = CHANNEL): Channel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen: (listener) => channel.addEventListener('message', (event) => listener((event as MessageEvent).data)),
    close: () => channel.close(),
  };
}

function onWake(listener: () => void): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  const seen = () => document.visibilityState === 'visible' && listener();
  document.addEventListener('visibilitychange', seen, { signal });
  for (const name of ['focus', 'pageshow', 'online']) window.addEventListener(name, listener, { signal });
  return () => ending.abort();
}
