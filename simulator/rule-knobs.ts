// Shapes of the knobs for rules of the gym: what becomes of tokens and cookies, what is refused and why. Public clients (published programs of
// others) disagree about these rules.
import { z } from 'zod';
import { knob, ms } from './knob-scope.ts';
import { languageShape } from './language.ts';
import { slotChangeShape } from './slot-change-shape.ts';

/** The shapes of the knobs for the gym's rules. */
export const ruleKnobs = [
  knob('rotation', {
    mode: z.enum(['strict', 'grace', 'lax', 'one-per-fingerprint']),
    graceMs: ms.default(10_000),
    onStale: z.enum(['refuse', 'kill']).default('refuse'),
  }),
  /**
   * What tokenUpdate (the gym's call that renews a token) does to the session's two cookies. Mode `none` of the knob sets no new cookie values,
   * `keep` sets new ones while the old ones live on, and `kill` sets new ones and lets the old ones die.
   */
  knob('reissue', {
    mode: z.enum(['none', 'keep', 'kill']),
    /** Whether tokenUpdate (the call that renews a token) gives the login cookie amhrdrauth a new value. */
    auth: z.boolean().default(true),
    /** Whether tokenUpdate (the call that renews a token) gives PHPSESSID, the cookie of the gym's pages, a new value. */
    session: z.boolean().default(false),
  }),
  knob('session-life', { lifeMs: ms }),
  knob('token-without-cookie', {}),
  /** A box's host answers with `logout` to every call of a session that has not opened the page that `by` names. */
  knob('warm-up', { by: z.enum(['setrefresh', 'schedule', 'either']).default('either') }),
  knob('login-failure', { shape: z.enum(['error-200', 'error-401', 'auth-not-ok']) }),
  /** Refuses every login, even one with the right password, with the error `key`; no wrong password is counted. */
  knob('login-error', { key: z.string().regex(/^LOGIN_ERROR_/, 'Expected a key LOGIN_ERROR_…') }),
  /** The Domain of the login cookie; `none` leaves Domain out, so that the cookie is for the login host alone. */
  knob('login-cookie', { domain: z.string() }),
  knob('lockout', { after: z.int().positive() }),
  knob('early-code', {
    code: z.union([z.literal(-12), z.literal(-4)]),
    /** The language of the text with which a booking is refused as too early; without this field the box's language is used. */
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
    /** The daily limit of bookings that a `daily-limit` refusal names; by default the limit in the member's plan, or 1 if the plan has none. */
    max: z.int().optional(),
  }),
  /**
   * Refuses a booking in words of the gym's own. The answer has a `bookState` only if the knob's field `state` gives one, and a message key
   * (`errorMssgLang`) only if the field `key` gives one. With `effect: true` the booking is made although the answer refuses it.
   */
  knob('refuse-in-words', {
    text: z.string().nullable().default('Esta clase es solo para el grupo de competición'),
    field: z.enum(['errorMssg', 'errorMsg', 'error', 'message']).default('errorMssg'),
    state: z.int().optional(),
    key: z.string().optional(),
    effect: z.boolean().default(false),
  }),
  /** How a class changes once a booking of the class is made; the change comes before the answer, or `afterMs` later by the gym's clock. */
  knob('change-after-book', { change: slotChangeShape, afterMs: ms.default(0) }),
  /** Texts of the box about the day `day`, or about every day if `day` is absent, for the field `resmsgs` of a day's list. */
  knob('day-words', { words: z.array(z.unknown()), day: z.string().optional() }),
] as const;
