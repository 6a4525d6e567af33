// Parts for the gym tests: a session's key, a box, puntual's gym client, and a server with answers of the test's choice. No test is in this file.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAimharder } from '../../services/gym/aimharder/client.ts';
import { emptyJar, mergeCookies } from '../../services/gym/aimharder/cookies.ts';
import { type AimharderAddresses, createHosts } from '../../services/gym/aimharder/hosts.ts';
import type { Gym, GymKey, RawAnswer } from '../../services/gym/gym.ts';
import { createHttp } from '../../services/http.ts';
import { Secret } from '../../services/secret.ts';

export const NOW = new Date('2026-11-20T10:00:00Z');
export const BOX = { slug: 'crossfit-norte', platformBoxId: '77' };
export const LIVE: AimharderAddresses = {
  loginUrl: 'https://login.aimharder.com',
  mainUrl: 'https://aimharder.com',
  boxUrlTemplate: 'https://{box}.aimharder.com',
};
export const LOGIN = new URL('https://login.aimharder.com/api/login');
export const AUTH_LINE =
  'amhrdrauth=auth%7Cvalue; Domain=.aimharder.com; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT; HttpOnly';

const HEX = 'abcdef0123456789abcdef0123456789';
/** Gives a token that expires `days` days after NOW. */
export const tokenFor = (userId: number, days = 90, hex = HEX): string =>
  `${userId}|${Math.floor(NOW.getTime() / 1000) + days * 86_400}|${hex}`;

export function keyWith(lines: readonly string[] = [AUTH_LINE], token = tokenFor(12), url = LOGIN): GymKey {
  const { jar } = mergeCookies(emptyJar(), lines, url, NOW);
  return { token: new Secret(token), cookies: jar, fingerprint: 'fp-1' };
}

/**
 * Gives puntual's gym client and what this client reported; the client's waits before a retry take no time, and their lengths are recorded. `close`
 * ends the connections of puntual's gym client.
 */
export function gymAt(addresses: AimharderAddresses, now: () => Date = () => NOW) {
  const hosts = createHosts(addresses);
  const http = createHttp({ allow: [hosts.owns] });
  const sleeps: number[] = [];
  const told: string[] = [];
  let elapsedMs = 0;
  const clock = {
    now,
    monotonicMs: () => elapsedMs,
    sleep: async (ms: number) => {
      sleeps.push(ms);
      elapsedMs += ms;
    },
  };
  const gym: Gym = createAimharder({ hosts, http, clock, random: () => 0.5, tell: (oddity) => told.push(oddity) });
  return { gym, sleeps, told, close: () => http.close() };
}

export const raw = (body: unknown, more: Partial<RawAnswer> = {}): RawAnswer => ({
  status: 200,
  setCookie: [],
  retryAfter: undefined,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
});

/** Answers one request; undefined closes the connection without an answer. */
export type Reply = (request: Request) => Response | undefined;

/**
 * Opens, on a real socket, a gym that gives the answers that the test has set. Each address has its reply; a request to any other address gets no
 * answer and is recorded in `strays`.
 */
export async function openOddGym() {
  const replies = new Map<string, Reply>();
  const strays: string[] = [];
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = await readRequest(origin, incoming);
    const { pathname } = new URL(request.url);
    const reply = replies.get(pathname);
    if (!reply) strays.push(pathname);
    const response = reply?.(request);
    if (response) await writeResponse(outgoing, response);
    else incoming.socket.destroy();
  }
  return {
    origin,
    strays,
    on: (url: string, reply: Reply) => replies.set(new URL(url).pathname, reply),
    reset: () => replies.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

async function readRequest(origin: string, incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = 'GET', url = '/', headers } = incoming;
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const body = method === 'GET' || method === 'HEAD' ? undefined : Buffer.concat(chunks);
  return new Request(`${origin}${url}`, { method, headers: pairs, ...(body && { body }) });
}

async function writeResponse(outgoing: ServerResponse, response: Response): Promise<void> {
  // The server adds no Date header: an answer has only the headers that the test gives.
  outgoing.sendDate = false;
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  outgoing.writeHead(response.status).end(Buffer.from(await response.arrayBuffer()));
}
