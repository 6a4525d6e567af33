// A stand-in for Supabase's Auth on a real socket: it signs in, renews sessions (with each refresh token once) and names a token's user. Requests to
// every other path go to the embedded gateway, so that the stand-in's address serves a whole Supabase project.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cloud } from '../support/cloud.ts';
import { supabaseToken } from './supabase-token.ts';

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}
export interface AuthServer {
  readonly url: string;
  readonly asked: string[];
  /** Makes the stand-in answer every later request with `status`; with undefined, it answers normally again. */
  breakDown(status: number | undefined): void;
  /** Opens a Supabase session and returns it in the form in which Supabase's Auth does; the session's access token expires after `lifeS` seconds. */
  open(person: Person, lifeS?: number): Promise<TheirSession>;
  stop(): Promise<void>;
}
export interface TheirSession {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly expires_at: number;
  readonly token_type: 'bearer';
  readonly user: object;
}

export async function startAuthServer(cloud: Cloud, people: readonly Person[]): Promise<AuthServer> {
  const asked: string[] = [];
  const live = new Map<string, Person>();
  let broken: number | undefined;
  const userOf = ({ id, email }: Person) => ({
    id,
    email,
    aud: 'authenticated',
    role: 'authenticated',
    app_metadata: {},
    user_metadata: {},
  });
  const open = async (person: Person, lifeS = 3600): Promise<TheirSession> => {
    const refresh_token = randomUUID();
    live.set(refresh_token, person);
    const access_token = await supabaseToken(cloud, {
      sub: person.id,
      email: person.email,
      sessionId: randomUUID(),
      lifeS,
    });
    const expires_at = Math.floor(Date.now() / 1000) + lifeS;
    return { access_token, refresh_token, expires_in: lifeS, expires_at, token_type: 'bearer', user: userOf(person) };
  };
  const answer = async (path: string, body: Record<string, string>, bearer: string): Promise<[number, unknown]> => {
    if (broken !== undefined) return [broken, { message: 'broken' }];
    if (path.includes('grant_type=password')) {
      const person = people.find((one) => one.email === body['email'] && one.password === body['password']);
      return person
        ? [200, await open(person)]
        : [400, { error_code: 'invalid_credentials', msg: 'Invalid login credentials' }];
    }
    if (path.includes('grant_type=refresh_token')) {
      const person = live.get(body['refresh_token'] ?? '');
      live.delete(body['refresh_token'] ?? '');
      return person
        ? [200, await open(person)]
        : [400, { error_code: 'refresh_token_not_found', msg: 'Invalid Refresh Token' }];
    }
    if (path === '/auth/v1/user') {
      const { sub } = JSON.parse(Buffer.from(bearer.split('.')[1] ?? '', 'base64url').toString() || '{}');
      const person = people.find((one) => one.id === sub);
      return person ? [200, userOf(person)] : [401, { msg: 'nobody' }];
    }
    return [404, { msg: 'not here' }];
  };
  const server = createServer(async (req, res) => {
    const path = req.url ?? '';
    const body = await textOf(req);
    if (!path.startsWith('/auth/v1/') || path.endsWith('/jwks.json')) {
      const headers = Object.entries(req.headers).flatMap(([name, value]) =>
        typeof value === 'string' && !/^(host|connection|content-length|transfer-encoding)$/.test(name)
          ? [[name, value] as [string, string]]
          : [],
      );
      const onward = await fetch(`${cloud.supabaseUrl}${path}`, {
        method: req.method ?? 'GET',
        headers,
        ...(body !== '' && { body }),
      });
      res.writeHead(onward.status, { 'content-type': onward.headers.get('content-type') ?? 'text/plain' });
      return res.end(await onward.text());
    }
    asked.push(path);
    const [status, json] = await answer(path, body === '' ? {} : JSON.parse(body), req.headers.authorization ?? '');
    return res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const breakDown = (status: number | undefined) => {
    broken = status;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, breakDown, open, stop };
}

async function textOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
