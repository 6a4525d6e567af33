// Knobs for the house rules that clients disagree about: how tokens and cookies live, what is refused and why. Shapes only.
import { z } from 'zod';
import { knob, ms } from './knob-scope.ts';
import { languageShape } from './language.ts';
import { slotChangeShape } from './slot-change-shape.ts';

/** The shapes of these kinds. */
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
    /** Absent: the box's. */
    language: languageShape.optional(),
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
      'called-off',
      'staff-only',
      'not-enabled',
      'not-in-plan',
    ]),
    /** Told with daily-limit. */
    max: z.int().optional(),
  }),
  /** A refusal in the gym's own words: without a state and a key unless they are named. With `effect` the words lie. */
  knob('refuse-in-words', {
    text: z.string().nullable().default('Esta clase es solo para el grupo de competición'),
    field: z.enum(['errorMssg', 'errorMsg', 'error', 'message']).default('errorMssg'),
    state: z.int().optional(),
    key: z.string().optional(),
    effect: z.boolean().default(false),
  }),
  /** What happens to the class as soon as a booking of it is taken: before the answer, or so much later by the gym's clock. */
  knob('change-after-book', { change: slotChangeShape, afterMs: ms.default(0) }),
  /** The box's own words about the day, in the list's `resmsgs`. */
  knob('day-words', { words: z.array(z.unknown()), day: z.string().optional() }),
] as const;
