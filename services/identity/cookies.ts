// Reads and writes the cookies that say who somebody is: our own pair, and the ones Supabase's SSR helpers leave, whole or in chunks.
// Reading never throws: a malformed cookie is no cookie. Nothing is verified here; access.ts does.
import { combineChunks, parseCookieHeader, serializeCookieHeader, stringFromBase64URL } from '@supabase/ssr';
import { z } from 'zod';
import { Secret } from '../secret.ts';

const ACCESS = '__Host-puntual';
const REFRESH = '__Host-puntual-refresh';
/** More than a browser sends to one host; what is longer is not read. */
const LONGEST_HEADER = 16 * 1024;
const SSR_NAME = /^(sb-.+-auth-token)(?:\.\d+)?$/;
const SSR_BASE64 = 'base64-';

export interface CookieTokens {
  /** Access tokens worth trying, ours first. */
  readonly access: readonly Secret[];
  readonly refresh: Secret | undefined;
  /** Names of Supabase's cookies that hold a refresh token, too. */
  readonly renewable: readonly string[];
}

type Jar = ReadonlyMap<string, string>;

/** Every token a Cookie header holds. Never throws. */
export async function readCookieTokens(header: string | undefined): Promise<CookieTokens> {
  const jar = jarOf(header);
  const own = jar.get(ACCESS);
  const refresh = jar.get(REFRESH);
  const names = new Set([...jar.keys()].flatMap((name) => SSR_NAME.exec(name)?.[1] ?? []));
  const ssr = await Promise.all([...names].map(async (name) => ({ name, session: await ssrSession(jar, name) })));
  return {
    access: [own, ...ssr.map(({ session }) => session?.access_token)]
      .filter((text) => text !== undefined && text !== '')
      .map((text) => new Secret(text as string)),
    refresh: refresh ? new Secret(refresh) : undefined,
    renewable: ssr.filter(({ session }) => session?.refresh_token).map(({ name }) => name),
  };
}

function jarOf(header: string | undefined): Jar {
  if (!header || header.length > LONGEST_HEADER) return new Map();
  try {
    return new Map(parseCookieHeader(header).map(({ name, value }) => [name, value ?? '']));
  } catch {
    return new Map();
  }
}

const ssrShape = z.object({ access_token: z.string(), refresh_token: z.string().optional() });

async function ssrSession(jar: Jar, name: string): Promise<z.infer<typeof ssrShape> | undefined> {
  try {
    const text = await combineChunks(name, (chunk) => jar.get(chunk));
    if (text === null) return undefined;
    const json = text.startsWith(SSR_BASE64) ? stringFromBase64URL(text.slice(SSR_BASE64.length)) : text;
    return ssrShape.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
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
