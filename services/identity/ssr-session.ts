// Supabase's SSR cookies whose access token has run out: exchanged for fresh ones by Supabase's own helper, to be set back.
// It believes nothing: the token it answers is verified like any other.
import { createServerClient, parseCookieHeader, serializeCookieHeader } from '@supabase/ssr';
import { Failure } from '../failures.ts';
import { Secret } from '../secret.ts';
import type { SupabaseProject } from './member-client.ts';

export interface RenewedSsr {
  readonly accessToken: Secret;
  /** Set-Cookie values: the new chunks, and the ends of chunks no longer needed. */
  readonly cookies: readonly string[];
}

const PATIENCE_MS = 5_000;

/**
 * @param name of the cookie, without a chunk's number. @param secure whether our pages are served over https.
 * undefined: Supabase no longer takes the refresh token. Throws auth/unavailable when it cannot be asked.
 */
export async function renewSsrSession(
  project: SupabaseProject,
  { header, name, secure }: { header: string; name: string; secure: boolean },
): Promise<RenewedSsr | undefined> {
  const cookies: string[] = [];
  const client = createServerClient(project.url, project.publishableKey, {
    cookieOptions: { name, secure },
    cookies: {
      getAll: () => parseCookieHeader(header).map((one) => ({ name: one.name, value: one.value ?? '' })),
      setAll: (all) => {
        for (const one of all) cookies.push(serializeCookieHeader(one.name, one.value, one.options));
      },
    },
    global: { fetch: fetchOnce },
  });
  const { data, error } = await client.auth.getSession();
  if (error?.status === AWAY)
    throw new Failure('auth/unavailable', 'The sign-in service cannot be asked just now.', { cause: error });
  // When it refuses, the helper would clear the browser's cookies. A page of that site will, when it finds out; an API does not.
  if (!data.session) return undefined;
  return { accessToken: new Secret(data.session.access_token), cookies };
}

/** 424, failed dependency. auth-js goes on asking for half a minute after a 5xx or no answer; whoever waits for ours does not. */
const AWAY = 424;

async function fetchOnce(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const failed = () => Response.json({ message: 'no answer' }, { status: AWAY });
  try {
    const answer = await fetch(input, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.status >= 500 ? failed() : answer;
  } catch {
    return failed();
  }
}
