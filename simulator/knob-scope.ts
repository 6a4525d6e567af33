// Which calls a knob strikes, and how often: the fields that every kind of knob shares, and the calls that a knob can name. The kinds of knobs
// are in fault-knobs.ts, rule-knobs.ts and wording-knobs.ts.
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

/**
 * The fields that limit which calls a knob strikes. A knob without any of these fields strikes every call, though most kinds spare plain pages and
 * unknown addresses; of several knobs that match, the newest is used.
 */
const scope = {
  /** The member's id or e-mail. */
  member: z.union([z.string(), z.int()]).optional(),
  /** The box whose host is called. */
  box: z.string().optional(),
  /** A box that the member belongs to, whichever host is called. */
  homeBox: z.string().optional(),
  op: oneOrMore(operation).optional(),
  method: oneOrMore(z.string()).optional(),
  /** The path on the host that is called: `/api/book`, `/robots.txt`. */
  path: oneOrMore(z.string()).optional(),
  fingerprint: z.string().optional(),
  /** The knob strikes calls that are decided at or after `from` and before `until`, by the gym's clock. */
  from: instantShape.optional(),
  until: instantShape.optional(),
  /** The knob is used up after this many uses; without this field it is never used up. */
  times: z.int().positive().optional(),
  /** The knob lets this many matching calls pass before it strikes. */
  skip: z.int().nonnegative().optional(),
  /** The share of the matching calls that the knob strikes, drawn with the scenario's seed. */
  probability: z.number().min(0).max(1).optional(),
};

/** Milliseconds, zero or more. */
export const ms = z.number().nonnegative();

/** A knob's shape: its kind, its scope and its own fields. A knob with an unknown field is refused. */
export const knob = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...scope, ...shape });
