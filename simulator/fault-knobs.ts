// Shapes of the knobs for faults of the gym and of the network: delays, lost and spoilt answers, calls turned away before any work.
import { z } from 'zod';
import { knob, ms } from './knob-scope.ts';

/** The ways in which an answer can be lost or spoilt. */
export const LOSSES = [
  'reset',
  'fin',
  'truncated',
  'overlong',
  'unended',
  'empty',
  'html',
  'bad-gateway',
  'garbage',
  'trickle',
  'hang',
] as const;
const how = z.enum(LOSSES);
export type Loss = (typeof LOSSES)[number];

const retryAfter = z.union([z.string(), z.number()]).optional();

/** The shapes of the fault knobs. */
export const faultKnobs = [
  knob('slow', { beforeMs: ms.default(0), afterMs: ms.default(0), jitterMs: ms.default(0) }),
  knob('gate', { when: z.enum(['before', 'after']), name: z.string().default('gate') }),
  knob('lose', { when: z.enum(['before', 'after']), how }),
  knob('late-effect', { afterMs: ms, how: how.default('reset') }),
  knob('status', {
    code: z.int().min(200).max(599),
    page: z.enum(['html', 'json', 'empty']).default('html'),
    retryAfter,
  }),
  /**
   * How long the gym thinks (works before it answers), drawn anew for each call: `meanMs`, plus or minus at most the share `jitterShare` of it.
   * `stamp` says whether the Date header tells the thinking's start or end; `judge` says at which of the two the gym checks whether the class is open
   * and has places. With this knob the gym thinks about calls of plain pages and unknown addresses too.
   */
  knob('think', {
    meanMs: ms,
    jitterShare: z.number().min(0).max(1).default(0),
    stamp: z.enum(['start', 'end']).default('end'),
    judge: z.enum(['start', 'end']).default('start'),
  }),
  /**
   * Ends the connection `afterMs` ms after each answer, although the answer's head says keep-alive. The knob also strikes calls of plain pages (`/`,
   * `/robots.txt` …) and of unknown addresses.
   */
  knob('close-after', { how: z.enum(['fin', 'reset']).default('fin'), afterMs: ms.default(0) }),
  knob('geo-block', {}),
  knob('rate-limit', {
    /** Which calls are counted together: those of one account, those at one box, or all calls of the gym. */
    by: z.enum(['account', 'box', 'gym']),
    /** At most this many calls of one account, at one box or in all (see `by`) pass within any `windowMs` milliseconds; 0 refuses all calls. */
    max: z.int().nonnegative().default(0),
    windowMs: z.number().positive().default(60_000),
    /**
     * What the header Retry-After of a refusal says: seconds or a date. With `false` the Retry-After header is left out; by default it says in how
     * many seconds a call is let through again.
     */
    retryAfter: z.union([retryAfter, z.literal(false)]).optional(),
  }),
  knob('logout', { spelling: z.union([z.number(), z.string(), z.boolean(), z.null()]).default(1) }),
  knob('token', { shape: z.enum(['same', 'malformed', 'expired', 'huge']) }),
  knob('set-cookie', {
    variant: z.enum(['awsalb', 'expires-commas', 'quotes', 'delete-auth', 'duplicates', 'sixty', 'none', 'lines']),
    lines: z.array(z.string()).default([]),
  }),
  knob('headers', { set: z.record(z.string(), z.string()) }),
  /** Puts the texts `before` and `after` around an answer's body; when neither is given, a PHP notice stands before the body. */
  knob('notice', { before: z.string().optional(), after: z.string().optional() }),
  knob('answer', { body: z.unknown(), effect: z.boolean().default(false) }),
  knob('book-state', { value: z.unknown(), effect: z.boolean().default(false) }),
  knob('list-lag', { lagMs: ms }),
  knob('date-offset', { offsetMs: z.number() }),
] as const;
