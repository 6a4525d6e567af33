// The vocabulary of faults and house rules that can be turned on while the pretend gym runs, one shape per kind.
// It applies nothing: knobs.ts picks the one that matches, exchange.ts and the routes obey it.
import { z } from 'zod';

export const OPERATIONS = [
  'login',
  'tokenUpdate',
  'whoami',
  'setrefresh',
  'bookings',
  'book',
  'cancelBook',
  'nextBookings',
  'schedule',
] as const;
export type Operation = (typeof OPERATIONS)[number];
const operation = z.enum(OPERATIONS);

/** Whom and how often. Everything absent means: always, for everyone. The newest knob that matches wins. */
const scope = {
  member: z.union([z.string(), z.int()]).optional(),
  box: z.string().optional(),
  op: z.union([operation, z.array(operation)]).optional(),
  fingerprint: z.string().optional(),
  /** Gone after so many uses; absent: stays. */
  times: z.int().positive().optional(),
  /** Lets the first n matching calls pass. */
  skip: z.int().nonnegative().optional(),
  /** Strikes a share of the matching calls, drawn from the seed. */
  probability: z.number().min(0).max(1).optional(),
};
const ms = z.number().nonnegative();
const knob = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...scope, ...shape });

/** Ways for an answer to get lost or spoilt. */
export const LOSSES = [
  'reset',
  'fin',
  'truncated',
  'empty',
  'html',
  'bad-gateway',
  'garbage',
  'trickle',
  'hang',
] as const;
const how = z.enum(LOSSES);
export type Loss = (typeof LOSSES)[number];

const faultShapes = [
  knob('slow', { beforeMs: ms.default(0), afterMs: ms.default(0), jitterMs: ms.default(0) }),
  knob('gate', { when: z.enum(['before', 'after']), name: z.string().default('gate') }),
  knob('lose', { when: z.enum(['before', 'after']), how }),
  knob('late-effect', { afterMs: ms, how: how.default('reset') }),
  knob('status', {
    code: z.int().min(200).max(599),
    page: z.enum(['html', 'json', 'empty']).default('html'),
    retryAfter: z.union([z.string(), z.number()]).optional(),
  }),
  knob('geo-block', {}),
  knob('logout', { spelling: z.union([z.number(), z.string(), z.boolean(), z.null()]).default(1) }),
  knob('token', { shape: z.enum(['same', 'malformed', 'expired', 'huge']) }),
  knob('set-cookie', {
    variant: z.enum(['awsalb', 'expires-commas', 'quotes', 'delete-auth', 'duplicates', 'sixty', 'none', 'lines']),
    lines: z.array(z.string()).default([]),
  }),
  knob('headers', { set: z.record(z.string(), z.string()) }),
  knob('answer', { body: z.unknown(), effect: z.boolean().default(false) }),
  knob('book-state', { value: z.unknown(), effect: z.boolean().default(false) }),
  knob('list-lag', { lagMs: ms }),
  knob('date-offset', { offsetMs: z.number() }),
] as const;

const ruleShapes = [
  knob('rotation', {
    mode: z.enum(['strict', 'grace', 'lax', 'one-per-fingerprint']),
    graceMs: ms.default(10_000),
    onStale: z.enum(['refuse', 'kill']).default('refuse'),
  }),
  knob('session-life', { lifeMs: ms }),
  knob('token-without-cookie', {}),
  knob('login-failure', { shape: z.enum(['error-200', 'error-401', 'auth-not-ok']) }),
  knob('lockout', { after: z.int().positive() }),
  knob('early-code', {
    code: z.union([z.literal(-12), z.literal(-4)]),
    language: z.enum(['es', 'ca', 'en']).default('es'),
  }),
  knob('opening-skew', { skewMs: z.number() }),
  knob('same-hour', { on: z.boolean() }),
  knob('id-as', { as: z.enum(['number', 'string']) }),
  knob('limit-as', { as: z.enum(['number', 'string', 'text']) }),
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

export const knobShape = z.discriminatedUnion('kind', [...faultShapes, ...ruleShapes]);
export type Knob = z.infer<typeof knobShape>;
export type KnobInput = z.input<typeof knobShape>;
export type KnobKind = Knob['kind'];
export type KnobOf<K extends KnobKind> = Extract<Knob, { kind: K }>;
