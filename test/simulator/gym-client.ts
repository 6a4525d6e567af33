// The smallest correct client of the gym's pages, for the pretend gym's own tests: it reads text, then parses it, and keeps cookies by name. The
// service's own client of the gym shares no code with this client.
import net from 'node:net';
import type { Simulator } from '../../simulator/simulator.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests compare answers field by field, odd answers too.
  json: any;
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Sends one request on a connection of its own: gives every byte of the answer until the gym closes the connection, and the error if the connection
 * broke.
 */
export function bareCall(sim: Simulator, request: string): Promise<{ text: string; code: string | undefined }> {
  return new Promise((resolve) => {
    const { port, hostname } = new URL(sim.url);
    const socket = net.connect(Number(port), hostname);
    let [text, code]: [string, string | undefined] = ['', undefined];
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    socket.on('close', () => resolve({ text, code }));
    socket.write(request);
  });
}

/** Gives the bytes of a form sent by POST, for a connection that stays open. */
export function formBytes(path: string, cookie: string, form: Record<string, string>): string {
  const body = new URLSearchParams(form).toString();
  const head = ['host: x', `cookie: ${cookie}`, 'content-type: application/x-www-form-urlencoded'];
  return `POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

export const cookiesOf = (answer: Answer): Record<string, string> =>
  Object.fromEntries(answer.headers.getSetCookie().map((line) => (line.split(';')[0] ?? '').split(/=(.*)/s, 2)));

export const tryLogin = (sim: Simulator, username: string, password: string, fingerprint = 'fp-1') =>
  request(`${sim.loginUrl}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password, fingerprint, iniframe: 0 }),
  });

/** Logs in, and gives functions that call the gym with the session of that login. */
export async function signIn(sim: Simulator, username = 'ana@example.test', fingerprint = 'fp-1') {
  const login = await tryLogin(sim, username, 'right', fingerprint);
  const cookies = login.headers.getSetCookie().map((line) => line.split(';')[0]);
  const headers = { cookie: cookies.join('; '), 'content-type': 'application/x-www-form-urlencoded' };
  const box = sim.boxUrlTemplate.replace('{box}', 'demo');
  const get = (url: string) => request(url, { headers });
  const post = (url: string, form: Record<string, string | number>) => {
    const body = new URLSearchParams(
      Object.entries(form).map(([key, value]): [string, string] => [key, String(value)]),
    );
    return request(url, { method: 'POST', headers, body: body.toString() });
  };
  return {
    login,
    cookie: headers.cookie,
    token: login.json.data.auth.refreshToken as string,
    renew: (token: string, fp = fingerprint) =>
      post(`${sim.mainUrl}/api/tokenUpdate`, { token, ciclo: 1, fingerprint: fp }),
    whoami: () => get(`${sim.mainUrl}/api/whoami`),
    list: (day: string) => get(`${box}/api/bookings?day=${day}&box=77&familyId=`),
    book: (day: string, id: number, more: Record<string, string | number> = {}) =>
      post(`${box}/api/book`, { id, day, insist: 0, familyId: '', ...more }),
    cancel: (id: number, late = 0) => post(`${box}/api/cancelBook`, { id, late, familyId: '' }),
    schedule: () => get(`${box}/schedule`),
    coach: (day: string) => get(`${box}/api/coachBookings?day=${day}&familyId=`),
    next: () => get(`${box}/api/nextBookings`),
  };
}
