// A browser as far as web/client sees one, in the test's process: one cookie jar, one localStorage, real Web Locks and a real BroadcastChannel for
// all its tabs. The simulated browser keeps cookies as a real one does, and names, in its headers, the page from which a request comes.
import { randomUUID } from 'node:crypto';
import { CookieJar } from 'tough-cookie';
import { type Client, createClient } from '../../web/client/client.ts';
import { openChannel, type Shelf } from '../../web/client/surroundings.ts';

export interface Tab {
  readonly client: Client;
  /** Gives the tab focus again. */
  wake(): void;
}
export interface Browser {
  readonly jar: CookieJar;
  readonly shelf: Shelf & { readonly values: ReadonlyMap<string, string> };
  /** Method and path of each request, in order. */
  readonly requests: string[];
  tab(): Tab;
  /** Sends a message to all tabs on their BroadcastChannel, as another tab would. */
  say(message: unknown): void;
  stop(): void;
}

/** Opens a simulated browser. @param now gives the time of the browser's machine, in epoch ms. */
export function openBrowser(url: string, now: () => number): Browser {
  const name = randomUUID();
  const jar = new CookieJar();
  const values = new Map<string, string>();
  const shelf = {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
  const requests: string[] = [];
  const tabs: Client[] = [];
  const channel = openChannel(name);
  const fetchAsPage = async (address: string, request: RequestInit): Promise<Response> => {
    requests.push(`${request.method} ${new URL(address).pathname}`);
    const headers = new Headers(request.headers);
    headers.set('Origin', url);
    headers.set('Sec-Fetch-Site', 'same-origin');
    if (request.credentials === 'include') headers.set('Cookie', await jar.getCookieString(address));
    const response = await fetch(address, { ...request, headers });
    for (const cookie of request.credentials === 'include' ? response.headers.getSetCookie() : [])
      await jar.setCookie(cookie, address);
    return response;
  };
  return {
    jar,
    shelf,
    requests,
    tab() {
      const wakes = new Set<() => void>();
      const client = createClient({
        baseUrl: url,
        surroundings: {
          fetch: fetchAsPage,
          shelf,
          channel: openChannel(name),
          now,
          random: Math.random,
          exclusively: (lock, work) => navigator.locks.request(`${name}:${lock}`, work),
          onWake(listener) {
            wakes.add(listener);
            return () => wakes.delete(listener);
          },
          after(ms, work) {
            const timer = setTimeout(work, ms);
            return () => clearTimeout(timer);
          },
        },
      });
      tabs.push(client);
      return { client, wake: () => [...wakes].forEach((listener) => void listener()) };
    },
    say: channel.post,
    stop() {
      channel.close();
      for (const client of tabs) client.stop();
    },
  };
}
