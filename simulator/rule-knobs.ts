// Knobs for the house rules that clients disagree about: how tokens and cookies live, who is refused and why. Shapes only.
import { z } from 'zod';
import { knob, ms } from './knob-scope.ts';

export const ruleKnobs = [
  knob('rotation', {
    mode: z.enum(['strict', 'grace', 'lax', 'one-per-fingerprint']),
    graceMs: ms.default(10_000),
    onStale: z.enum(['refuse', 'kill']).default('refuse'),
  }),
  /** What tokenUpdate does to the cookies: none are re-issued, or new ones come and the old live on or die at once. */
  knob('reissue', {
    mode: z.enum(['none', 'keep', 'kill']),
    /** The login cookie, amhrdrauth. */
    auth: z.boolean().default(true),
    /** The page's cookie, PHPSESSID. */
    session: z.boolean().default(false),
  }),
  knob('session-life', { lifeMs: ms }),
  knob('token-without-cookie', {}),
  /** A box's host answers logout to everything until the session has been there. */
  knob('warm-up', { by: z.enum(['setrefresh', 'schedule', 'either']).default('either') }),
  knob('login-failure', { shape: z.enum(['error-200', 'error-401', 'auth-not-ok']) }),
  /** Refuses every login, a right password too, with this key; no wrong password is counted. */
  knob('login-error', { key: z.string().regex(/^LOGIN_ERROR_/, 'Expected a key LOGIN_ERROR_…') }),
  /** How far the login cookie reaches: `none` leaves Domain out, so that it is for the login host alone. */
  knob('login-cookie', { domain: z.string() }),
  knob('lockout', { after: z.int().positive() }),
  knob('early-code', {
    code: z.union([z.literal(-12), z.literal(-4)]),
    language: z.enum(['es', 'ca', 'en']).default('es'),
  }),
  knob('opening-skew', { skewMs: z.number() }),
  knob('same-hour', { on: z.boolean() }),
  knob('refuse', {
    reason: z.enum([
      'full',
      'no-credit',
      'unpaid',
      'too-late',
      'daily-limit',
      'booking-limit',
      'quota',
      'same-hour',
      'too-early',
    ]),
  }),
] as const;
