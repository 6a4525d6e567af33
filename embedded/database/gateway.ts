// Serves the embedded database under the public API of a hosted Supabase project, as far as supabase-js needs it. The gateway checks the API key and
// removes it; unless the request has a member's token, the gateway adds a token of the key's database role. PostgREST, to which the gateway passes
// the request, verifies the request's token. Of Supabase's Auth, the gateway serves only the public keys and the endpoint `user` (auth-user.ts).
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { type JSONWebKeySet, SignJWT } from 'jose';
import type { Secret } from '../../services/secret.ts';
import { listenOnLoopback } from '../port.ts';
import { createUserAnswer, notCarried } from './auth-user.ts';

const ROLE_TOKEN_LIFE = '10y';
const ROWS_TIMEOUT_MS = 6_000;
/** The CORS headers: pages of any origin may call, as at Supabase, because callers send a token and never a cookie. */
const FOR_PAGES = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, OPTIONS',
  'access-control-allow-headers': 'authorization, apikey, content-type, x-client-info, x-supabase-api-version',
} as const;

export interface GatewayOptions {
  /** Gives the port at which PostgREST listens at present; the port may change when PostgREST is started again. */
  readonly postgrestPort: () => number;
  readonly publishableKey: string;
  readonly secretKey: Secret;
  readonly roleKey: Secret;
  readonly signingJwks: JSONWebKeySet;
  readonly port?: number | undefined;
}

export interface Gateway {
  readonly url: string;
  stop(): Promise<void>;
}

const answer = (res: ServerResponse, status: number, body: unknown): void => {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/** A token that PostgREST accepts for a database role; the token is valid for ten years. */
export const roleToken = (role: string, key: Secret): Promise<string> =>
  new SignJWT({ role, iss: 'supabase' })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'role' })
    .setIssuedAt()
    .setExpirationTime(ROLE_TOKEN_LIFE)
    .sign(Buffer.from(key.reveal(), 'base64url'));

/** Starts the gateway on loopback. Throws `stack/port-taken`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const tokens = new Map([
    [options.publishableKey, await roleToken('anon', options.roleKey)],
    [options.secretKey.reveal(), await roleToken('service_role', options.roleKey)],
  ]);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  const forward = (req: IncomingMessage, res: ServerResponse, path: string): void => {
    const apikey = req.headers['apikey'];
    const role = tokens.get(String(apikey));
    if (!role) {
      answer(res, 401, { message: 'Invalid API key', hint: 'Double check the API key of this stack.' });
      return;
    }
    const bearer = req.headers.authorization?.replace(/^Bearer /i, '');
    // When no member is signed in, supabase-js sends the API key as the bearer token, too.
    const authorization = `Bearer ${!bearer || bearer === apikey ? role : bearer}`;
    const headers: IncomingHttpHeaders = { ...req.headers, authorization };
    delete headers['apikey'];
    const target = { host: '127.0.0.1', port: options.postgrestPort(), method: req.method, path, headers, agent };
    const onward = request(target, (reply) => {
      res.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(res);
    });
    onward.on('error', (err) => {
      if (res.headersSent) res.destroy();
      else answer(res, 503, { message: `The database's interface is not reachable: ${err.message}` });
    });
    res.on('close', () => onward.destroy());
    req.pipe(onward);
  };

  const rows = async (path: string, token: string): Promise<unknown> => {
    const asked = { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(ROWS_TIMEOUT_MS) };
    const reply = await fetch(`http://127.0.0.1:${options.postgrestPort()}${path}`, asked);
    return reply.ok ? reply.json() : undefined;
  };
  const userOf = createUserAnswer({ signingJwks: options.signingJwks, rows });
  const answerAuth = async (req: IncomingMessage, res: ServerResponse, path: string): Promise<void> => {
    for (const [name, value] of Object.entries(FOR_PAGES)) res.setHeader(name, value);
    if (req.method === 'OPTIONS') return void res.writeHead(204).end();
    if (path === '/auth/v1/.well-known/jwks.json') return answer(res, 200, options.signingJwks);
    if (path !== '/auth/v1/user' || req.method !== 'GET') {
      const { status, body } = notCarried(req.method ?? 'GET', path);
      return answer(res, status, body);
    }
    if (!tokens.has(String(req.headers['apikey']))) return answer(res, 401, { message: 'Invalid API key' });
    const token = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
    try {
      const { status, body } = await userOf(token);
      answer(res, status, body);
    } catch {
      answer(res, 503, { code: 503, error_code: 'unavailable', msg: 'The database cannot be reached just now.' });
    }
  };

  const server = createServer((req, res) => {
    const path = req.url ?? '/';
    if (path.startsWith('/rest/v1')) forward(req, res, path.slice('/rest/v1'.length).replace(/^(?!\/)/, '/'));
    else if (path.startsWith('/auth/v1/')) void answerAuth(req, res, path.split('?')[0] ?? path);
    else answer(res, 404, { message: 'Not part of the embedded stack.' });
  });
  const port = await listenOnLoopback(server, 'the gateway', options.port);
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      agent.destroy();
    });
  return { url: `http://127.0.0.1:${port}`, stop };
}
