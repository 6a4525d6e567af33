// What happens to a member's automatic sign-ins at the pretend gym. Some sign-ins fail without a word about the password; after that all sign-ins
// succeed, or all are refused in one of the ways in which a gym refuses.
import type { KnobInput } from '../../../simulator/knob-shapes.ts';
import { pickBy } from '../staging/draw.ts';

export interface Fate {
  readonly name: string;
  /**
   * The settings of the pretend gym that make a member's sign-ins fail; the campaign adds which member. The knobs are set in the order of the array.
   * Of several knobs of one kind that match a call, the one set last applies.
   */
  readonly knobs: readonly KnobInput[];
  /** How many sign-ins come before the first one that the gym refuses; undefined when none is refused. */
  readonly refusesAt: number | undefined;
}

type Drawn = readonly [name: string, knob: KnobInput];
const op = 'login';
const locked = 'Has introducido mal la contraseña demasiadas veces';
/** The ways in which the gym refuses a member's sign-ins for good. */
const REFUSALS: readonly Drawn[] = [
  ['wrong, 401', { kind: 'login-error', op, key: 'LOGIN_ERROR_LOGIN' }],
  ['wrong, 200', { kind: 'answer', op, body: { error: { message: 'LOGIN_ERROR_LOGIN' } } }],
  ['wrong, not OK', { kind: 'answer', op, body: { data: { auth: { authOK: false, info: 'LOGIN_ERROR_LOGIN' } } } }],
  ['locked', { kind: 'answer', op, body: { error: { message: locked } } }],
  [
    'locked, not OK',
    { kind: 'answer', op, body: { data: { auth: { authOK: false, info: 'too many wrong attempts' } } } },
  ],
  ['locked, a text', { kind: 'answer', op, body: { error: locked } }],
];
/** The ways in which a member's sign-ins fail for a while, without a refusal. */
const TROUBLES: readonly Drawn[] = [
  ['reset before', { kind: 'lose', op, when: 'before', how: 'reset' }],
  ['reset after', { kind: 'lose', op, when: 'after', how: 'reset' }],
  ['closed', { kind: 'lose', op, when: 'after', how: 'fin' }],
  ['truncated', { kind: 'lose', op, when: 'after', how: 'truncated' }],
  ['empty', { kind: 'lose', op, when: 'after', how: 'empty' }],
  ['a page', { kind: 'lose', op, when: 'after', how: 'html' }],
  ['garbage', { kind: 'lose', op, when: 'before', how: 'garbage' }],
  ['502', { kind: 'status', op, code: 502 }],
  ['403', { kind: 'status', op, code: 403 }],
  ['429', { kind: 'status', op, code: 429 }],
  ['malformed', { kind: 'login-error', op, key: 'LOGIN_ERROR_MALFORMED_BODY' }],
  ['no cookie', { kind: 'set-cookie', op, variant: 'none' }],
];

/** @param random gives at each call a number from 0 to below 1, drawn from a seed. */
export function drawFate(random: () => number): Fate {
  const pick = pickBy(random);
  const troubled = Math.floor(random() * 3);
  const [trouble, knob] = pick(TROUBLES);
  const before: KnobInput[] = troubled > 0 ? [{ ...knob, times: troubled }] : [];
  const words = troubled > 0 ? `${troubled} × ${trouble}, then ` : '';
  if (random() < 0.4) return { name: `${words}fine`, knobs: before, refusesAt: undefined };
  const [refusal, shape] = pick(REFUSALS);
  // Of two knobs of one kind, the one set last applies first, to as many sign-ins as its `times` says. The knob in `before` is set last, because its
  // failures come before the refusals of `shape`.
  return { name: `${words}${refusal}`, knobs: [shape, ...before], refusesAt: troubled };
}
