// Reads and writes the cookies that identify a person: our own pair, and the ones Supabase's SSR helpers leave, whole or in chunks.
// Reading never throws: a malformed cookie is no cookie. Nothing is verified here; access.ts does.
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
/** More than a browser sends to one host; longer ones are not read. */
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

/** The tokens in our own pair of cookies. Never throws. */
export function readOwnCookies(header: string | undefined): {
  access: Secret | undefined;
  refresh: Secret | undefined;
} {
  const jar = jarOf(header);
  const tokenIn = (name: string) => (jar.get(name) ? new Secret(jar.get(name) ?? '') : undefined);
  return { access: tokenIn(ACCESS), refresh: tokenIn(REFRESH) };
}

export interface SsrCookies {
  /** The cookie's name, without a chunk's number. */
  readonly name: string;
  /** Every cookie of that name, as they came: one, or its chunks. */
  readonly parts: readonly string[];
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
}

/** The name that Supabase's clients give the cookie of a project at this address by default. */
const nameFor = (supabaseUrl: string): string => `sb-${new URL(supabaseUrl).hostname.split('.')[0]}-auth-token`;

/**
 * The one session that Supabase's SSR helpers left: the project's own, or else the first of another name. A site may reach the
 * project by a domain of its own. It reads one at most, however many there are: each may cost a call elsewhere. Never throws.
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

/** The Set-Cookie values that put this session of Supabase's in their place, as its own helper writes it. */
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

/** The two Set-Cookie values of a fresh session. The refresh cookie never leaves with a request another site began. */
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

/** The Set-Cookie values that end it in the browser. */
export const expiredCookies = (): string[] => [
  serializeCookieHeader(ACCESS, '', { ...BASE, sameSite: 'lax', maxAge: 0 }),
  serializeCookieHeader(REFRESH, '', { ...BASE, sameSite: 'strict', maxAge: 0 }),
];
