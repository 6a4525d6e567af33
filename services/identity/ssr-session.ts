// Renews Supabase's SSR cookies once their access token has expired: the refresh token is exchanged at Supabase's Auth, once, for fresh cookies. The
// caller verifies the renewed token like any other. Supabase's client is not used: it would retry for half a minute, and would print errors that do
// not go through puntual's log.
import { z } from 'zod';
import { Failure } from '../failures.ts';
import { Secret } from '../secret.ts';
import { type SsrCookies, ssrCookies } from './cookies.ts';
import type { SupabaseProject } from './member-client.ts';

export interface RenewedSsr {
  readonly accessToken: Secret;
  /**
   * Set-Cookie values: they set the cookies over which the renewed Supabase session is split, and delete the earlier cookies that it does not need.
   */
  readonly cookies: readonly string[];
}

const TIMEOUT_MS = 5_000;
const sessionShape = z.looseObject({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number() });

/**
 * Returns undefined if there is no refresh token or Supabase refuses it. Throws auth/unavailable if Supabase cannot be reached or is overloaded.
 * @param secure whether puntual's pages are served over https.
 */
export async function renewSsrSession(
  project: SupabaseProject,
  { before, secure, now }: { before: SsrCookies; secure: boolean; now: Date },
): Promise<RenewedSsr | undefined> {
  if (!before.refreshToken) return undefined;
  const answer = await exchange(project, before.refreshToken);
  // When Supabase refuses the refresh token, Supabase's SSR helper would clear the browser's cookies, but puntual leaves the cookies of the Supabase
  // session as they are. The site that set the cookies of the Supabase session decides whether to delete them.
  if (answer === undefined) return undefined;
  const session = { expires_at: Math.floor(now.getTime() / 1000) + answer.expires_in, ...answer };
  return { accessToken: new Secret(answer.access_token), cookies: ssrCookies(before, session, secure) };
}

async function exchange({ url, publishableKey }: SupabaseProject, refreshToken: Secret) {
  try {
    const answer = await fetch(`${url}/auth/v1/token?grant_type=refresh_token`, {
      method: 'POST',
      headers: { apikey: publishableKey, 'Content-Type': 'application/json' },
      body: JSON.stringify({ refresh_token: refreshToken.reveal() }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.ok) return sessionShape.parse(await answer.json());
    if (answer.status >= 500 || answer.status === 429)
      throw new Error(`Expected an answer of Auth, got ${answer.status}.`);
    return undefined;
  } catch (error) {
    throw new Failure('auth/unavailable', 'The sign-in service cannot be asked just now.', { cause: error });
  }
}
