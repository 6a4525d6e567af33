// Which calls a knob strikes, and how often: the fields that every kind of knob shares, and the calls that it can name.
// It knows no kind: fault-knobs.ts, rule-knobs.ts and wording-knobs.ts do.
import { z } from 'zod';
import { instantShape } from './instant.ts';

/** Every call that a knob can name. */
export const OPERATIONS = [
  'login',
  'tokenUpdate',
  'whoami',
  'setrefresh',
  'bookings',
  'book',
  'cancelBook',
  'nextBookings',
  'coachBookings',
  'schedule',
  /** A plain page that every host has: `/`, `/home`, `/robots.txt`. */
  'page',
  /** An address that the gym does not know: 404. */
  'unknown',
] as const;
export type Operation = (typeof OPERATIONS)[number];
const operation = z.enum(OPERATIONS);
const oneOrMore = <T extends z.ZodType>(shape: T) => z.union([shape, z.array(shape)]);

/** Everything absent means: always, for every call. The newest knob that matches wins. */
const scope = {
  /** id or e-mail. */
  member: z.union([z.string(), z.int()]).optional(),
  /** The box whose host is called. */
  box: z.string().optional(),
  /** A box that the member belongs to, whichever host is called. */
  homeBox: z.string().optional(),
  op: oneOrMore(operation).optional(),
  method: oneOrMore(z.string()).optional(),
  /** The path on its host: `/api/book`, `/robots.txt`. */
  path: oneOrMore(z.string()).optional(),
  fingerprint: z.string().optional(),
  /** By the gym's clock, when the call is judged: from this instant on, and before that one. */
  from: instantShape.optional(),
  until: instantShape.optional(),
  /** Gone after so many uses; absent: stays. */
  times: z.int().positive().optional(),
  /** Lets the first n matching calls pass. */
  skip: z.int().nonnegative().optional(),
  /** Strikes a share of the matching calls, drawn from the seed. */
  probability: z.number().min(0).max(1).optional(),
};

/** Milliseconds, zero or more. */
export const ms = z.number().nonnegative();

/** A knob's shape: its kind, its scope, its own fields. Unknown fields are refused. */
export const knob = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...scope, ...shape });
