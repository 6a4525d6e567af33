// Which calls a knob strikes, and how often: the fields that every kind of knob shares, and the calls that a knob can name. The kinds of knobs
// are in fault-knobs.ts, rule-knobs.ts and wording-knobs.ts.
import { z } from 'zod';
import { instantShape } from './instant.ts';

/** The kinds of calls to the gym; the field `op` can limit a knob to some of these kinds. */
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
  /** A plain page, which every host serves without a login: `/`, `/home`, `/robots.txt` and a few more. */
  'page',
  /** An address that the gym does not know; the answer is 404. */
  'unknown',
] as const;
export type Operation = (typeof OPERATIONS)[number];
const operation = z.enum(OPERATIONS);
const oneOrMore = <T extends z.ZodType>(shape: T) => z.union([shape, z.array(shape)]);

/**
 * The fields that limit which calls a knob strikes. A knob without a scope field strikes every call, except that most kinds of knobs spare plain
 * pages and unknown addresses. Of several knobs of one kind that match a call, the newest is used.
 */
const scope = {
  /** The id or e-mail of the member whose calls the knob strikes. */
  member: z.union([z.string(), z.int()]).optional(),
  /** The slug of the box that the called host belongs to. */
  box: z.string().optional(),
  /** The slug of a box that the calling member belongs to, whichever host is called. */
  homeBox: z.string().optional(),
  op: oneOrMore(operation).optional(),
  method: oneOrMore(z.string()).optional(),
  /** The path on the host that is called, such as `/api/book` or `/robots.txt`. */
  path: oneOrMore(z.string()).optional(),
  fingerprint: z.string().optional(),
  /** The knob strikes only at or after the instant `from` and before the instant `until`, by the gym's clock. */
  from: instantShape.optional(),
  until: instantShape.optional(),
  /** The knob is used up once it has struck this many calls; without this field it is never used up. */
  times: z.int().positive().optional(),
  /** The knob has no effect on this many of the first matching calls. */
  skip: z.int().nonnegative().optional(),
  /** The share (0 to 1) of the matching calls to which the knob applies; the pretend gym's random seed decides which calls. */
  probability: z.number().min(0).max(1).optional(),
};

/** A number of milliseconds, zero or more. */
export const ms = z.number().nonnegative();

/** Makes the shape of one kind of knob: the kind's name, the scope fields and the kind's own fields. A knob with an unknown field is refused. */
export const knob = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...scope, ...shape });
