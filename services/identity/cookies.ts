// Reads and writes the cookies that identify a person: puntual's own pair (access and refresh token), and the cookies that Supabase's SSR helpers
// set, whole or in chunks. Reading a Cookie header never throws: a malformed cookie counts as absent. This file verifies no token; access.ts does.
import {
  combineChunks,
  createChunks,
  DEFAULT_COOKIE_OPTIONS,
  parseCookieHeader,
  serializeCookieHeader,
  stringFromBase64URL,
  stringToBase64URL,
} from '@supabase/ssr';
import { z } from 'zod';
import { Secret } from '../secret.ts';

const ACCESS = '__Host-puntual';
const REFRESH = '__Host-puntual-refresh';
/** A cookie header with more characters than this is not read; a browser sends fewer to one host. */
const MAX_HEADER = 16 * 1024;
const SSR_NAME = /^(sb-.+-auth-token)(?:\.\d+)?$/;
const SSR_BASE64 = 'base64-';

type Jar = ReadonlyMap<string, string>;

function jarOf(header: string | undefined): Jar {
  if (!header || header.length > MAX_HEADER) return new Map();
  try {
    return new Map(parseCookieHeader(header).map(({ name, value }) => [name, value ?? '']));
  } catch {
    return new Map();
  }
}

/** The tokens in puntual's own pair of cookies. `readOwnCookies` never throws. */
export function readOwnCookies(header: string | undefined): {
  access: Secret | undefined;
  refresh: Secret | undefined;
} {
  const jar = jarOf(header);
  const tokenIn = (name: string) => (jar.get(name) ? new Secret(jar.get(name) ?? '') : undefined);
  return { access: tokenIn(ACCESS), refresh: tokenIn(REFRESH) };
}

export interface SsrCookies {
  /** The cookie's name, without the number of a chunk. */
  readonly name: string;
  /** The names of the cookies that hold the Supabase session: one cookie, or its numbered chunks. */
  readonly parts: readonly string[];
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
}

/** The name that Supabase's clients by default give to the cookie of the project at `supabaseUrl`. */
const nameFor = (supabaseUrl: string): string => `sb-${new URL(supabaseUrl).hostname.split('.')[0]}-auth-token`;

/**
 * The session that Supabase's SSR helpers left in the cookies: the session under the project's cookie name, or else the first session under another
 * name. Supabase's cookie has another name where a site reaches the Supabase project by a custom domain of the project. If the cookies hold several
 * Supabase sessions, only one is read, because verifying a session may cost a call to Supabase. `readSsrCookies` never throws.
 */
export async function readSsrCookies(header: string | undefined, supabaseUrl: string): Promise<SsrCookies | undefined> {
  const jar = jarOf(header);
  const ours = nameFor(supabaseUrl);
  const names = new Set([...jar.keys()].flatMap((name) => SSR_NAME.exec(name)?.[1] ?? []));
  const first = names.has(ours) ? ours : [...names][0];
  return first === undefined ? undefined : ssrSession(jar, first);
}

const jwt = z.string().regex(/^[\w-]+\.[\w-]+\.[\w-]+$/);
const ssrShape = z.object({ access_token: jwt, refresh_token: z.string().optional() });

async function ssrSession(jar: Jar, name: string): Promise<SsrCookies | undefined> {
  try {
    const text = await combineChunks(name, (chunk) => jar.get(chunk));
    if (text === null) return undefined;
    const json = text.startsWith(SSR_BASE64) ? stringFromBase64URL(text.slice(SSR_BASE64.length)) : text;
    const { access_token, refresh_token } = ssrShape.parse(JSON.parse(json));
    return {
      name,
      parts: [...jar.keys()].filter((key) => SSR_NAME.exec(key)?.[1] === name),
      accessToken: new Secret(access_token),
      refreshToken: refresh_token ? new Secret(refresh_token) : undefined,
    };
  } catch {
    return undefined;
  }
}

/** The Set-Cookie values that put the Supabase session `session` in place of the session in `before`, as Supabase's SSR helper would write them. */
export function ssrCookies(before: SsrCookies, session: object, secure: boolean): string[] {
  const options = { ...DEFAULT_COOKIE_OPTIONS, secure };
  const chunks = createChunks(before.name, SSR_BASE64 + stringToBase64URL(JSON.stringify(session)));
  const gone = before.parts.filter((part) => !chunks.some(({ name }) => name === part));
  return [
    ...gone.map((name) => serializeCookieHeader(name, '', { ...options, maxAge: 0 })),
    ...chunks.map(({ name, value }) => serializeCookieHeader(name, value, options)),
  ];
}

const BASE = { path: '/', httpOnly: true, secure: true } as const;
const REFRESH_LIFE_S = 30 * 24 * 60 * 60;

/** The two Set-Cookie values of a fresh puntual session. A browser never sends the refresh cookie with a request that another site began. */
export const sessionCookies = (tokens: {
  accessToken: Secret;
  refreshToken: Secret;
  accessLifeMs: number;
}): string[] => [
  serializeCookieHeader(ACCESS, tokens.accessToken.reveal(), {
    ...BASE,
    sameSite: 'lax',
    maxAge: Math.floor(tokens.accessLifeMs / 1000),
  }),
  serializeCookieHeader(REFRESH, tokens.refreshToken.reveal(), { ...BASE, sameSite: 'strict', maxAge: REFRESH_LIFE_S }),
];

/** The Set-Cookie values that delete puntual's own two cookies in the browser. */
export const expiredCookies = (): string[] => [
  serializeCookieHeader(ACCESS, '', { ...BASE, sameSite: 'lax', maxAge: 0 }),
  serializeCookieHeader(REFRESH, '', { ...BASE, sameSite: 'strict', maxAge: 0 }),
];
